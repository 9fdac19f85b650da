"""The statistical checks of a write: what the partitions are compared with, what they gave, and what is kept of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from dataops_assets.dialects.base import TableOptions
from dataops_assets.ledger import profiles, tables
from dataops_assets.ledger.outcome import CheckOutcome
from dataops_assets.model.partitions import Partition
from dataops_assets.model.severity import Severity
from dataops_assets.model.statistics import Statistic
from dataops_assets.validation.measured import Figure, Measured
from dataops_assets.validation.profile import Profile
from dataops_assets.validation.scores import Past
from dataops_assets.validation.seasons import depth_of, season_of, special
from dataops_assets.validation.statistics import Statistics, depth
from dataops_assets.warehouse.base import Session, Swap
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

TABLE = "_checks"
_BLOCK = 500
"""Partitions that are measured at once."""

_SCHEMA = pa.schema(
    [
        ("asset", pa.string()),
        ("partition", pa.string()),
        ("check_name", pa.string()),
        ("column_name", pa.string()),
        ("severity", pa.string()),
        ("verdict", pa.string()),
        ("value", pa.float64()),
        ("threshold", pa.float64()),
        ("reason", pa.string()),
        ("run_id", pa.string()),
        ("recorded_at", pa.timestamp("us", tz="UTC")),
    ]
)
_OPTIONS = TableOptions(
    "What the statistical checks measured: a row for each partition, check and column of each write, kept for good.",
    key=["asset", "partition"],
)


@dataclass(frozen=True)
class Reference:
    """What the partitions of a write are compared with.

    partitions: theirs and those before them, in the order of the calendar. known: profiles by key; those that are
    written meanwhile are added to it, if there is something to compare.
    """

    declared: Sequence[Statistic]
    partitions: Sequence[Partition] = ()
    season: int = 1
    special: Sequence[bool] = ()
    known: dict[str, Profile] = field(default_factory=dict)

    @classmethod
    def ask(
        cls,
        session: Session,
        schema: str,
        table: StagedTable | DerivedTable,
        partitions: Sequence[Partition | None],
    ) -> "Callable[[], Reference]":
        """Ask for the profiles that these partitions are compared with, their own among them (`Session.later`)."""
        timed = sorted(partition for partition in partitions if partition)
        calendar = table.calendar
        if not table.statistics or not timed or not calendar:
            return lambda: cls(table.statistics)
        before = calendar.history(timed[0], depth_of(calendar))
        every = [*before, *calendar.between(timed[0].key, timed[-1].key)]
        stored = profiles.between(session, schema, table.asset, every[0].key, every[-1].key)
        season, near = season_of(calendar), special(every, table.holidays)
        return lambda: cls(table.statistics, every, season, near, stored())

    def learn(self, profiles: Mapping[str, Profile]) -> None:
        """These were written."""
        if self.partitions:
            self.known.update(profiles)

    def measure(self, profiles: Mapping[str, Profile]) -> dict[str, list[Measured]]:
        """What the checks say of partitions of these profiles, each compared with the ones before it, which are as they
        are here or known.
        """
        if not self.partitions or not profiles:
            return {}
        every = {**self.known, **profiles}
        asked = [place for place, partition in enumerate(self.partitions) if partition.key in profiles]
        found: dict[str, list[Measured]] = {}
        while asked:
            # As far as is looked back, and no more at a time than fit into memory whatever the range.
            begin = max(asked[0] - depth(self.season), 0)
            block = [place for place in asked if place < asked[0] + _BLOCK]
            asked = asked[len(block) :]
            keys = [partition.key for partition in self.partitions[begin : block[-1] + 1]]
            near = self.special[begin : block[-1] + 1]
            statistics = Statistics(self.declared, Past(keys, [every.get(key) for key in keys], self.season, near))
            found |= {self.partitions[place].key: statistics.measure(place - begin) for place in block}
        return found


def stopped(measured: Sequence[Measured], label: str) -> str:
    """Why a check of the severity "stop" stops the write, or an empty text. label: asset and partition."""
    found = [each for each in measured if Severity(each.statistic.severity).stops and each.verdict == "failed"]
    if not found:
        return ""
    said = "; ".join(f"{each.statistic.check}: {each.reason}" for each in found)
    return (
        f"{label}: {said}; nothing was written. Mend the source and run it again; if this is how it is, say "
        "severity='warn' in the dataset"
    )


def check_outcomes(measured: Sequence[Measured]) -> list[CheckOutcome]:
    """The asset checks of one partition: value and threshold of the column that is furthest, and all that failed.

    One without history is neither passed nor failed: there is no result of it.
    """
    return [_outcome(each) for each in measured if each.verdict != "no history"]


def _outcome(measured: Measured) -> CheckOutcome:
    figures: dict[str, int | float] = {}
    if worst := measured.worst:
        figures = {"value": worst.value or 0.0, "threshold": worst.threshold or 0.0}
    known = [each for each in measured.figures if each.verdict != "no history"]
    words = measured.reason
    if measured.verdict == "passed":
        of = f", furthest {worst.column}" if worst and worst.column and len(known) > 1 else ""
        words = f"as usual: {len(known)} {'column' if len(known) == 1 else 'columns'}{of}" if of else "as usual"
    table = [
        {
            "column": each.column,
            "verdict": each.verdict,
            "value": "" if each.value is None else f"{each.value:.4g}",
            "threshold": "" if each.threshold is None else f"{each.threshold:.4g}",
            "reason": each.reason,
        }
        for each in measured.figures
        if each.verdict == "failed"
    ]
    severity = Severity(measured.statistic.severity)
    passed = measured.verdict != "failed" or not severity.alerts
    return CheckOutcome(measured.statistic.check, passed, severity, words, figures, table)


def _ensure(session: Session, swap: Swap, schema: str) -> None:
    """Make the table of figures if there is none."""
    if not session.columns(schema, TABLE):
        tables.define(session, swap, schema, TABLE, _SCHEMA, _OPTIONS)


def record(
    session: Session, swap: Swap, schema: str, asset: str, measured: Mapping[str, Sequence[Measured]], run_id: str
) -> None:
    """Append what the checks measured."""
    now = datetime.now(UTC)
    rows = [
        (asset, key, each.statistic.check, f.column, each.statistic.severity, f.verdict, f.value, f.threshold, f.reason)
        for key, found in measured.items()
        for each in found
        for f in each.figures
    ]
    if not rows:
        return
    _ensure(session, swap, schema)
    columns = [list(values) for values in zip(*rows, strict=True)]
    columns += [[run_id] * len(rows), [now] * len(rows)]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, _SCHEMA, strict=True)]
    session.scratch_arrow("_measured", pa.Table.from_arrays(arrays, schema=_SCHEMA))
    tables.append(session, swap, schema, TABLE, _SCHEMA, "_measured")


@dataclass(frozen=True)
class Result:
    """What a check measured of a partition when it was last written, or was to be. recorded: UTC."""

    asset: str
    partition: str
    check: str
    measured: Measured
    recorded: datetime


def newest(session: Session, schema: str) -> dict[tuple[str, str], list[Result]]:
    """The newest results of each partition, by asset and partition, inside `reading`."""
    if not session.exists(schema, TABLE):
        return {}
    found = session.arrow(
        f"SELECT t.* FROM {session.relation(schema, TABLE)} AS t "
        "QUALIFY RANK() OVER (PARTITION BY t.asset, t.partition ORDER BY t.recorded_at DESC, t.run_id DESC) = 1"
    ).to_pylist()
    figures: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in sorted(found, key=lambda row: (row["asset"], row["partition"], row["check_name"])):
        figures.setdefault((row["asset"], row["partition"], row["check_name"]), []).append(row)
    results: dict[tuple[str, str], list[Result]] = {}
    for (asset, key, check), rows in figures.items():
        of = [Figure(r["column_name"], r["verdict"], r["value"], r["threshold"], r["reason"]) for r in rows]
        measured = Measured(Statistic(severity=rows[0]["severity"]), of)
        results.setdefault((asset, key), []).append(Result(asset, key, check, measured, rows[0]["recorded_at"]))
    return results
