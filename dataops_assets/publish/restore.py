"""The rows of published versions, out of the production lake into a scratch table."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from dataops_assets.dialects.base import Dialect
from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import Version, read_version, version_path
from dataops_assets.ledger.entry import Entry
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.names import published_label
from dataops_assets.warehouse.base import RawFiles, Session
from dataops_assets.warehouse.fingerprint import rows_version
from dataops_assets.warehouse.tables import DerivedTable

RESTORED = "_restored"
"""The scratch table: the columns, and `_slice`, the partition's key."""

_Columns = tuple[tuple[str, pa.DataType], ...]


@dataclass(frozen=True)
class Restored:
    """columns: of the scratch table, those of the contract in force first."""

    columns: Sequence[str]


def restore(
    session: Session,
    schema: str,
    store: Store,
    table: DerivedTable,
    by_key: Mapping[str, Partition | None],
    wanted: Mapping[str, Entry],
) -> Restored:
    """Load these versions, one of each partition, and prove that they are what they were. Inside `reading`.

    Where the contract in force is the version's own, its fingerprint has to come out; else the number of its rows. A
    column that the contract has gained since is null; one that it has lost is filled if production still has it.
    schema: of production. Raises LakeDamaged.
    """
    if not wanted:
        return Restored(table.spec.names)
    wide = {column.name: column.type for column in table.spec.columns}
    if session.exists(schema, table.relation):
        wide = {f.name: f.type for f in session.schema(session.relation(schema, table.relation))} | wide
    groups: dict[_Columns, list[str]] = {}
    for key, entry in wanted.items():
        columns = _columns_of(store, table, by_key[key], entry, key)
        for name, kind in columns:
            if name not in wide or not _same(kind, wide[name]):
                raise LakeDamaged(
                    f"{published_label(table, key)}: version {entry.version} has a column {name!r} of type {kind}, "
                    f"and production has {f'one of type {wide[name]}' if name in wide else 'none'}; it cannot be "
                    "restored under the contract in force. Run the code that made it, and publish that"
                )
        uri = store.uri(version_path(store, Version(table.relation, by_key[key], entry.version, {})))
        groups.setdefault(columns, []).append(uri)
    there = {name for columns in groups for name, _ in columns}
    names = [*table.spec.names, *(name for name in wide if name in there and name not in table.spec.names)]
    selects = []
    for place, (columns, uris) in enumerate(groups.items()):
        file_names = [name for name, _ in columns]
        files = RawFiles("parquet", tuple(uris), tuple((name, str(kind)) for name, kind in columns))
        session.scratch_raw(f"_version{place}", [files], file_names)
        selects.append(f"SELECT {_select(session.dialect, names, file_names, wide)} FROM _version{place} AS v")
    slices = table.slices([partition for key in wanted if (partition := by_key[key])])
    slices.stage(session, "_parts")
    columns_ = session.dialect.columns(names, "r.")
    session.scratch(
        RESTORED,
        f"SELECT {columns_}, p.partition AS _slice FROM ({' UNION ALL '.join(selects)}) AS r "
        f"{slices.join(session, 'r', '_parts')}",
    )
    _prove(session, table, wanted)
    return Restored(names)


def _columns_of(store: Store, table: DerivedTable, partition: Partition | None, entry: Entry, key: str) -> _Columns:
    try:
        content = read_version(store, table.relation, partition, entry.version)
    except LakeDamaged as damage:
        raise LakeDamaged(
            f"{published_label(table, key)}: version {entry.version} cannot be restored, {damage}; choose another one, "
            "see dataops history"
        ) from damage
    return tuple((field.name, field.type) for field in pq.read_schema(io.BytesIO(content)))


def _same(one: pa.DataType, other: pa.DataType) -> bool:
    return one == other or (pa.types.is_string(one) and pa.types.is_large_string(other))


def _select(dialect: Dialect, names: Sequence[str], there: Sequence[str], kinds: Mapping[str, pa.DataType]) -> str:
    def value(name: str) -> str:
        return f"v.{dialect.quote(name)}" if name in there else f"CAST(NULL AS {dialect.type_of(kinds[name])})"

    return ", ".join(f"{value(name)} AS {dialect.quote(name)}" for name in names)


def _prove(session: Session, table: DerivedTable, wanted: Mapping[str, Entry]) -> None:
    one, two = session.dialect.fingerprint(table.spec.schema)
    found = {
        key: (rows, rows_version(rows, first, second))
        for key, rows, first, second in session.rows(
            f"SELECT _slice, COUNT(*) AS n, {one} AS one, {two} AS two FROM {RESTORED} GROUP BY _slice"
        )
    }
    for key, entry in wanted.items():
        rows, version = found.get(key, (0, rows_version(0, None, None)))
        version = version if entry.contract == table.spec.fingerprint else entry.version
        if (rows, version) != (entry.rows, entry.version):
            raise LakeDamaged(
                f"{published_label(table, key)}: the copy of version {entry.version} in the lake has {rows} rows that "
                f"are version {version}, the ledger says {entry.rows}; nothing was changed. Run dataops verify"
            )
