"""Tables of plain Dagster assets in the lake: a DataFrame or Arrow data as Parquet, a version for each write.

As in the warehouse (`plain.py`) everything is checked before anything is written, `columns` in an input's metadata
chooses columns, and `allow_empty: True` in an asset's says that no rows may replace rows. What differs: a run of
several partitions returns a dict with the rows of each, and a partition that is missing is an error, unless the input's
metadata says `allow_missing_partitions: True`, as for Dagster's own file managers, or the asset reads itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import pyarrow as pa

from dataops_assets.io.partition_report import PartitionReport
from dataops_assets.io.plain.lake_target import LakeTarget, lake_target, ordered_keys
from dataops_assets.io.plain.lake_values import ACCEPTED, as_type, from_parquet, to_parquet, to_table, union
from dataops_assets.io.plain.target import PlainTableError, wanted_type
from dataops_assets.io.plain.values import Query
from dataops_assets.io.plain.warehouse import reads_itself
from dataops_assets.io.reporting import attach, partition_keys
from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.parallel import parallel_map
from dataops_assets.lake.paths import BadPath, checked
from dataops_assets.lake.store import Store
from dataops_assets.lake.tables import Rows, current_content, current_rows, put

_LISTED = 20  # partitions named in an error


def store_in_lake(context: dg.OutputContext, store: Store, obj: Any, code_version: str) -> None:
    """Store what an asset returned as the current version of its table, or of the partitions of the run.

    obj: a pandas DataFrame (without its index), a pyarrow Table or RecordBatchReader; for several partitions a dict of
    these by partition key; None writes nothing. Raises PlainTableError, and TypeError for another type; nothing is
    written then.
    """
    if obj is None:
        return
    partitioned = context.has_asset_partitions or context._asset_partitions_def is not None
    keys = partition_keys(context) if context.has_asset_partitions else []
    target = lake_target(context, context, [key for key in keys if key is not None] if partitioned else None)
    if partitioned and not keys:
        raise target.refuse("the asset has partitions, but the run names none", "Materialize a partition of it.")
    tables = {key: to_table(target.only(key), value) for key, value in _by_key(target, obj).items()}
    schema = union(target, [table.schema.empty_table() for table in tables.values()]).schema
    rows = [_rows(store, target.only(key), key, table) for key, table in tables.items()]
    provenance = {"asset": target.asset, "run_id": context.run_id, "code_version": code_version}
    versions = put(store, target.folder, rows, provenance)
    columns = [dg.TableColumn(field.name, str(field.type)) for field in schema]
    entries: dict[str, Any] = {
        "rows_written": sum(item.rows for item in rows),
        "dagster/column_schema": dg.TableSchema(columns),
    }
    about = [
        {
            "dagster/partition_row_count" if item.partition else "dagster/row_count": item.rows,
            "dagster/uri": dg.MetadataValue.path(store.uri(version.prefix)),
            "version": version.version,
        }
        for item, version in zip(rows, versions, strict=True)
    ]
    if len(about) == 1:
        entries |= about[0]
    for name, value in entries.items():
        try:
            context.add_output_metadata({name: value})
        except dg.DagsterInvalidMetadata:
            continue  # the asset has said it itself
    if context.has_asset_key and partitioned:
        attach(context, [PartitionReport(key, metadata) for key, metadata in zip(tables, about, strict=True)])


def load_from_lake(context: dg.InputContext, store: Store) -> Any:
    """The current rows of an upstream asset, or of those of its partitions that the run needs, in their order.

    Returns a pandas DataFrame (times in UTC, integers as Int64), a pyarrow Table if the input is annotated so, or a
    dict of these by partition key, if it is annotated `dict[str, …]`. Raises PlainTableError if a partition is missing
    or is not what was stored, TypeError for another annotation.
    """
    upstream = context.upstream_output
    assert upstream is not None
    target = lake_target(context, upstream, ordered_keys(context) if context.has_asset_partitions else None)
    kind, by_key = _wanted_type(context, target)
    asked = (context.definition_metadata or {}).get("columns")
    names = list(asked.value if isinstance(asked, dg.MetadataValue) else asked) if asked else None
    keys: Sequence[str | None] = (None,) if target.keys is None else target.keys

    found = parallel_map(lambda key: _read(store, target.only(key), key, names), keys, store.threads)
    tables = {key: table for key, table in zip(keys, found, strict=True) if table is not None}
    missing = [key for key in keys if key not in tables]
    allowed = (context.definition_metadata or {}).get("allow_missing_partitions", False)
    if isinstance(allowed, dg.MetadataValue):
        allowed = allowed.value
    if missing and not (reads_itself(context) or (allowed and target.keys is not None)):
        raise _lacks(target, missing, store)
    existing = {name for table in tables.values() for name in table.column_names}
    if unknown := [name for name in names or [] if name not in existing and tables]:
        raise PlainTableError(
            f"{target.label}: the input's metadata asks for the columns {unknown}, which are not in {target.name}; "
            "correct metadata={'columns': …}"
        )
    if by_key:
        return {str(key): as_type(kind, table) for key, table in tables.items()}
    if not tables:
        return as_type(kind, pa.table({name: pa.array([], pa.string()) for name in names or []}))
    whole = union(target, tables.values(), ", or annotate the input dict[str, pandas.DataFrame]")
    return as_type(kind, whole.select(names) if names else whole)


def _by_key(target: LakeTarget, obj: Any) -> dict[str | None, Any]:
    """What was returned, by partition; an error that says what to return unless it is just what the run writes."""
    if isinstance(obj, Query):
        raise target.refuse(
            "a Query is answered by the warehouse",
            "Set io_manager_key='warehouse' on the asset, or return a DataFrame or an Arrow table.",
        )
    keys = target.keys
    if not isinstance(obj, Mapping):
        if keys is not None and len(keys) > 1:
            raise target.refuse(
                f"returned one {type(obj).__name__} for {len(keys)} partitions, and a lake cannot tell which row "
                "belongs to which",
                "Return a dict with a DataFrame or an Arrow table for each of context.partition_keys, or materialize "
                "one partition at a time (BackfillPolicy.multi_run(1)).",
            )
        return {keys[0] if keys else None: obj}
    if keys is None:
        raise TypeError(f"{target.label}: returned a dict, but has no partitions; what can be stored is {ACCEPTED}")
    given = {str(key): value for key, value in obj.items()}
    lacking, strange = [key for key in keys if key not in given], sorted(given.keys() - set(keys))
    if lacking or strange:
        wrong = [f"has no rows of {_listed(lacking)}"] if lacking else []
        wrong += [f"has rows of {_listed(strange)}, which this run does not write"] if strange else []
        raise target.refuse(
            f"the dict that was returned {' and '.join(wrong)}",
            "Return one with exactly context.partition_keys; a partition without rows is an empty DataFrame.",
        )
    return {key: given[key] for key in keys}


def _rows(store: Store, target: LakeTarget, key: str | None, table: pa.Table) -> Rows:
    partition = target.partition(key)
    folder = f"{target.folder}/{partition.folder}" if partition else target.folder
    try:
        checked(f"{folder}/version={'-' * 40}/part-00000-{'-' * 32}.parquet")
    except BadPath as error:
        raise target.refuse(f"no object can be called so: {error}", "Shorten the key.") from error
    if not len(table) and target.metadata.get("allow_empty") is not True:
        there = current_rows(store, target.folder, partition)
        if there:
            raise target.refuse(
                f"no rows came back, where {there} rows are",
                "If that is right, say so with metadata={'allow_empty': True} on the asset.",
            )
    return Rows(partition, to_parquet(target, table), len(table))


def _read(store: Store, target: LakeTarget, key: str | None, names: Sequence[str] | None) -> pa.Table | None:
    try:
        content = current_content(store, target.folder, target.partition(key))
    except LakeDamaged as error:
        raise PlainTableError(
            f"{target.label}: {error}; restore it from a backup, or materialize {target.label} again, which stores its "
            "rows anew"
        ) from error
    return None if content is None else from_parquet(content, names)


def _lacks(target: LakeTarget, missing: Sequence[str | None], store: Store) -> PlainTableError:
    where = store.uri(target.folder)
    keys = [key for key in missing if key is not None]
    if not keys:
        return PlainTableError(f"{target.asset}: nothing is stored in {where}; materialize {target.asset} first")
    return PlainTableError(
        f"{target.asset}: {len(keys)} of {len(target.keys or ())} partitions are not in {where}: {_listed(keys)}; "
        f"materialize these partitions of {target.asset} first, or read what is there with "
        "metadata={'allow_missing_partitions': True} on the input"
    )


def _wanted_type(context: dg.InputContext, target: LakeTarget) -> tuple[type, bool]:
    """What the rows are wanted as, and whether for each partition."""
    if found := wanted_type(context, target):
        return found
    raise TypeError(
        f"{target.label}: the input is annotated {context.dagster_type.typing_type!r}; rows can be read as "
        "pandas.DataFrame or pyarrow.Table, and those of an asset with partitions as dict[str, pandas.DataFrame] or "
        "dict[str, pyarrow.Table]"
    )


def _listed(keys: Sequence[str]) -> str:
    return ", ".join(keys[:_LISTED]) + (f" and {len(keys) - _LISTED} more" if len(keys) > _LISTED else "")
