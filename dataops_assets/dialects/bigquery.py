"""How BigQuery spells what this project needs."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pyarrow as pa

from dataops_assets.dialects.base import CONFLICT, Dialect, TableOptions


class BigQueryDialect(Dialect):
    """SQL of the cloud warehouse."""

    def __init__(self, labels: Mapping[str, str] | None = None) -> None:
        """labels: of every table that is made, beside those of its options."""
        self.labels = dict(labels or {})

    name = "bigquery"
    null = pa.int64()
    types: ClassVar = {
        pa.int64(): "INT64",
        pa.float64(): "FLOAT64",
        pa.decimal128(38, 9): "NUMERIC",
        pa.string(): "STRING",
        pa.bool_(): "BOOL",
        pa.date32(): "DATE",
        pa.timestamp("us", tz="UTC"): "TIMESTAMP",
        pa.binary(): "BYTES",
    }

    def list_of(self, item: str) -> str:
        return f"ARRAY<{item}>"

    def struct_of(self, fields: Sequence[str]) -> str:
        return f"STRUCT<{', '.join(fields)}>"

    def matches(self, value: str, pattern: str) -> str:
        return f"REGEXP_CONTAINS({value}, {self.literal(pattern)})"

    def try_cast(self, value: str, kind: pa.DataType) -> str:
        return f"SAFE_CAST({value} AS {self.type_of(kind)})"

    def timestamp_text(self, text: str) -> str:
        # BigQuery wants seconds, at most six digits after them, and a colon in the offset.
        for pattern, instead in (
            (r"^(.{16})(Z|[+-].*)?$", r"\1:00\2"),
            (r"([.][0-9]{6})0+", r"\1"),
            (r"([+-][0-9]{2})([0-9]{2})$", r"\1:\2"),
        ):
            text = f"REGEXP_REPLACE({text}, {self.literal(pattern)}, {self.literal(instead)})"
        return text

    def json_object(self, fields: Mapping[str, str]) -> str:
        return self.record_text(self.record(fields))

    def record(self, fields: Mapping[str, str]) -> str:
        members = ", ".join(f"{value} AS {self.quote(name)}" for name, value in fields.items())
        return f"STRUCT({members})"

    def record_text(self, record: str) -> str:
        return f"TO_JSON_STRING({record})"

    def summand(self, value: str, kind: pa.DataType) -> str:
        value = super().summand(value, kind)
        return f"CAST({value} AS NUMERIC)" if pa.types.is_integer(kind) else value

    def hash_of(self, values: Sequence[str]) -> str:
        return f"FARM_FINGERPRINT(TO_JSON_STRING(STRUCT({', '.join(values)})))"

    def keyed_hash(self, text: str, inner: str, outer: str) -> str:
        return f"TO_HEX(SHA256(CONCAT({outer}, SHA256(CONCAT({inner}, CAST({text} AS BYTES))))))"

    def finite(self, value: str) -> str:
        return f"NOT (IS_INF({value}) OR IS_NAN({value}))"

    def safe(self, expression: str) -> str:
        return expression

    def floor(self, value: str, kind: pa.DataType | None, unit: str) -> str:
        function = "DATE_TRUNC" if kind is not None and pa.types.is_date(kind) else "TIMESTAMP_TRUNC"
        return f"{function}({value}, {unit})"

    def unnest_list(self, text: str, name: str) -> str:
        return f"UNNEST(SPLIT({text}, ',')) AS {name}"

    def row_values(self, columns: Sequence[str]) -> str:
        # BigQuery neither partitions by floats nor by arrays and structs.
        return f"TO_JSON_STRING(STRUCT({', '.join(columns)}))"

    def differs(self, one: str, other: str, kind: pa.DataType) -> str:
        # 0.0 and -0.0 are equal, and have other fingerprints: the one has to take the place of the other.
        if pa.types.is_nested(kind) or pa.types.is_floating(kind):
            one, other = f"TO_JSON_STRING({one})", f"TO_JSON_STRING({other})"
        return f"{one} IS DISTINCT FROM {other}"

    def orderable(self, value: str, kind: pa.DataType) -> str:
        return f"TO_JSON_STRING({value})" if pa.types.is_nested(kind) else value

    def described(self, description: str) -> str:
        return f" OPTIONS(description={self.literal(description)})" if description else ""

    def table_options(self, columns: Mapping[str, pa.DataType], options: TableOptions) -> str:
        sql = ""
        if options.partition_by:
            column, kind, unit = options.partition_by
            daily_dates = pa.types.is_date(kind) and unit == "DAY"
            sql += f" PARTITION BY {self.quote(column) if daily_dates else self.floor(self.quote(column), kind, unit)}"
        # https://cloud.google.com/bigquery/docs/clustered-tables: up to four columns, of none of these types.
        sortable = [
            name
            for name in options.key
            if not (options.partition_by and name == options.partition_by[0])
            and not pa.types.is_floating(columns[name])
            and not pa.types.is_binary(columns[name])
            and not pa.types.is_nested(columns[name])
        ]
        if sortable:
            sql += f" CLUSTER BY {self.columns(sortable[:4])}"
        given: dict[str, str] = {}
        if options.description:
            given["description"] = self.literal(options.description)
        if labels := {**self.labels, **options.labels}:
            pairs = (f"({self.literal(key)}, {self.literal(value)})" for key, value in sorted(labels.items()))
            given["labels"] = f"[{', '.join(pairs)}]"
        if options.partition_by and options.require_filter:
            given["require_partition_filter"] = "TRUE"
        if options.partition_by and options.keep_days:
            given["partition_expiration_days"] = str(options.keep_days)
        if given:
            sql += f" OPTIONS({', '.join(f'{name}={value}' for name, value in given.items())})"
        return sql

    def retypes(self, existing: pa.DataType, wanted: pa.DataType) -> bool:
        # https://cloud.google.com/bigquery/docs/managing-table-schemas#change_a_columns_data_type
        if pa.types.is_integer(existing):
            return pa.types.is_decimal(wanted) or pa.types.is_floating(wanted)
        return pa.types.is_decimal(existing) and pa.types.is_floating(wanted)

    def without_value(self, column: str, sql_type: str) -> str:
        return f"IF({column} IS NULL, CAST(NULL AS {sql_type}), ERROR('dataops:{CONFLICT}'))"

    def fingerprint(self, columns: pa.Schema) -> tuple[str, str]:
        row = f"FARM_FINGERPRINT(TO_JSON_STRING(STRUCT({self.columns(columns.names)})))"
        return f"CAST(BIT_XOR({row}) AS STRING)", f"CAST(SUM(CAST({row} AS NUMERIC)) AS STRING)"


BIGQUERY = BigQueryDialect()
