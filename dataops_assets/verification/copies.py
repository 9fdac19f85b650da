"""Copies of derived tables in the lake, and what production points to."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.parallel import parallel_map
from dataops_assets.lake.paths import MANIFEST, partition_prefix
from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import Version, read_current, version_problem
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger.entry import key_of
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.decisions import command_of
from dataops_assets.verification.report import Report, run
from dataops_assets.verification.tables import Entries
from dataops_assets.warehouse.tables import DerivedTable


def verify_copies(store: Store, layer: str, table: DerivedTable, entries: Entries, report: Report) -> None:
    """The copy of each version that the warehouse holds. layer: which writes it."""
    for key, entry in entries.items():
        partition = table.calendar.of(key) if table.calendar else None
        report.checked["lake copies"] += 1
        if problem := version_problem(store, Version(table.relation, partition, entry.version, {})):
            asset = f"{layer}/{table.derived.name}"
            report.add(asset, key, problem, run(asset, key))


def verify_pointers(store: Store, catalog: Catalog, table: DerivedTable, entries: Entries, report: Report) -> None:
    """Does the lake show the version that the warehouse holds?"""
    asset = f"production/{table.derived.name}"
    upstream = ",".join(made_of(catalog, table))
    for key, entry in entries.items():
        try:
            pointer = read_current(store, table.relation, table.calendar.of(key) if table.calendar else None)
        except LakeDamaged as damage:
            report.add(asset, key, str(damage), run(asset, key))
            continue
        shown = pointer["version"] if pointer else None
        if shown != entry.version:
            # One of them is older: both are made again of what the lake has.
            problem = f"the lake points to version {shown}, the warehouse holds {entry.version}"
            report.add(asset, key, problem, run(upstream, key))
    unknown = [partition for partition in published(store, table) if key_of(partition) not in entries]
    if unknown:
        first, last = unknown[0], unknown[-1]
        span = f"{first.key}..{last.key}" if first and last and first != last else key_of(first)
        often = f" of {len(unknown)} partitions" if len(unknown) > 1 else ""
        problem = (
            f"the lake shows a version{often} that the ledger does not know: the warehouse is lost, or another one"
        )
        report.add(asset, span, problem, run(upstream, span))


def verify_superseded(store: Store, table: DerivedTable, entries: Entries, report: Report) -> None:
    """The published versions that others have taken the place of. Nothing needs them, so damage of one is a note."""
    partitions = partitions_of(store, table)
    folders = parallel_map(
        lambda part: store.folders(partition_prefix(table.relation, part)), partitions, store.threads
    )
    for partition, names in zip(partitions, folders, strict=True):
        key = key_of(partition)
        for name in names:
            kind, _, version = name.partition("=")
            copy = Version(table.relation, partition, version, {})
            # Without a manifest it is what a killed publication left, and no version.
            current = key in entries and entries[key].version == version
            if kind != "version" or current or store.stat(f"{copy.prefix}{MANIFEST}") is None:
                continue
            report.checked["superseded lake copies"] += 1
            if problem := version_problem(store, copy):
                where = f"production/{table.derived.name} {key}".rstrip()
                report.notes.append(f"{where}: {problem}; it is not the published version, and nothing needs it")


def verify_held(table: DerivedTable, asset: str, entries: Entries, report: Report) -> None:
    """What is rolled back: a run does not mend it, the same rollback once more does."""
    held = {
        key: entry.decision for key, entry in entries.items() if entry.decision and entry.decision.kind == "rollback"
    }
    for key, decision in held.items():
        words = f"rolled back to version {decision.version} by {decision.by} because {decision.reason}"
        report.notes.append(f"{f'{asset} {key}'.rstrip()}: {words}; held until dataops release")
    for place, found in enumerate(report.problems):
        if found.asset == asset and found.partition in held:
            again = command_of("rollback", table, found.partition, f"--to {held[found.partition].version}")
            report.problems[place] = replace(found, command=again)


def published(store: Store, table: DerivedTable) -> list[Partition | None]:
    """The partitions that production shows something of, also where it cannot be read."""
    return [partition for partition in partitions_of(store, table) if _shows(store, table, partition)]


def partitions_of(store: Store, table: DerivedTable) -> list[Partition | None]:
    """The partitions of a derived table that have a folder in the lake; of one without partitions the one."""
    calendar = table.calendar
    if calendar is None:
        return [None]
    folders = store.folders(f"{table.relation}/")
    return [found for folder in folders if (found := calendar.of_folder(folder)) and calendar.keeps(found)]


def made_of(catalog: Catalog, table: DerivedTable) -> Iterable[str]:
    """The assets from the load on that a published table is made of, and itself, in the order of their making."""
    return dict.fromkeys([*_upstream(catalog, table), f"production/{table.derived.name}"])


def _upstream(catalog: Catalog, table: DerivedTable) -> Iterator[str]:
    for needed in catalog.inputs[table.derived.name]:
        if isinstance(needed.table, DerivedTable):
            yield from _upstream(catalog, needed.table)
        else:
            yield needed.table.asset
    yield table.asset


def _shows(store: Store, table: DerivedTable, partition: Partition | None) -> bool:
    try:
        return read_current(store, table.relation, partition) is not None
    except LakeDamaged:
        return True
