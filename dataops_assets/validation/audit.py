"""All checks of a contract over rows that are not committed yet, in one pass; failing rows are looked at only after.

Each audited row carries `_rejected`, the ids of the checks it fails that reject rows, and `_flagged`, those of the
others: comma-separated numbers, null for the rows without a fault, which are nearly all.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from dataops_assets.contracts.spec import RowCheck, TableSpec
from dataops_assets.dialects.base import Dialect
from dataops_assets.interrupts import is_interrupt
from dataops_assets.model.types import to_pandas
from dataops_assets.warehouse.base import Session

SAMPLE = 20
"""How many failing rows of a partition are shown."""

MASK = "•••"


class CheckError(Exception):
    """A check of one's own raised an error instead of giving an answer."""


@dataclass(frozen=True)
class Audit:
    """What the checks found in one group of rows (a partition, or one attempt of it).

    failed: rows that fail each check, by id; checks that every row passes are absent.
    sample: up to 20 failing rows: {"check", and the row's values}, personal data masked.
    """

    rows: int = 0
    rejected: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    sample: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class AuditPlan:
    """The checks of one table, numbered, with their conditions in one dialect."""

    spec: TableSpec
    checks: tuple[RowCheck, ...]
    conditions: tuple[str | None, ...]

    @classmethod
    def of(
        cls, spec: TableSpec, dialect: Dialect, extra: Sequence[RowCheck], replaced: Mapping[str, str]
    ) -> "AuditPlan":
        """The checks of a contract and `extra` ones; `replaced` gives conditions by check id in place of its own."""
        checks = (*extra, *spec.checks)
        conditions = tuple(
            replaced.get(check.id) or (check.condition(dialect) if check.condition else None) for check in checks
        )
        return cls(spec, checks, conditions)

    def marks(self, dialect: Dialect) -> str:
        """Select expressions `_rejected` and `_flagged`."""
        return f"{self._mark(dialect, '_rejected', True)}, {self._mark(dialect, '_flagged', False)}"

    def _mark(self, dialect: Dialect, name: str, rejects_rows: bool) -> str:
        """The ids of the failed checks that reject rows, or of those that do not; null if there are none."""
        chosen = [
            (index, condition)
            for index, (check, condition) in enumerate(zip(self.checks, self.conditions, strict=True))
            if check.severity.rejects_rows == rejects_rows and condition is not None
        ]
        if not chosen:
            return f"CAST(NULL AS {dialect.type_of(pa.string())}) AS {name}"
        passed = " AND ".join(f"(({condition}) IS NOT FALSE)" for _, condition in chosen)
        ids = ", ".join(f"CASE WHEN ({condition}) IS FALSE THEN '{index},' ELSE '' END" for index, condition in chosen)
        return f"CASE WHEN {passed} THEN NULL ELSE CONCAT({ids}) END AS {name}"

    @property
    def in_pandas(self) -> list[tuple[int, RowCheck]]:
        """The checks that have no SQL form."""
        return [(i, check) for i, check in enumerate(self.checks) if check.condition is None and check.pandera]


def run_pandera_checks(session: Session, plan: AuditPlan, table: str) -> None:
    """Run the checks that have no SQL form on the rows of the scratch table, and add their ids to its marks.

    Each partition, and each attempt of it, is checked by itself: what a check says of a partition does not depend on
    what else is loaded with it.
    """
    if not plan.in_pandas:
        return
    names = session.dialect.columns(plan.spec.names)
    there = session.schema(table).names
    groups = [name for name in ("_slice", "_attempt") if name in there]
    others = session.dialect.columns([name for name in there if name not in ("_rejected", "_flagged")], "n.")
    session.scratch("_numbered", f"SELECT *, ROW_NUMBER() OVER () AS _row FROM {table}")
    rows = session.arrow(f"SELECT {names}, {', '.join(groups)} FROM _numbered ORDER BY _row").combine_chunks()
    frame = to_pandas(rows.select(plan.spec.names))
    by = rows.select(groups).to_pandas().fillna("")
    marks: dict[str, list[str]] = {"_rejected": [""] * len(frame), "_flagged": [""] * len(frame)}
    for index, check in plan.in_pandas:
        mark = marks["_rejected" if check.severity.rejects_rows else "_flagged"]
        for positions in by.groupby(groups, sort=False).indices.values():
            for position in positions[~_passed(plan, check, frame.iloc[positions].reset_index(drop=True))]:
                mark[position] += f"{index},"
    found = {name: pa.array([value or None for value in values], pa.string()) for name, values in marks.items()}
    session.scratch_arrow("_marks", pa.table({"_row": pa.array(range(1, len(frame) + 1)), **found}))
    both = ", ".join(f"NULLIF(CONCAT(COALESCE(n.{mark}, ''), COALESCE(m.{mark}, '')), '') AS {mark}" for mark in marks)
    session.scratch(
        table,
        f"SELECT {others}, {both} FROM _numbered AS n JOIN _marks AS m ON n._row = m._row",
    )
    session.drop("_numbered", "_marks")


