"""The two words of a dataset file: `Source`, data that is read, and `Derived`, a table made from other tables."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from dataops_assets.model.contract import Contract
from dataops_assets.model.partitions import TimePartitions
from dataops_assets.model.statistics import Statistic

Publish = bool | Literal["approval"]

Automation = Literal["follow"] | None

Hiding = Literal["mask", "hash", "keep"]

WriteMode = Literal["replace", "merge", "append"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class DatasetError(ValueError):
    """A dataset that cannot be built: a bad name, two of one name, a key that does not fit, an unknown table."""


@dataclass(frozen=True)
class Source:
    """A table read from outside: becomes `raw/{name}` and `staged/{name}`, with checks and a quarantine.

    name: lower case, digits, underscores.
    extract: a `RestApi`, `SqlTable`, `SqlQuery` or `Files` of `dataops_assets.sources`.
    contract: what the staged columns are.
    key: the columns that identify a row.
    partition: `Daily(…)`, `Hourly(…)`, `Monthly(…)`, or None for a table refreshed as a whole.
    write: how an extraction changes the staged partition.
        "replace": the rows are those of the newest extraction.
        "merge": rows are added or updated by key, the newest extraction wins; rows it leaves out stay.
        "append": rows that are not there yet are added, none is changed or removed; needs no key.
        An incremental source without partitions is merged or appended.
    allow_empty: with "replace", may an extraction without a row take the place of one with rows? Left out, such a load
        is refused: a source that has lost its data answers just so.
    order_by: among rows of one key in one extraction, the one with the greatest values here is kept.
    schedule: cron expression, UTC; each tick runs all partitions that closed since the last one, and what is built on
        them. None for no schedule.
    automation: "follow": the staged table is loaded by itself when raw partitions have new attempts, once the sensor
        `follow` is on. None: runs ask for it.
    max_parallel: how many partitions are extracted at a time.
    statistics: what each partition is compared with the ones before it for: [Volume(), Drift(), …].
    holidays: days of which the day of the week says nothing: a country's code, "US" or "DE-BY", or the days.
    code_version: for what cannot be seen from the declaration, such as a helper in another module: with another text
        here, what was loaded before is stale.
    """

    name: str
    extract: Any
    contract: type[Contract]
    key: Sequence[str] = ()
    partition: TimePartitions | None = None
    write: WriteMode = "replace"
    allow_empty: bool = False
    order_by: Sequence[str] = ()
    owners: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    schedule: str | None = None
    automation: Automation = None
    max_parallel: int = 4
    statistics: Sequence[Statistic] = ()
    holidays: str | Sequence[date] = ()
    code_version: str = ""

    def __post_init__(self) -> None:
        _check_name("source", self.name)
        _check_automation("source", self.name, self.automation)
        if self.write not in ("replace", "merge", "append"):
            raise DatasetError(f"source {self.name!r}: write is 'replace', 'merge' or 'append', not {self.write!r}")
        if self.allow_empty and self.write != "replace":
            raise DatasetError(
                f"source {self.name!r}: allow_empty is about write='replace'; with {self.write!r} an extraction "
                "without rows changes nothing"
            )
        if self.write == "replace" and self.incremental:
            raise DatasetError(
                f"source {self.name!r}: it is extracted incrementally (cursor=…, incremental=True): an extraction has "
                "only what is new, and write='replace' would put that in the place of the whole table; say "
                "write='merge' with a key, or write='append', or have it read whole (no cursor, incremental=False)"
            )
        if self.write == "merge" and not self.key:
            raise DatasetError(f"source {self.name!r}: write='merge' needs a key")
        if self.write == "append" and self.key:
            raise DatasetError(f"source {self.name!r}: write='append' keeps every row and takes no key; use 'merge'")
        if self.write == "merge" and self.partition is not None and self.partition.column not in self.key:
            raise DatasetError(
                f"source {self.name!r}: with write='merge' the key must contain the partition column "
                f"{self.partition.column!r}, or a row that moves to another day would stay in both; "
                "add it to the key, or drop the partition"
            )

    @property
    def incremental(self) -> bool:
        """Does an extraction go on where the last one ended? Never with partitions: a partition is read whole."""
        # The extractor says so itself: what it is, is not known here.
        return self.partition is None and bool(getattr(self.extract, "incremental", False))


@dataclass(frozen=True)
class Derived:
    """A table made from others: becomes `transformed/{name}`, with checks, and `production/{name}` if published.

    Give either `sql`, one query in BigQuery's dialect that names its inputs as `staged.{table}` and
    `transformed.{table}` and may use `@window_start` and `@window_end`; or `function`, which takes DataFrames by
    argument name (and `window`, if it names it) and returns one. Both are called for a window of one or more
    partitions and give the rows of exactly that window.

    key: the columns that identify a row; the table is refused if they do not.
    history: for an input, how many partitions before the own one are read too.
    columns: for an input of a function, the columns that it gets; all of them if it is not named here.
    lineage: for a column that a function makes, the "{input}.{column}" that it is made of. It is shown, no more; SQL
        says it itself.
    publish: is it copied to production once both validations have passed? With "approval", once somebody has approved
        that version as well: `dataops approve`.
    approve_above: the share of the rows of a partition in production, 0 to 1; a publication that adds, removes and
        changes more than it needs an approval too. None: none does.
    personal: of a table that is published, what becomes of each column that its contract tags as personal data, in
        production: "mask": no value is there; "hash": a keyed hash takes its place, the same for the same text wherever
        it is published; "keep": it is published as it is.
    automation: "follow": the table, and its production, are made by themselves when their inputs were, once the sensor
        `follow` is on. None: runs ask for them.
    statistics: what each partition is compared with the ones before it for: [Volume(), Drift(), …].
    holidays: days of which the day of the week says nothing: a country's code, "US" or "DE-BY", or the days.
    code_version: for what neither the SQL nor the function shows, such as a helper in another module or a library:
        with another text here, what was built before is stale.
    """

    name: str
    contract: type[Contract]
    key: Sequence[str]
    sql: str | None = None
    function: Callable[..., Any] | None = None
    partition: TimePartitions | None = None
    history: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lineage: Mapping[str, Sequence[str]] = field(default_factory=dict)
    publish: Publish = False
    approve_above: float | None = None
    personal: Mapping[str, Hiding] = field(default_factory=dict)
    automation: Automation = None
    owners: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    statistics: Sequence[Statistic] = ()
    holidays: str | Sequence[date] = ()
    code_version: str = ""

    def __post_init__(self) -> None:
        _check_name("derived table", self.name)
        _check_automation("derived table", self.name, self.automation)
        if self.publish not in (True, False, "approval"):
            raise DatasetError(
                f"derived table {self.name!r}: publish is True, False or 'approval', not {self.publish!r}"
            )
        if self.approve_above is not None and not (self.publish and 0 <= self.approve_above <= 1):
            raise DatasetError(
                f"derived table {self.name!r}: approve_above is a share from 0 to 1 of a table that is published, not "
                f"{self.approve_above!r}"
            )
        for name, hiding in self.personal.items():
            if hiding not in ("mask", "hash", "keep"):
                raise DatasetError(
                    f"derived table {self.name!r}: personal says of {name!r} 'mask', 'hash' or 'keep', not {hiding!r}"
                )
        if (self.sql is None) == (self.function is None):
            raise DatasetError(f"derived table {self.name!r}: give either sql or function")
        if not self.key:
            raise DatasetError(f"derived table {self.name!r}: say what identifies a row, key=[…]")
        for word, given in (("columns", self.columns), ("lineage", self.lineage)):
            if self.sql is not None and given:
                raise DatasetError(
                    f"derived table {self.name!r}: SQL says itself what it reads; {word} is for a function"
                )
            for name, columns in given.items():
                if isinstance(columns, str) or not columns:
                    raise DatasetError(
                        f"derived table {self.name!r}: {word} of {name!r} is a list of names: {columns!r}"
                    )
        for name, count in self.history.items():
            if count < 0:
                raise DatasetError(f"derived table {self.name!r}: history of {name!r} counts partitions, not {count}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function itself: with three rows, and no Dagster."""
        if self.function is None:
            raise TypeError(f"derived table {self.name!r} is SQL, not a function")
        return self.function(*args, **kwargs)


