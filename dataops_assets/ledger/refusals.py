"""What went wrong of late: entries that were refused, and those whose checks found something, also where newer entries
have taken their place since; and the statistical checks that failed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger import measuring, rulings
from dataops_assets.ledger.entry import Entry
from dataops_assets.warehouse.base import Session

_COLUMNS = (
    "asset",
    "partition",
    "check_name",
    "column_name",
    "severity",
    "value",
    "threshold",
    "reason",
    "run_id",
    "recorded_at",
)
_MOMENT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Refusal:
    """An entry that was refused or whose checks found something. standing: no entry of its partition passed since."""

    entry: Entry
    standing: bool


@dataclass(frozen=True)
class Exceeded:
    """What a statistical check found wrong with a column of a partition. newest: it is what it says now."""

    asset: str
    partition: str
    check: str
    column: str
    severity: str
    value: float | None
    threshold: float | None
    reason: str
    run_id: str
    recorded_at: datetime
    newest: bool

    @property
    def id(self) -> str:
        return f"{self.asset} {self.partition} {self.check} {self.column} {self.recorded_at:%Y%m%dT%H%M%S%f}"

    @property
    def ratio(self) -> float:
        """By how much it is beyond the threshold."""
        return abs((self.value or 0.0) / (self.threshold or 1.0))


def refusals(session: Session, schema: str, after: datetime) -> list[Refusal]:
    """Of all assets, inside `reading` or `swapping`: refused entries that nothing has passed after, and all that were
    refused, or whose checks found something, with a clock later than `after`. Not those that an input held back.
    """
    known = session.columns(schema, ledger.TABLE)
    if not known:
        return []
    sequence = "COALESCE(l.sequence, 0)" if "sequence" in known else "0"
    since = session.dialect.literal(after, _MOMENT)
    records = session.arrow(
        f"""
        SELECT * FROM (
          SELECT l.*, {sequence} > COALESCE(MAX(CASE WHEN l.verdict = 'passed' THEN {sequence} END)
            OVER (PARTITION BY l.asset, l.partition), -1) AS _standing
          FROM {session.relation(schema, ledger.TABLE)} AS l
        ) AS e
        WHERE e.verdict = 'failed' AND (e._standing OR e.recorded_at > {since})
          OR e.verdict = 'passed' AND e.checks <> '[]' AND e.recorded_at > {since}
        ORDER BY e.recorded_at, e.id
        """
    ).to_pylist()
    return [Refusal(ledger.entry_of(record), bool(record["_standing"])) for record in records]


def exceeded(session: Session, schema: str, after: datetime) -> list[Exceeded]:
    """What statistical checks that warn or stop found: what stands, and all with a clock later than `after`; of the
    columns of one check the worst last.
    """
    if not session.columns(schema, measuring.TABLE):
        return []
    names = session.dialect.columns(_COLUMNS, "c.")
    since = session.dialect.literal(after, _MOMENT)
    records: Iterable[dict[str, Any]] = session.arrow(
        f"""
        SELECT * FROM (
          SELECT {names}, c.verdict,
            RANK() OVER (PARTITION BY c.asset, c.partition, c.check_name ORDER BY c.recorded_at DESC) AS _age
          FROM {session.relation(schema, measuring.TABLE)} AS c
        ) AS e
        WHERE e.verdict IN ('failed', 'accepted') AND e.severity IN ('warn', 'stop')
          AND (e._age = 1 OR e.recorded_at > {since})
        """
    ).to_pylist()
    over = {
        (asset, *of)
        for asset, said in rulings.every(session, schema).items()
        for of, each in said.newest.items()
        if each.kind == "accept" and each.expired(said.on)
    }
    found = [
        Exceeded(*(record[name] for name in _COLUMNS), newest=record["_age"] == 1)
        for record in records
        if record["verdict"] == "failed"
        or (record["asset"], record["partition"], record["check_name"], record["column_name"]) in over
    ]
    return sorted(found, key=lambda each: (each.recorded_at, each.ratio, each.column))
