"""Everything counted again, from the objects and the rows themselves: what the ledger says must be found there."""

from collections import Counter
from collections.abc import Mapping

from dataops_assets.lake.attempts import LakeDamaged, verify_files
from dataops_assets.lake.history import attempts, miscollected
from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import read_current, verify_version
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entries import Entry, command, key_of
from dataops_assets.ledger.integrity import standing
from dataops_assets.model.partitions import Partition, TimePartitions
from dataops_assets.warehouse.base import Session, Warehouse
from dataops_assets.warehouse.tables import DerivedTable, StagedTable


def verify_all(
    warehouse: Warehouse, staging: Store, production: Store, catalog: Catalog
) -> tuple[Mapping[str, int], list[str]]:
    """Check lake, warehouse and ledger against each other. Returns what was checked, and a line for each problem."""
    checked: Counter[str] = Counter()
    problems: list[str] = []
    for table in catalog.staged.values():
        _verify_raw(staging, table, checked, problems)
    with warehouse.session() as session, session.reading():
        for table in catalog.staged.values():
            _verify_staged(session, warehouse, staging, table, checked, problems)
        for table in catalog.derived.values():
            transformed = _verify_rows(
                session, warehouse.staging, warehouse.staging, table, table.asset, checked, problems
            )
            _verify_copies(staging, "transformed", table, transformed, checked, problems)
            if table.derived.publish:
                asset = f"production/{table.derived.name}"
                published = _verify_rows(
                    session, warehouse.staging, warehouse.production, table, asset, checked, problems
                )
                _verify_copies(production, "production", table, published, checked, problems)
                _verify_pointers(production, table, published, checked, problems)
    return checked, problems


def _verify_raw(store: Store, table: StagedTable, checked: Counter[str], problems: list[str]) -> None:
    name = table.source.name
    for partition in _raw_partitions(store, table.source.partition, name):
        for manifest in attempts(store, name, partition):
            checked["raw attempts"] += 1
            checked["raw files"] += 0 if manifest.same_as else len(manifest.files)
            try:
                verify_files(store, manifest, reread=True)
            except LakeDamaged as damage:
                problems.append(str(damage))
        problems += miscollected(store, name, partition)


def _raw_partitions(store: Store, by: TimePartitions | None, name: str) -> list[Partition | None]:
    if by is None:
        return [None]
    return [partition for folder in store.folders(f"raw_{name}/") if (partition := by.of_folder(folder))]


def _verify_staged(
    session: Session, warehouse: Warehouse, store: Store, table: StagedTable, checked: Counter[str], problems: list[str]
) -> None:
    entries = _verify_rows(session, warehouse.staging, warehouse.staging, table, table.asset, checked, problems)
    quarantined: dict[str, int] = {}
    if session.exists(warehouse.staging, table.quarantine):
        relation = session.relation(warehouse.staging, table.quarantine)
        quarantined = dict(session.rows(f"SELECT partition_key, COUNT(*) FROM {relation} GROUP BY partition_key"))
    for key, entry in entries.items():
        label = f"{table.asset} {key}".strip()
        held = quarantined.get(key, 0)
        if held != entry.rows_quarantined:
            problems.append(
                f"{label}: the ledger counts {entry.rows_quarantined} rows in quarantine, there are {held}; "
                f"{command(table.asset, key)}"
            )
        if entry.rows_read != entry.rows + entry.rows_quarantined + entry.duplicates_dropped:
            problems.append(f"{label}: the ledger does not balance: {entry.rows_read} rows read")
        partition = table.by.of(key) if table.by else None
        raw = {manifest.attempt: manifest.rows for manifest in attempts(store, table.source.name, partition)}
        used = [attempt for attempt in entry.attempts if not attempt.get("refused")]
        lost = [attempt["attempt"] for attempt in used if attempt["attempt"] not in raw]
        if lost:
            problems.append(f"{label}: loaded from raw attempt {lost[0]}, which is no longer in the lake")
        elif sum(raw[attempt["attempt"]] for attempt in used) != entry.rows_read:
            problems.append(f"{label}: the ledger counts {entry.rows_read} rows read, the manifests say otherwise")


def _verify_rows(
    session: Session,
    ledger_schema: str,
    schema: str,
    table: StagedTable | DerivedTable,
    asset: str,
    checked: Counter[str],
    problems: list[str],
) -> dict[str, Entry]:
    """Compare the rows of each partition with the entry that vouches for them; returns these entries."""
    states = ledger.states(session, ledger_schema, asset)
    kept = [key for key in states if table.by is None or table.by.keeps_key(key)]
    entries = {key: passed for key in kept if (passed := states[key].passed)}
    found = standing(session, schema, table, [table.by.of(key) if table.by else None for key in entries])
    if entries and session.exists(schema, table.relation):
        slices, relation = table.slices([]), session.relation(schema, table.relation)
        total = session.rows(f"SELECT COUNT(*) FROM {relation} AS t WHERE {slices.kept(session, 't')}")[0][0]
        known = sum(rows for rows, _ in found.values())
        if known != total:
            problems.append(f"{asset}: {schema}.{table.relation} has {total - known} rows that no entry accounts for")
    for key, entry in entries.items():
        rows, version = found[key]
        checked["partitions"] += 1
        checked["rows"] += rows
        if entry.contract != table.spec.fingerprint:
            checked["partitions under an older contract (rows counted only)"] += 1
            version = entry.version
        if (rows, version) != (entry.rows, entry.version):
            problems.append(
                f"{asset} {key}: {schema}.{table.relation} holds {rows} rows, version {version}; the ledger says "
                f"{entry.rows} rows, version {entry.version}; {command(asset, key)}"
            )
    return entries


def _verify_copies(
    store: Store,
    layer: str,
    table: DerivedTable,
    entries: Mapping[str, Entry],
    checked: Counter[str],
    problems: list[str],
) -> None:
    for key, entry in entries.items():
        partition = table.by.of(key) if table.by else None
        checked["lake copies"] += 1
        try:
            verify_version(store, table.relation, partition, entry.version, layer)
        except LakeDamaged as damage:
            problems.append(str(damage))


def _verify_pointers(
    store: Store, table: DerivedTable, entries: Mapping[str, Entry], checked: Counter[str], problems: list[str]
) -> None:
    for key, entry in entries.items():
        pointer = read_current(store, table.relation, table.by.of(key) if table.by else None)
        said = pointer["version"] if pointer else None
        if said != entry.version:
            problems.append(
                f"production/{table.derived.name} {key}: the lake points to version {said}, the warehouse holds "
                f"{entry.version}; {command(f'production/{table.derived.name}', key)}"
            )
    problems += _unknown_pointers(store, table, entries)


def _unknown_pointers(store: Store, table: DerivedTable, entries: Mapping[str, Entry]) -> list[str]:
    """A line where the lake shows what the ledger knows nothing of: its warehouse is gone, or is another one."""
    by, name = table.by, table.relation
    there: list[Partition | None] = [None]
    if by:
        there = [p for folder in store.folders(f"{name}/") if (p := by.of_folder(folder)) and by.keeps(p)]
    unknown = [p for p in there if key_of(p) not in entries and read_current(store, name, p)]
    if not unknown:
        return []
    first, last = unknown[0], unknown[-1]
    span = f"{first.key}..{last.key}" if first and last and first != last else first.key if first else ""
    often = f" of {len(unknown)} partitions" if len(unknown) > 1 else ""
    return [
        f"production/{table.derived.name} {span}: the lake shows a version{often} that the ledger does not know: the "
        f"warehouse is lost, or is another one; {command(f'+production/{table.derived.name}', span)}"
    ]
