"""A project whose ledger a test writes, and the looks that are taken at it."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dataops_assets.alerting.judge import Unjudged
from dataops_assets.alerting.routes import Log, Receiver, Route
from dataops_assets.alerting.send import Send
from dataops_assets.alerting.tick import Desk, Report, peek, tick
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger import measuring
from dataops_assets.ledger.entry import Cause, Entry, made_by, sequences
from dataops_assets.model import Contract, Daily, Date, Derived, Integer, Rule, Volume, column
from dataops_assets.model.severity import SeverityName
from dataops_assets.staleness.snapshot import tables_of
from dataops_assets.validation.measured import Figure, Measured, MeasuredVerdict
from dataops_assets_tests.place import Place, Scripted, place, source

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
DAYS = Daily(start="2023-01-01", column="day", end="2026-01-01")
LOG = Route("log", Log())


class Rows(Contract, rules=[Rule("few", "id < 100", severity="warn")]):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.", ge=0, severity="stop")


def day(number: int) -> str:
    return f"{datetime(2024, 1, 1) + timedelta(days=number):%Y-%m-%d}"


class Scene:
    """`t` is read, `made` is made of it and published. now: the clock of looks and entries. said: the log."""

    def __init__(self, home: Path, *routes: Route, volume: SeverityName = "warn") -> None:
        self.scripted = Scripted()
        sql = "select day, id from staged.t where day >= @window_start and day < @window_end"
        made = Derived("made", Rows, ["day", "id"], partition=DAYS, publish=True, sql=sql, owners=["team:made"])
        self.place: Place = place(
            home,
            source(
                Rows,
                self.scripted,
                partition=DAYS,
                write="replace",
                owners=["team:t"],
                statistics=[Volume(severity=volume)],
            ),
            made,
        )
        self.project = self.place.project
        self.routes = list(routes or [LOG])
        self.unjudged = Unjudged()
        self.send: Any = Send()
        self.now = START
        self.said: list[tuple[int, str]] = []

    @property
    def desk(self) -> Desk:
        storage, catalog = self.project.storage, self.project.catalog
        return Desk(storage.warehouse, catalog, self.routes, "https://dagster.example.com", self.send)

    def write(self, *entries: Entry) -> None:
        """Append entries of one asset, as a write does, with the clock of the scene."""
        warehouse = self.project.storage.warehouse
        with warehouse.session() as session, session.swapping(entries[0].asset) as swap:
            before = sequences(ledger.states(session, warehouse.staging, entries[0].asset))
            ledger.stage(session, entries, before)
            ledger.ensure(session, swap, warehouse.staging)
            ledger.append(session, swap, warehouse.staging, entries)

    def fail(self, *keys: str, asset: str = "staged/t", check: str = "id.ge", **more: Any) -> None:
        self.write(*(self._failed(asset, key, check, **more) for key in keys))

    def hold(self, *keys: str, asset: str = "transformed/made", began: str = "staged/t", code: Any = "failed") -> None:
        made: dict[str, Any] = {"made_by": made_by(tables_of(self.project.catalog)[asset]), "recorded_at": self.now}
        self.write(
            *(
                Entry(asset, key, "held", reason="held back, because it is", cause=Cause(code, began, key), **made)
                for key in keys
            )
        )

    def succeed(self, *keys: str, asset: str = "staged/t", checks: Sequence[dict[str, Any]] = ()) -> None:
        table = tables_of(self.project.catalog)[asset]
        about = {"made_by": made_by(table), "recorded_at": self.now, "checks": checks}
        self.write(*(Entry.passed(asset, key, "v", 5, **about) for key in keys))

    def measure(self, key: str, verdict: MeasuredVerdict, severity: SeverityName = "warn") -> None:
        """What a statistical check says of a partition of `t` when it is written."""
        figures = [Figure("", "passed", 0.1, 0.2), Figure("id", verdict, 0.5, 0.2, "id: half of the rows")]
        warehouse = self.project.storage.warehouse
        with warehouse.session() as session, session.swapping("staged/t") as swap:
            found = {key: [Measured(Volume(severity=severity), figures)]}
            measuring.record(session, swap, warehouse.staging, "staged/t", found, "r")

    def _failed(self, asset: str, key: str, check: str, reason: str = "", **more: Any) -> Entry:
        table = tables_of(self.project.catalog)[asset]
        about: dict[str, Any] = {
            "cause": Cause("rejected", asset, key),
            "checks": [{"attempt": "a", "check": check, "failed": 2}],
            "made_by": made_by(table),
            "recorded_at": self.now,
        }
        reason = reason or f"{asset} {key}: 2 of 5 rows break the check {check!r}"
        return Entry(asset, key, "failed", reason=reason, **about | more)

    def tick(self, later: timedelta = timedelta(minutes=1)) -> Report:
        """A look, a minute after the last one."""
        self.now += later
        self.said.clear()
        return tick(self.desk, self.unjudged, self.now, lambda level, line: self.said.append((level, line)))

    def peek(self) -> Report:
        return peek(self.desk, self.unjudged, self.now)

    def told(self, later: timedelta = timedelta(minutes=1)) -> list[str]:
        """The subjects of what the log was told by a look, in their order."""
        with suppress(KeyboardInterrupt):
            self.tick(later)
        return [line.split(" | ")[0] for level, line in self.said if not line.startswith("alerts: route")]

    def outbox(self, columns: str = "*") -> list[dict[str, Any]]:
        return self.place.rows(f"SELECT {columns} FROM staging._alerts")


def to(receiver: Receiver, name: str = "one", **more: Any) -> Route:
    return Route(name, receiver, **more)


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ERROR, WARNING, INFO = logging.ERROR, logging.WARNING, logging.INFO