def _passed(plan: AuditPlan, check: RowCheck, frame: pd.DataFrame) -> np.ndarray:
    """Which rows pass a pandera check. What it leaves out or answers with null passes; one answer is for all rows."""
    column, pandera_check = check.pandera[0], copy(check.pandera[1])
    pandera_check._check_fn = _null_passes(pandera_check._check_fn)  # pandera itself stops at a null answer
    try:
        answer = pandera_check(frame) if column is None else pandera_check(frame, column)
    except Exception as error:
        if is_interrupt(error):
            raise
        raise CheckError(
            f"{plan.spec.name}: the check {check.id!r} of contract {plan.spec.contract.__name__} raised "
            f"{type(error).__name__}: {error}; mend the check"
        ) from error
    output = answer.check_output
    if isinstance(output, pd.DataFrame):
        output = output.all(axis=1)
    if not isinstance(output, pd.Series):
        return np.full(len(frame), bool(output))
    return output.reindex(frame.index, fill_value=True).to_numpy(bool)


def _null_passes(function: Callable[..., Any]) -> Callable[..., Any]:
    def answer(*args: Any, **kwargs: Any) -> Any:
        found = function(*args, **kwargs)
        if isinstance(found, pd.Series | pd.DataFrame):
            return found.astype("boolean").fillna(True).astype(bool)
        return True if found is None or found is pd.NA else found

    return answer


def audit(session: Session, plan: AuditPlan, table: str, group: Sequence[str], shown: str) -> dict[tuple, Audit]:
    """Count what the marks of an audited scratch table say, by the columns `group`.

    shown: the columns to show of failing rows: a select list, or `_raw`, a JSON text of the original fields.
    """
    by = ", ".join(group)
    counted = session.rows(
        f"SELECT {by}, COUNT(*) AS n, COUNT(_rejected) AS rejected, COUNT(_flagged) AS flagged "
        f"FROM {table} GROUP BY {by}"
    )
    width = len(group)
    failed: dict[tuple, dict[str, int]] = {}
    samples: dict[tuple, list[Mapping[str, Any]]] = {}
    if any(row[width + 1] or row[width + 2] for row in counted):
        ids = "CONCAT(COALESCE(_rejected, ''), COALESCE(_flagged, ''))"
        each = session.dialect.unnest_list("f._ids", "check_id")
        for row in session.rows(
            f"SELECT {by}, check_id, COUNT(*) FROM (SELECT {by}, {ids} AS _ids FROM {table} "
            f"WHERE _rejected IS NOT NULL OR _flagged IS NOT NULL) AS f, {each} "
            f"WHERE check_id <> '' GROUP BY {by}, check_id"
        ):
            failed.setdefault(row[:width], {})[plan.checks[int(row[width])].id] = row[width + 1]
        order = "ORDER BY _rejected, _flagged"
        sampled = session.arrow(
            f"SELECT {by}, {ids} AS _ids, {shown} FROM {table} WHERE _rejected IS NOT NULL OR _flagged IS NOT NULL "
            f"QUALIFY ROW_NUMBER() OVER (PARTITION BY {by} {order}) <= {SAMPLE}"
        )
        hidden = {name for column in plan.spec.columns if column.pii for name in (column.name, column.source)}
        for record in sampled.to_pylist():
            key = tuple(record.pop(name) for name in group)
            broken = [plan.checks[int(i)].id for i in record.pop("_ids").split(",") if i]
            record = _fields(record["_raw"], bool(hidden)) if "_raw" in record else record
            values = {name: _shown(name, value, hidden) for name, value in record.items()}
            samples.setdefault(key, []).append({"check": ", ".join(broken), **values})
    return {
        row[:width]: Audit(row[width], row[width + 1], failed.get(row[:width], {}), samples.get(row[:width], ()))
        for row in counted
    }


def _fields(raw: str, hide: bool) -> Mapping[str, Any]:
    """The fields of a row as the source sent them; of a line that cannot be read, the line."""
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError):  # the last: brackets within brackets
        fields = None
    return fields if isinstance(fields, dict) else {"line": MASK if hide else raw}


def _shown(name: str, value: Any, hidden: set[str]) -> str:
    if value is None:
        return ""
    if name in hidden:
        return MASK
    text = str(value)
    return text if len(text) <= 200 else text[:200] + "…"
