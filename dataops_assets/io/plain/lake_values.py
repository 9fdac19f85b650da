"""What a plain asset may return to the lake, as Arrow and as Parquet; and what an input gets of it.

The types are those that the warehouse keeps, so that an asset may change from one IO manager to the other, and so that
the same rows make the same file. A column whose values would lose something stays as it came: Parquet holds it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dataops_assets.io.plain.target import PlainTableError, Target
from dataops_assets.io.plain.values import columns_of, stored_type
from dataops_assets.model.types import to_pandas

ACCEPTED = "a pandas DataFrame, a pyarrow Table or RecordBatchReader, or None to write nothing"


def to_table(target: Target, value: Any) -> pa.Table:
    """A DataFrame (its index left out) or Arrow data as it is kept; raises TypeError and PlainTableError."""
    names, columns = columns_of(target, value, ACCEPTED)
    if not names and not isinstance(value, pa.RecordBatchReader) and len(value):
        raise target.refuse(f"{len(value)} rows without a column", "Return columns (an index is not stored).")

    def kept(column: pa.ChunkedArray) -> pa.ChunkedArray:
        try:
            return column.cast(stored_type(column.type), safe=True)
        except (TypeError, pa.ArrowException):
            return column

    # In one chunk each, so that the same rows make the same file.
    return pa.Table.from_arrays([kept(column) for column in columns], names=names).combine_chunks()


def to_parquet(target: Target, table: pa.Table) -> bytes:
    """The file; raises PlainTableError for a type that Parquet does not have."""
    sink = pa.BufferOutputStream()
    try:
        pq.write_table(table, sink, compression="zstd")
    except pa.ArrowException as error:
        raise target.refuse(f"the rows cannot be written as Parquet: {error}", "Convert the column.") from error
    return sink.getvalue().to_pybytes()


def from_parquet(content: bytes, names: Sequence[str] | None) -> pa.Table:
    """The rows; with names, those of these columns that are there."""
    file = pq.ParquetFile(pa.BufferReader(content))
    return file.read(columns=None if names is None else [name for name in names if name in file.schema_arrow.names])


def union(target: Target, tables: Iterable[pa.Table], instead: str = "") -> pa.Table:
    """The rows of all partitions; a column that some lack is null there. instead: what else can be done in an error."""
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        raise PlainTableError(
            f"{target.label}: partitions have columns of different types: {error}; convert the column in all of them"
            f"{instead}"
        ) from error


def as_type(kind: type, table: pa.Table) -> pd.DataFrame | pa.Table:
    """An Arrow table as it is, or as a DataFrame."""
    if kind is pa.Table:
        return table
    try:
        if not any(_is_pandas_own(field.type) for field in table.schema):
            return to_pandas(table)
    except pa.ArrowInvalid:  # a column that is kept as it came has values beyond the usual types
        pass
    columns = (table.select([name]) for name in table.column_names)
    return pd.concat([_beyond(column) for column in columns], axis=1)


def _is_pandas_own(kind: pa.DataType) -> bool:
    """A period or an interval, which only pandas can read out of what Arrow keeps of it."""
    return isinstance(kind, pa.BaseExtensionType) and kind.extension_name.startswith("pandas.")


def _beyond(column: pa.Table) -> pd.DataFrame:
    if _is_pandas_own(column.schema[0].type):
        return column.to_pandas()
    try:
        return to_pandas(column)
    except pa.ArrowInvalid:
        return column.to_pandas(types_mapper=pd.ArrowDtype)
