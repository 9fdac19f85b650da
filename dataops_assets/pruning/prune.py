"""All that a retention lets go: looked for, and deleted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dataops_assets.lake.paths import attempt_name
from dataops_assets.lake.prunings import Pruned, Pruning, begin
from dataops_assets.layers.catalog import Catalog
from dataops_assets.pruning.books import forget, sent_before
from dataops_assets.pruning.delete import carry_out, finish_interrupted, interrupted
from dataops_assets.pruning.plan import Plan, plan
from dataops_assets.retention import Retention
from dataops_assets.warehouse.storage import Storage

if TYPE_CHECKING:
    import dagster as dg

    from dataops_assets.pruning.runs import OldRuns

Say = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """What is pruned, by which retention. now: UTC. instance: Dagster's; None where runs are kept for good."""

    storage: Storage
    catalog: Catalog
    retention: Retention
    now: datetime
    instance: "dg.DagsterInstance | None" = None

    def days(self, number: int) -> datetime:
        """So many days ago."""
        return self.now - timedelta(days=number)


@dataclass(frozen=True)
class Look:
    """What would go. messages: how many rows, by table. interrupted: prunings that are not finished."""

    lake: Plan = field(default_factory=Plan)
    runs: "OldRuns | None" = None
    messages: Mapping[str, int] = field(default_factory=dict)
    interrupted: Sequence[Pruning] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.lake.items or (self.runs and self.runs.going) or any(self.messages.values()))


def look(place: Place) -> Look:
    """Nothing is written."""
    keeps = place.retention
    runs = None
    if keeps.runs_days is not None and place.instance:
        from dataops_assets.pruning.runs import old_runs

        runs = old_runs(place.instance, place.days(keeps.runs_days))
    days = keeps.messages_days
    return Look(
        plan(place.storage, place.catalog, keeps, place.now),
        runs,
        {} if days is None else sent_before(place.storage.warehouse, place.days(days)),
        interrupted(place.storage),
    )


def prune(place: Place, by: str, run_id: str, code_version: str, say: Say = lambda text: None) -> tuple[Look, int]:
    """Finish what was interrupted, look, keep a record, and delete. Returns what was found, and how many versions and
    attempts of it have gone: one that somebody came to need meanwhile stays.
    """
    storage = place.storage
    if count := finish_interrupted(storage, place.catalog):
        say(f"{count} prunings that were interrupted are finished")
    found = look(place)
    if found.is_empty:
        return found, 0
    gone: list[Pruned] = []
    runs = found.runs.going if found.runs else ()
    name, keeps = attempt_name(place.now), place.retention.keeps
    begun = []
    for store, items, which in (
        (storage.staging, found.lake.staging, runs),
        (storage.production, found.lake.production, ()),
    ):
        if items or store is storage.staging:
            begun.append((store, begin(store, Pruning(name, by, keeps, items, which, run_id, code_version))))
    for store, pruning in begun:
        gone += carry_out(storage, store, place.catalog, pruning)
    if found.runs and place.instance and place.retention.runs_days is not None:
        from dataops_assets.pruning.runs import delete_runs, sweep

        delete_runs(place.instance, found.runs.going, found.runs.kept)
        sweep(place.instance, place.days(place.retention.runs_days))
    if place.retention.messages_days is not None:
        forget(storage.warehouse, place.days(place.retention.messages_days))
    return found, len(gone)
