"""A source and a published table made of it, of which versions, attempts and prunings come one after the other."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dataops_assets.ledger.entry import Entry
from dataops_assets.model import Contract, Date, Derived, Integer, column
from dataops_assets.pruning.prune import Look, Place, look, prune
from dataops_assets.publish.decisions import Who
from dataops_assets.publish.rollback import release, roll_back
from dataops_assets.retention import Retention
from dataops_assets_tests.place import DAY, RUN, Scripted, csv, daily, place, source
from dataops_assets_tests.place import Place as Project

LATER = timedelta(days=10)
"""When it is pruned: all that there is was written long before."""
KEEPS = Retention(versions=1, raw_days=3)
ALL = Retention(1, 1, 7, 31)


class Rows(Contract):
    """One row an item and day."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Integer = column("How much.", ge=0)


MADE = Derived(
    name="made",
    contract=Rows,
    key=["day", "id"],
    partition=daily(),
    publish=True,
    sql="select day, id, amount from staged.t where day >= @window_start and day < @window_end",
)


class Scene:
    """Words for what is done with it; amounts stand for versions: another amount, another version."""

    def __init__(self, home: Path, **more: Any) -> None:
        self.scripted = Scripted()
        self.at: Project = place(home, source(Rows, self.scripted, **more), MADE)
        self.now = datetime.now(UTC) + LATER

    def offer(self, amount: int, key: str = DAY) -> None:
        self.scripted.answer(key, csv("day,id,amount", f"{key},1,{amount}"))

    def publish(self, amount: int, key: str = DAY) -> Entry:
        """Take a new answer of the source through all layers."""
        self.offer(amount, key)
        self.at.take("t", key)
        self.at.transform("made", key)
        return self.at.publish("made", key)[0].entry

    def back(self, to: str | None = None, key: str = DAY) -> Entry:
        made = self.at.project.catalog.derived["made"]
        who = Who("anna", "it is wrong")
        return roll_back(self.at.project.storage, made, self.at.partitions(made, [key]), to, who, RUN)[key]

    def release(self, key: str = DAY) -> None:
        made = self.at.project.catalog.derived["made"]
        release(self.at.project.storage, made, self.at.partitions(made, [key]), Who("anna", "mended"), RUN)

    def place(self, keeps: Retention = KEEPS) -> Place:
        return Place(self.at.project.storage, self.at.project.catalog, keeps, self.now)

    def look(self, keeps: Retention = KEEPS) -> Look:
        return look(self.place(keeps))

    def prune(self, keeps: Retention = KEEPS) -> Look:
        return prune(self.place(keeps), "otto", "prune-1", "code")[0]

    def shown(self) -> list[dict[str, Any]]:
        return self.at.rows("SELECT * FROM production.made")

    def versions(self, layer: str = "production", key: str = DAY) -> list[str]:
        """Those in the lake."""
        return self._names(getattr(self.at.project.storage, layer), f"made/date={key}/", "version=")

    def attempts(self, key: str = DAY) -> list[str]:
        return self._names(self.at.project.storage.staging, f"raw_t/date={key}/", "created_at=")

    @staticmethod
    def _names(store: Any, prefix: str, kind: str) -> list[str]:
        names: Iterable[str] = store.folders(prefix)
        return [name.removeprefix(kind) for name in names if name.startswith(kind)]
