"""Contract: the one place that says what the columns of a table are.

A contract is a pandera model. `column` adds to pandera's `Field` what a warehouse needs to know: units, tags, the name
the source gives a column, how a column is computed, and what happens to a row that breaks a check.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

import pandas as pd
import pandera.pandas as pandera
from pandera.api.pandas.model_config import BaseConfig

from dataops_assets.model.severity import SeverityName

METADATA = "dataops"
"""Key of this project's part of a pandera column's metadata."""


@dataclass(frozen=True)
class Rule:
    """A rule over several columns of a row, as an SQL condition in BigQuery's dialect.

    A row breaks the rule where the condition is false; where it is null, it does not (as with SQL's CHECK).
    """

    name: str
    sql: str
    description: str = ""
    severity: SeverityName | None = None


class Contract(pandera.DataFrameModel):
    """Base of all contracts: `class Orders(Contract, rules=[…], quarantine_above=0.02)`.

    The docstring of a contract is the description of its table. Given with the class:
    rules: conditions over several columns.
    quarantine_above: share of a partition's rows in quarantine above which the load stops, 0 to 1.
    """

    _rules: ClassVar[tuple[Rule, ...]] = ()
    _quarantine_above: ClassVar[float] = 0.1

    def __init_subclass__(
        cls, rules: Sequence[Rule] | None = None, quarantine_above: float | None = None, **kwargs: Any
    ) -> None:
        if rules is not None:
            cls._rules = tuple(rules)
        if quarantine_above is not None:
            if not 0 <= quarantine_above <= 1:
                raise ValueError(f"{cls.__name__}: quarantine_above is a share from 0 to 1, not {quarantine_above}")
            cls._quarantine_above = quarantine_above
        super().__init_subclass__(**kwargs)

    class Config(BaseConfig):
        """pandera's settings: convert what converts, and refuse columns that the contract does not name."""

        coerce = True
        strict = True


def column(
    description: str,
    *,
    nullable: bool = False,
    required: bool = True,
    unique: bool = False,
    ge: Any = None,
    gt: Any = None,
    le: Any = None,
    lt: Any = None,
    isin: Sequence[Any] | None = None,
    pattern: str | None = None,
    unit: str | None = None,
    tags: Sequence[str] = (),
    source: str | None = None,
    sql: str | None = None,
    severity: SeverityName | Mapping[str, SeverityName] | None = None,
    **checks: Any,
) -> Any:
    """One column of a contract.

    description: what a business user understands.
    nullable, required: may a value be missing; may the whole column be missing from the source.
    ge, gt, le, lt, isin, pattern (RE2, from the start): what values are allowed; further pandera checks by name.
    unit: unit of measurement, such as "min" or "mph".
    tags: words for governance; "pii" masks the values wherever failing rows are shown. "subject" does so too, and says
        that the value tells whom the row is about: by it `dataops erase` finds the rows of somebody. "subject:NAME"
        does so under another name than the column's.
    source: the name of the field in the raw data, if it is another one.
    sql: computed from the other columns, in BigQuery's dialect, instead of read from the source.
    severity: what a broken check does, for the column or by check ("le", "type", "not_null", …). Left out, it is
        "quarantine" in a Source and "stop" in a Derived table.
    """
    return pandera.Field(
        description=description,
        nullable=nullable,
        unique=unique,
        ge=_bound(ge),
        gt=_bound(gt),
        le=_bound(le),
        lt=_bound(lt),
        isin=_bound(isin),
        str_matches=anchored(pattern) if isinstance(pattern, str) else pattern,
        metadata={
            METADATA: {
                "required": required,
                "unit": unit,
                "tags": tuple(tags),
                "source": source,
                "sql": sql,
                "severity": severity,
            }
        },
        **{name: _bound(value) for name, value in checks.items()},
    )


def anchored(pattern: str) -> str:
    """A pattern that matches from the start as a whole: pandas anchors only the first branch of `a|b`.

    Raises ValueError for what is no pattern by itself.
    """
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"the pattern {pattern!r} is not a regular expression: {error}") from None
    found = _FLAGS.match(pattern)
    flags = found.group() if found else ""  # flags for the whole of a pattern stand at its start
    return f"{flags}^(?:{pattern[len(flags) :]})"


def unanchored(pattern: str) -> str:
    """The pattern that `anchored` was given; any other one as it is."""
    found = _ANCHORED.fullmatch(pattern)
    try:
        return "".join(found.groups()) if found and anchored("".join(found.groups())) == pattern else pattern
    except ValueError:
        return pattern


_FLAGS = re.compile(r"\(\?[a-z]+\)")
_ANCHORED = re.compile(r"((?:\(\?[a-z]+\))?)\^\(\?:(.*)\)", re.DOTALL)


def _bound(value: Any) -> Any:
    """A date as a Timestamp, alone or in a list or dict: pandas compares its days with nothing else."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return pd.Timestamp(value)
    if isinstance(value, Mapping):
        return {name: _bound(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_bound(item) for item in value]
    return value
