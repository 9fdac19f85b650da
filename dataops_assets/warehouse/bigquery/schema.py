"""Between Arrow's types and BigQuery's: schemas, small tables as parameters, large ones as Parquet."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from google.cloud import bigquery

_ARROW: dict[str, pa.DataType] = {
    "STRING": pa.string(),
    "JSON": pa.string(),
    "INTEGER": pa.int64(),
    "INT64": pa.int64(),
    "FLOAT": pa.float64(),
    "FLOAT64": pa.float64(),
    "NUMERIC": pa.decimal128(38, 9),
    "BIGNUMERIC": pa.decimal256(76, 38),
    "BOOLEAN": pa.bool_(),
    "BOOL": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us", tz="UTC"),
    "DATETIME": pa.timestamp("us"),
    "TIME": pa.time64("us"),
    "BYTES": pa.binary(),
}
_FIELD = {kind: name for name, kind in _ARROW.items() if name != "JSON"}
_PARAMETER = {
    pa.string(): "STRING",
    pa.int64(): "INT64",
    pa.float64(): "FLOAT64",
    pa.bool_(): "BOOL",
    pa.date32(): "DATE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP",
    pa.timestamp("us"): "DATETIME",
}
# https://cloud.google.com/bigquery/quotas#query_jobs: 10,000 parameters a query, 10 MB a request.
_MOST_VALUES, _MOST_BYTES = 4000, 200_000


def arrow_schema(fields: "Sequence[bigquery.SchemaField]") -> pa.Schema:
    """The columns of a table or of a result. Raises TypeError for a type that contracts do not have."""
    return pa.schema([pa.field(field.name, _arrow_type(field)) for field in fields])


def _arrow_type(field: "bigquery.SchemaField") -> pa.DataType:
    if field.field_type in ("RECORD", "STRUCT"):
        kind = pa.struct([pa.field(each.name, _arrow_type(each)) for each in field.fields])
    elif field.field_type in _ARROW:
        kind = _ARROW[field.field_type]
    else:
        raise TypeError(f"column {field.name!r} is {field.field_type}, which no contract has; CAST it")
    return pa.list_(kind) if field.mode == "REPEATED" else kind


def bigquery_schema(schema: pa.Schema) -> "list[bigquery.SchemaField]":
    """The fields of a table for these columns. Raises TypeError for a type that BigQuery does not have."""
    return [_field(each.name, each.type) for each in schema]


def _field(name: str, kind: pa.DataType) -> "bigquery.SchemaField":
    from google.cloud import bigquery

    mode = "NULLABLE"
    if pa.types.is_list(kind):
        kind, mode = kind.value_type, "REPEATED"
    if pa.types.is_struct(kind):
        return bigquery.SchemaField(name, "RECORD", mode, fields=[_field(each.name, each.type) for each in kind])
    if pa.types.is_decimal(kind) and kind not in _FIELD:
        return bigquery.SchemaField(name, "BIGNUMERIC", mode)
    if kind not in _FIELD:
        raise TypeError(f"column {name!r} is {kind}{' in lists' if mode == 'REPEATED' else ''}: BigQuery has no such")
    return bigquery.SchemaField(name, _FIELD[kind], mode)


def fits_a_parameter(table: pa.Table) -> bool:
    """Is it small, and of types that parameters can have?"""
    if table.num_rows * table.num_columns > _MOST_VALUES or table.nbytes > _MOST_BYTES:
        return False
    return all(kind in _PARAMETER for kind in table.schema.types)


def table_parameter(name: str, table: pa.Table) -> "bigquery.ArrayQueryParameter":
    """The rows as the parameter `@name`, an array of structs."""
    from google.cloud import bigquery

    kinds = [(field.name, _PARAMETER[field.type]) for field in table.schema]
    shape = bigquery.StructQueryParameterType(
        *(bigquery.ScalarQueryParameterType(kind, name=column) for column, kind in kinds)
    )
    rows: list[Any] = [
        bigquery.StructQueryParameter(None, *(bigquery.ScalarQueryParameter(c, k, row[c]) for c, k in kinds))
        for row in table.to_pylist()
    ]
    return bigquery.ArrayQueryParameter(name, shape, rows)


def parquet(table: pa.Table) -> bytes:
    """The table as a Parquet file that a load job reads with the same types."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
