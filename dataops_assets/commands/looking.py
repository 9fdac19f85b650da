"""What `status` and `plan` look at: the ledger, the lake, and the extractions that Dagster has seen fail."""

from collections.abc import Mapping
from dataclasses import replace

from dataops_assets.build import Project
from dataops_assets.commands.dagster_files import may_know
from dataops_assets.staleness.finding import Finding, Place, Scope, everything
from dataops_assets.staleness.judge import judge
from dataops_assets.staleness.snapshot import Snapshot, due, take


def look(loaded: Project, within: Scope = everything) -> tuple[Snapshot, dict[Place, Finding]]:
    """All partitions as they are, and what is to be said of each."""
    snapshot = take(loaded.storage, loaded.catalog, {})
    if failed := _failed(loaded, snapshot):
        raw = {name: replace(known, failed=failed.get(name, {})) for name, known in snapshot.raw.items()}
        snapshot = replace(snapshot, raw=raw)
    return snapshot, judge(loaded.catalog, snapshot, within)


def _failed(loaded: Project, snapshot: Snapshot) -> Mapping[str, Mapping[str, str]]:
    """Why extractions failed, by source and partition. They leave nothing in the lake nor in the ledger."""
    raw = snapshot.raw
    sources = [name for name, table in loaded.catalog.staged.items() if set(due(table.calendar)) - raw[name].there]
    if not sources or not may_know(loaded.settings, [f"raw/{name}" for name in sources]):
        return {}
    from dataops_assets.runs import runner
    from dataops_assets.runs.failures import Failures

    with runner.instance_to_read(loaded.settings) as instance:
        return Failures(instance).extractions(sources)
