"""Raw attempts → one scratch table of typed, audited rows.

The text of every field is read as the source wrote it, cast in one place, checked, and marked; nothing is dropped here.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from dataops_assets.contracts.spec import Column
from dataops_assets.dialects.base import Dialect
from dataops_assets.interrupts import is_interrupt
from dataops_assets.lake.corrections import NONE, Corrections
from dataops_assets.lake.manifest import Manifest, StoredFile
from dataops_assets.lake.store import Store
from dataops_assets.load.corrected_rows import CorrectedRows
from dataops_assets.load.load_checks import conditions_of, load_checks
from dataops_assets.load.parquet_values import read_by_engines
from dataops_assets.load.unreadable import needs_exact_text, read_leniently, read_parquet
from dataops_assets.model.partitions import Partition
from dataops_assets.validation.audit import AuditPlan, run_pandera_checks
from dataops_assets.warehouse.base import RawFiles, Session
from dataops_assets.warehouse.errors import TransientError
from dataops_assets.warehouse.tables import StagedTable

_FILE_COLUMNS = ("_slice", "_attempt", "_order", "_first", "_after")


@dataclass(frozen=True)
class Chosen:
    """One raw attempt to load. order: its place among those of the load, the newest last."""

    partition: Partition | None
    key: str
    manifest: Manifest
    order: int


@dataclass(frozen=True)
class Incoming:
    """The rows of raw attempts, typed and marked. rows: the scratch table that they are in. plan: what marked them.
    corrected: there are corrections of some, and `rows` is as `CorrectedRows.put` makes it.
    """

    rows: str
    plan: AuditPlan
    corrected: bool = False


def stage_rows(
    session: Session,
    table: StagedTable,
    store: Store,
    chosen: Sequence[Chosen],
    corrections: Mapping[str, Corrections] = MappingProxyType({}),
) -> Incoming:
    """Make a scratch table of the contract's columns, `_slice`, `_attempt`, `_order`, `_rejected`, `_flagged` and
    `_raw` (JSON text of a rejected row's fields as they came). corrections: by partition.
    """
    name = "_incoming"
    plan = AuditPlan.of(table.spec, session.dialect, load_checks(table), conditions_of(table, session.dialect))
    wanted = list(dict.fromkeys(column.source for column in table.spec.read_columns))
    corrected = CorrectedRows(table, {choice.key: corrections.get(choice.key, NONE) for choice in chosen})
    _stage_files(session, table, store, chosen, corrected)
    # Each file once: an attempt may refer to the files of an earlier one.
    files = list({f.path: f for choice in chosen for f in choice.manifest.files if f.rows}.values())
    exact = {file.path for file in files if needs_exact_text(session, table, store, file)}
    if corrected or exact or not _stage_at_once(session, table, store, files, wanted, plan, name):
        parts = _read(session, table, store, files, wanted, exact)
        if corrected:
            parts.append(corrected.stage(session, _kinds(table, wanted)))
        _stage_typed(session, table, *union_of(session, parts, wanted), plan, name, corrected=corrected)
        session.drop(*parts)
    name = corrected.put(session, name) if corrected else name
    run_pandera_checks(session, plan, name)
    return Incoming(name, plan, bool(corrected))


def _stage_at_once(
    session: Session,
    table: StagedTable,
    store: Store,
    files: Sequence[StoredFile],
    wanted: Sequence[str],
    plan: AuditPlan,
    name: str,
) -> bool:
    """Type and judge the rows of text files while the engine reads them; False if they have to be read before that."""
    if any(file.format == "parquet" for file in files):
        return False
    rows = session.raw_query(_groups(store, files), wanted)
    if rows is None:
        return False
    try:
        types = dict.fromkeys(wanted, pa.string())
        from_floats = not session.exact_json and any(file.format == "jsonl" for file in files)
        _stage_typed(session, table, rows, types, plan, name, from_floats)
    except session.unreadable_errors:  # also of a number that is in doubt; `_read` finds out where
        return False
    return True


def _stage_typed(
    session: Session,
    table: StagedTable,
    rows: str,
    types: Mapping[str, pa.DataType],
    plan: AuditPlan,
    name: str,
    from_floats: bool = False,
    corrected: CorrectedRows | None = None,
) -> None:
    """Make the scratch table `name` of these raw rows, whose columns have these types.

    from_floats: see `Dialect.cast`. corrected: where there are corrections, to have their `_key` of all rows.
    """
    dialect, spec = session.dialect, table.spec
    read = spec.read_columns
    text = {column.name: f"r.{dialect.quote(column.source)}" for column in read}
    raw = ", ".join(f"{text[c.name]} AS _r{i}" for i, c in enumerate(read))
    typed = ", ".join(
        f"{_typed(dialect, f'_r{i}', types[c.source], c, from_floats)} AS {dialect.quote(c.name)}"
        for i, c in enumerate(read)
    )
    computed = "".join(
        f", {dialect.of_our_years(_computed(dialect, c), c.type)} AS {dialect.quote(c.name)}"
        for c in spec.columns
        if c.sql
    )
    about = dialect.columns(_FILE_COLUMNS, "f.")
    texts = {c.source: dialect.as_text(f"_r{i}") for i, c in enumerate(read)}
    originals = dialect.json_object(texts)
    told_apart = f", {corrected.key_of_rows(session, texts)} AS _key" if corrected else ""
    # A check that runs in pandas can still find fault with any row.
    shown = "TRUE" if plan.in_pandas or corrected else "_rejected IS NOT NULL OR _flagged IS NOT NULL"
    session.scratch(
        name,
        f"SELECT {dialect.columns(spec.names)}, _slice, _attempt, _order, _rejected, _flagged, "
        f"CASE WHEN {shown} THEN COALESCE(_unreadable, {originals}) END AS _raw{told_apart} "
        f"FROM (SELECT *, {plan.marks(dialect)} "
        f"FROM (SELECT *{computed} FROM (SELECT *, {typed} FROM (SELECT {raw}, _unreadable, {about} "
        f"FROM ({rows}) AS r JOIN _raw_files AS f ON r._file = f.file))))",
    )


def union_of(session: Session, parts: Sequence[str], wanted: Sequence[str]) -> tuple[str, dict[str, pa.DataType]]:
    """A query of all parts, and the types of the wanted columns in it: text, where the parts differ in a column's."""
    dialect, schemas = session.dialect, [session.schema(part) for part in parts]
    types: dict[str, pa.DataType] = {}
    for name in wanted:
        kinds = {schema.field(name).type for schema in schemas}
        types[name] = kinds.pop() if len(kinds) == 1 else pa.string()

    def selected(part: str, schema: pa.Schema) -> str:
        columns = [
            quoted if types[name] == schema.field(name).type else f"{dialect.as_text(quoted)} AS {quoted}"
            for name, quoted in ((name, dialect.quote(name)) for name in wanted)
        ]
        return f"SELECT {', '.join([*columns, '_file', '_unreadable'])} FROM {part}"

    return " UNION ALL ".join(map(selected, parts, schemas)), types


def _read(
    session: Session,
    table: StagedTable,
    store: Store,
    files: Sequence[StoredFile],
    wanted: Sequence[str],
    exact: Set[str],
) -> list[str]:
    """Make scratch tables of the raw files: the wanted columns, `_file` and `_unreadable`; returns their names.

    exact: paths of the files whose numbers the engine would change.

    The engine reads all files at once. If one of them stops it, halves are tried, down to the files that are broken:
    only those are read line by line.
    """
    parts: list[str] = []
    exact |= {file.path for file in files if needs_exact_text(session, table, store, file, pa.int64())}
    slow = [file for file in files if file.path in exact]
    kinds = _kinds(table, wanted)
    typed = {file.path for file in files if file.format == "parquet" and not _read_by_engines(file, kinds)}

    def in_python(files: Sequence[StoredFile]) -> None:
        for rows in read_parquet(store, [(store.uri(f.path), f) for f in files], kinds):
            parts.append(f"_raw_part_{len(parts)}")
            session.scratch_arrow(parts[-1], rows)

    in_python([file for file in files if file.path in typed])
    rest = [file for file in files if file.path not in exact | typed]
    waiting = [rest] if rest else []
    while waiting:
        several = waiting.pop()
        part = f"_raw_part_{len(parts)}"
        try:
            session.scratch_raw(part, _groups(store, several), wanted)
            parts.append(part)
        except Exception as error:
            # Damage inside a Parquet file shows as any kind of error, also as one of memory: a length can be damaged.
            if isinstance(error, TransientError) or is_interrupt(error):
                raise
            damage = isinstance(error, session.unreadable_errors) or any(f.format == "parquet" for f in several)
            if not damage:
                raise
            half = len(several) // 2
            if half:
                waiting += [several[:half], several[half:]]
            else:
                slow += several
    if lines := [file for file in slow if file.format != "parquet"]:
        session.scratch_arrow("_raw_slow", read_leniently(store, [(store.uri(f.path), f) for f in lines], kinds))
        parts.append("_raw_slow")
    in_python([file for file in slow if file.format == "parquet"])
    if not parts:
        session.scratch_raw("_raw_none", (), wanted)
        parts.append("_raw_none")
    return parts


def _kinds(table: StagedTable, wanted: Sequence[str]) -> dict[str, set[pa.DataType]]:
    """The types that each of these columns is wanted as."""
    return {name: {c.type for c in table.spec.read_columns if c.source == name} for name in wanted}


def _read_by_engines(file: StoredFile, kinds: Mapping[str, Collection[pa.DataType]]) -> bool:
    """Does an engine read the columns of interest of a Parquet file value by value?

    None of them may have a name that differs from another's in case only: an engine takes the one for the other.
    """
    names = Counter(name.casefold() for name in file.columns)
    return all(
        read_by_engines(file.columns[name], kinds[name]) and names[name.casefold()] == 1
        for name in kinds
        if name in file.columns
    )


def _groups(store: Store, files: Sequence[StoredFile]) -> list[RawFiles]:
    """The files by format and header."""
    groups: dict[tuple, dict[str, None]] = {}
    for file in files:
        columns = tuple(file.columns.items())
        if file.format == "jsonl":  # keys come in any order and number; only their names matter
            columns = tuple(sorted((name, "text") for name in file.columns))
        groups.setdefault((file.format, file.compression, columns), {})[store.uri(file.path)] = None
    return [
        RawFiles(file_format, tuple(uris), columns, compression)
        for (file_format, compression, columns), uris in groups.items()
    ]


def _stage_files(
    session: Session, table: StagedTable, store: Store, chosen: Sequence[Chosen], corrected: CorrectedRows
) -> None:
    """The scratch table `_raw_files`: which file belongs to which attempt of which partition, and its window."""
    slices = table.slices([choice.partition for choice in chosen if choice.partition])
    records: dict[str, list[Any]] = {name: [] for name in ("file", *_FILE_COLUMNS)}
    windows = {choice.key: choice.partition for choice in chosen}
    files = [(store.uri(f.path), c.key, c.manifest.attempt, c.order) for c in chosen for f in c.manifest.files]
    for file, key, attempt, order in (*files, *((name, key, name, -1) for name, key in corrected.names)):
        window = windows[key]
        bounds = (slices.bound(window.start), slices.bound(window.end)) if window else (None, None)
        for name, value in zip(records, (file, key, attempt, order, *bounds), strict=True):
            records[name].append(value)
    kind = slices.kind or pa.string()
    kinds = (pa.string(), pa.string(), pa.string(), pa.int64(), kind, kind)
    arrays = {name: pa.array(v, t) for (name, v), t in zip(records.items(), kinds, strict=True)}
    session.scratch_arrow("_raw_files", pa.table(arrays))


def _computed(dialect: Dialect, column: Column) -> str:
    return dialect.try_cast(dialect.safe(dialect.translate(column.sql or "")), column.type)


def _typed(dialect: Dialect, value: str, kind: pa.DataType, column: Column, from_floats: bool) -> str:
    """A raw value as the contract's type: as it is if the file already has that type, else by way of its text."""
    if kind == column.type:
        return dialect.of_our_years(value, kind)
    return dialect.cast(dialect.as_text(value), column.type, from_floats)
