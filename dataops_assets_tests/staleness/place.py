"""Plans on a project without Dagster around it, on either backend."""

from collections.abc import Sequence
from typing import Any

from dataops_assets.io.values import Extract, Load, Operation, Publish, Transform
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.staleness.finding import Finding, Scope, everything
from dataops_assets.staleness.judge import judge
from dataops_assets.staleness.plan import Step, steps
from dataops_assets.staleness.snapshot import take
from dataops_assets_tests.place import Place

RUN = RunInfo("test")


def statuses(at: Place, within: Scope = everything) -> dict[tuple[str, str], Finding]:
    """What is to be said of each partition."""
    return judge(at.project.catalog, take(at.project.storage, at.project.catalog, {}), within)


def reasons_by_asset(at: Place, within: Scope = everything) -> dict[str, dict[str, str]]:
    """By asset and partition of what is not as it should be: its status, and what has changed of which asset."""
    found_of: dict[str, dict[str, str]] = {}
    for (asset, key), found in statuses(at, within).items():
        if found.status != "current" or found.planned:
            words = [found.status, *(f"{reason.changed} {reason.asset}" for reason in found.reasons)]
            found_of.setdefault(asset, {})[key] = ", ".join(words) + ("" if found.planned else " (not planned)")
    return found_of


def plan(at: Place, within: Scope = everything) -> list[Step]:
    """What `dataops run --plan` would run."""
    return steps(at.project.catalog, statuses(at, within).values(), 100)


def run_plan(at: Place, within: Scope = everything) -> list[Step]:
    """Do as `dataops run --plan`; returns what was run."""
    todo = plan(at, within)
    for step in todo:
        make(at, step.assets, step.keys)
    return todo


def make(at: Place, assets: Sequence[str], keys: Sequence[str]) -> None:
    """Do as a run of these assets; keys: none for whole tables."""
    for asset in assets:
        layer, _, name = asset.partition("/")
        work = _work(at, layer, name)
        work.write(at.project.storage, [work.calendar.of(key) if work.calendar else None for key in keys or [""]], RUN)


def _work(at: Place, layer: str, name: str) -> Operation:
    catalog = at.project.catalog
    if layer == "raw":
        return Extract(catalog.staged[name].source)
    if layer == "staged":
        return Load(catalog.staged[name])
    table = catalog.derived[name]
    return Transform(table, catalog.inputs[name]) if layer == "transformed" else Publish(table)


def tables(at: Place, *names: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of tables, without the lineage columns: "staging.raw_t"."""
    lineage = ("created_at", "updated_at", "_attempt", "_run_id")
    return {
        name: [{k: v for k, v in row.items() if k not in lineage} for row in at.rows(f"SELECT * FROM {name}")]
        for name in names
    }
