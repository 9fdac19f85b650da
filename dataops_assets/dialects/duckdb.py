"""How DuckDB spells what this project needs."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import ClassVar

import pyarrow as pa

from dataops_assets.dialects.base import NUMERIC, NUMERIC_TYPE, Dialect


class DuckDBDialect(Dialect):
    """SQL of the local warehouse."""

    name = "duckdb"
    types: ClassVar = {
        pa.int64(): "BIGINT",
        pa.float64(): "DOUBLE",
        pa.decimal128(38, 9): "DECIMAL(38, 9)",
        pa.string(): "VARCHAR",
        pa.bool_(): "BOOLEAN",
        pa.date32(): "DATE",
        pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
        pa.binary(): "BLOB",
    }

    def list_of(self, item: str) -> str:
        return f"{item}[]"

    def struct_of(self, fields: Sequence[str]) -> str:
        return f"STRUCT({', '.join(fields)})"

    def matches(self, value: str, pattern: str) -> str:
        return f"REGEXP_MATCHES({value}, {self.literal(pattern)})"

    def try_cast(self, value: str, kind: pa.DataType) -> str:
        return f"TRY_CAST({value} AS {self.type_of(kind)})"

    def json_object(self, fields: Mapping[str, str]) -> str:
        pairs = ", ".join(f"{self.literal(name)}, {value}" for name, value in fields.items())
        return f"CAST(JSON_OBJECT({pairs}) AS VARCHAR)"

    def record(self, fields: Mapping[str, str]) -> str:
        return f"{{{', '.join(f'{self.literal(name)}: {value}' for name, value in fields.items())}}}"

    def record_text(self, record: str) -> str:
        return f"CAST(TO_JSON({record}) AS VARCHAR)"

    def hashable(self, value: str, kind: pa.DataType) -> str:
        # HASH of a list or a struct does not tell null from empty, nor from one with a null in it; its text does.
        return f"CAST({value} AS VARCHAR)" if pa.types.is_nested(kind) else value

    def hash_of(self, values: Sequence[str]) -> str:
        return f"HASH({', '.join(values)})"

    def keyed_hash(self, text: str, inner: str, outer: str) -> str:
        return f"SHA256({outer} || UNHEX(SHA256({inner} || ENCODE({text}))))"

    def finite(self, value: str) -> str:
        return f"ISFINITE({value})"

    def safe(self, expression: str) -> str:
        return f"TRY({expression})"

    def computed(self, expression: str, kind: pa.DataType) -> str | None:
        value = f"CAST({expression} AS {self.type_of(kind)})"
        if years := self._our_years(value, kind):
            return f"TRY(COALESCE({years}, TRUE)) IS NOT DISTINCT FROM TRUE"
        return f"TRY({value} IS NULL) IS NOT NULL"

    def of_our_years(self, value: str, kind: pa.DataType) -> str:
        years = self._our_years(value, kind)
        return f"CASE WHEN {years} THEN {value} END" if years else value

    def as_type(self, value: str, kind: pa.DataType) -> str:
        typed = super().as_type(value, kind)
        if years := self._our_years(typed, kind):
            refused = f"CAST(ERROR('no such year') AS {self.type_of(kind)})"
            return f"CASE WHEN {years} OR {value} IS NULL THEN {typed} ELSE {refused} END"
        return typed

    def _our_years(self, value: str, kind: pa.DataType) -> str:
        """Condition: a date or timestamp is of the years 0001 to 9999, as all of BigQuery and Python are."""
        if not (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
            return ""
        ends = (date.min, date.max) if pa.types.is_date(kind) else (datetime.min, datetime.max)
        first, last = (self.literal(end, kind) for end in ends)
        return f"{value} BETWEEN {first} AND {last}"

    def floor(self, value: str, kind: pa.DataType | None, unit: str) -> str:
        if kind is not None and pa.types.is_date(kind):
            return value if unit == "DAY" else f"CAST(DATE_TRUNC('{unit.lower()}', {value}) AS DATE)"
        return f"DATE_TRUNC('{unit.lower()}', {value})"

    def stored_by(self, column: str) -> str:
        return f" ORDER BY {column}"

    def unnest_list(self, text: str, name: str) -> str:
        return f"(SELECT UNNEST(STRING_SPLIT({text}, ',')) AS {name}) AS c"

    def fingerprint(self, columns: pa.Schema) -> tuple[str, str]:
        row = self.hash_of([self.hashable(self.quote(field.name), field.type) for field in columns])
        return f"CAST(BIT_XOR({row}) AS VARCHAR)", f"CAST(SUM(CAST({row} AS HUGEINT)) AS VARCHAR)"

    def cast_integer(self, text: str) -> str:
        # Nearly every text is what the integer itself would print, or pandas where some are missing: comparing is
        # several times cheaper than matching.
        plain = f"TRY_CAST({text} AS BIGINT)"
        usual = f"CAST({plain} AS VARCHAR), CAST({plain} AS VARCHAR) || '.0'"
        return f"CASE WHEN {text} IN ({usual}) THEN {plain} ELSE {super().cast_integer(text)} END"

    def cast_plain_integer(self, text: str) -> str:
        plain, integer = f"TRY_CAST({text} AS BIGINT)", super().cast_integer(text)
        return (
            f"CASE WHEN CAST({plain} AS VARCHAR) = {text} THEN {plain} "
            f"WHEN {integer} IS NOT NULL THEN CAST(ERROR('not written as an integer') AS BIGINT) END"
        )

    def cast_numeric(self, text: str) -> str:
        # Nearly every number is written without an exponent: one match is cheaper than comparing digits.
        plain = self.try_cast(text, NUMERIC_TYPE)
        # With an exponent DuckDB makes decimals that have more digits than their type: their text is none.
        shifted = self._cast_exactly(text, self.try_cast(self.as_text(plain), NUMERIC_TYPE))
        return f"CASE WHEN {self.matches(text, NUMERIC)} THEN {plain} ELSE {shifted} END"


DUCKDB = DuckDBDialect()