def derived(
    *,
    contract: type[Contract],
    key: Sequence[str],
    partition: TimePartitions | None = None,
    history: Mapping[str, int] | None = None,
    columns: Mapping[str, Sequence[str]] | None = None,
    lineage: Mapping[str, Sequence[str]] | None = None,
    publish: Publish = False,
    approve_above: float | None = None,
    personal: Mapping[str, Hiding] | None = None,
    automation: Automation = None,
    owners: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
    statistics: Sequence[Statistic] = (),
    holidays: str | Sequence[date] = (),
    code_version: str = "",
) -> Callable[[Callable[..., Any]], Derived]:
    """Decorator: a function of DataFrames as a `Derived` table of the function's name."""

    def wrap(function: Callable[..., Any]) -> Derived:
        return Derived(
            name=function.__name__,
            contract=contract,
            key=key,
            function=function,
            partition=partition,
            history=history or {},
            columns=columns or {},
            lineage=lineage or {},
            publish=publish,
            approve_above=approve_above,
            personal=personal or {},
            automation=automation,
            owners=owners,
            tags=tags or {},
            statistics=statistics,
            holidays=holidays,
            code_version=code_version,
        )

    return wrap


def _check_name(kind: str, name: str) -> None:
    if not _NAME.fullmatch(name) or name.startswith(("raw_", "quarantine_")):
        raise DatasetError(
            f"{kind} {name!r}: a name is lower case letters, digits and underscores, starts with a letter, has at "
            "most 63 characters, and does not start with raw_ or quarantine_"
        )


def _check_automation(kind: str, name: str, automation: object) -> None:
    if automation not in ("follow", None):
        raise DatasetError(f"{kind} {name!r}: automation is 'follow' or None, not {automation!r}")
