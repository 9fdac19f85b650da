"""What stands in warehouse and lake of datasets that are no longer declared, or no longer so, and how it is removed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dataops_assets.lake.erasures import FOLDER as ERASED
from dataops_assets.lake.prunings import FOLDER as PRUNED
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger import entries as ledger
from dataops_assets.staleness.snapshot import Snapshot, tables_of
from dataops_assets.warehouse.base import Session, Swap
from dataops_assets.warehouse.conflicts import retry_on_conflict
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

_NOT_OURS = ("assets", PRUNED, ERASED)  # of plain assets, which have no ledger; and records of what was deleted


@dataclass
class Orphan:
    """Of one dataset's name. assets: partitions in the ledger of assets that no dataset makes any more. older: of
    assets that are made, those of another calendar. folders: in the lake, where they are kept.
    """

    name: str
    assets: dict[str, int] = field(default_factory=dict)
    older: dict[str, list[str]] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)


def orphans(storage: Storage, catalog: Catalog, snapshot: Snapshot) -> dict[str, Orphan]:
    """By name of the dataset."""
    found: dict[str, Orphan] = {}

    def of(name: str) -> Orphan:
        return found.setdefault(name, Orphan(name))

    for asset, states in snapshot.strangers.items():
        of(asset.partition("/")[2]).assets[asset] = len(states)
    for asset, states in snapshot.older.items():
        of(asset.partition("/")[2]).older[asset] = sorted(states)
    known = {f"raw_{name}" for name in catalog.staged} | set(catalog.derived)
    for folder in dict.fromkeys([*storage.staging.folders(""), *storage.production.folders("")]):
        if folder not in known and folder not in _NOT_OURS and not folder.startswith("."):
            of(folder.removeprefix("raw_")).folders.append(folder)
    return found


def drop(storage: Storage, catalog: Catalog, orphan: Orphan) -> None:
    """Remove tables, rows and entries from the warehouse; the lake keeps what it has.

    Can be done again if it was interrupted: what the ledger says goes last.
    """
    for asset in orphan.assets:
        retry_on_conflict(lambda asset=asset: _drop_asset(storage, asset))
    for asset in orphan.older:
        retry_on_conflict(lambda asset=asset: _drop_older(storage, catalog, asset, orphan.older[asset]))


def _drop_asset(storage: Storage, asset: str) -> None:
    warehouse = storage.warehouse
    layer, _, name = asset.partition("/")
    schema = warehouse.production if layer == "production" else warehouse.staging
    relations = [f"raw_{name}", f"quarantine_{name}"] if layer == "staged" else [name]
    with warehouse.session() as session, session.swapping(asset) as swap:
        keys = list(ledger.newest(session, warehouse.staging, asset)())
        for relation in relations:
            if session.exists(schema, relation):
                swap.define(f"DROP TABLE {session.relation(schema, relation)}")
        ledger.remove(session, swap, warehouse.staging, asset, keys)


def _drop_older(storage: Storage, catalog: Catalog, asset: str, older: Sequence[str]) -> None:
    """The rows that belong to no partition that was made since, and the entries of the other calendar."""
    warehouse, table = storage.warehouse, tables_of(catalog)[asset]
    schema = warehouse.production if asset.startswith("production/") else warehouse.staging
    with warehouse.session() as session, session.swapping(asset) as swap:
        states = ledger.states(session, warehouse.staging, asset)
        made = [key for key, state in states.items() if key not in older and state.passed]
        _delete_others(session, swap, schema, table, made)
        ledger.remove(session, swap, warehouse.staging, asset, older)


def _delete_others(
    session: Session, swap: Swap, schema: str, table: StagedTable | DerivedTable, made: Sequence[str]
) -> None:
    relations = [table.relation] if session.exists(schema, table.relation) else []
    if isinstance(table, StagedTable) and session.exists(schema, table.quarantine):
        keys = ", ".join(session.dialect.literal(key) for key in made)
        condition = f"q.partition_key NOT IN ({keys})" if made else "TRUE"
        swap.execute(f"DELETE FROM {session.relation(schema, table.quarantine)} AS q WHERE {condition}")
    for relation in relations:
        rows = session.relation(schema, relation)
        if table.calendar is None or not made:
            if not made:
                swap.execute(f"DELETE FROM {rows} AS t WHERE {table.slices([]).kept(session, 't')}")
            continue
        slices = table.slices([table.calendar.of(key) for key in sorted(made)])
        slices.stage(session, "_made")
        swap.execute(
            f"DELETE FROM {rows} AS t WHERE {slices.kept(session, 't')} "
            f"AND {slices.start_of(session, 't')} NOT IN (SELECT p.first FROM _made AS p)"
        )
