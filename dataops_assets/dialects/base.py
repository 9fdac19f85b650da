"""How the two warehouses spell what this project needs: names, types, literals, safe casts.

Everything that people write (SQL of a derived table, a rule, a computed column) is in BigQuery's dialect; `translate`
carries it over. What the machinery itself writes keeps to the SQL both understand and asks its dialect for the rest.

A cast is strict and means the same on both engines, which their own casts do not: DuckDB reads '1.5' as the integer 2,
'1_000' as 1000 and '0x1F' as 31; BigQuery accepts 'inf'. So the text is matched first, and only then cast.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, ClassVar

import pyarrow as pa
from sqlglot import exp

from dataops_assets.dialects.portable import translate

NUMERIC_TYPE = pa.decimal128(38, 9)
_LARGEST_FLOAT = 1e290
"""Larger ones are left out of sums, which may not overflow."""

CONFLICT = "another was first"
"""What a statement of ours says when it ends itself because somebody else has written meanwhile."""

NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_EXACT = r"^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$"
"""A number in a form that engines make a decimal of: its digits before the point and its exponent have a limit."""
NUMERIC = r"^[+-]?(0*[0-9]{1,29}(\.[0-9]{0,9}0*)?|\.[0-9]{1,9}0*)$"
"""A number that a Numeric holds as it is written."""
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]00:00(:00(\.0+)?)?(Z|\+00:?00)?)?$"
TIMESTAMP = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?"
    r"(Z|[+-](0[0-9]|1[0-3])(:?[0-5][0-9])?|[+-]14(:?00)?)?)?$"
)


@dataclass(frozen=True)
class TableOptions:
    """What a table is beside its columns. A warehouse that has no such thing leaves it out.

    description, descriptions: of the table, of its columns. partition_by: the partition column, its type and how much
    of it a partition holds ("HOUR", "DAY", "MONTH"). key: columns by which rows are found. labels: what the bill can be
    sorted by. require_filter: no query without a condition on the partition column. keep_days: how long a partition is
    kept after its beginning.
    """

    description: str = ""
    descriptions: Mapping[str, str] = field(default_factory=dict)
    partition_by: tuple[str, pa.DataType, str] | None = None
    key: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    require_filter: bool = False
    keep_days: int | None = None


@lru_cache(maxsize=4096)
def _quoted(dialect: str, name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql(dialect=dialect)


class Dialect:
    """The SQL of one warehouse."""

    name: ClassVar[str]
    null: ClassVar[pa.DataType] = pa.null()
    """The type of a column that a query fills with NULL and no type."""
    types: ClassVar[Mapping[pa.DataType, str]]

    def quote(self, *parts: str) -> str:
        """A quoted identifier, `"a"."b"`."""
        return ".".join(_quoted(self.name, part) for part in parts)

    def columns(self, names: Sequence[str], prefix: str = "") -> str:
        """A quoted, comma-separated list of columns."""
        return ", ".join(prefix + self.quote(name) for name in names)

    def literal(self, value: Any, kind: pa.DataType | None = None) -> str:
        """A constant from code or from a contract; never used for data, which travels as parameters."""
        if kind is not None and (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
            text = value.isoformat() if isinstance(value, date | datetime) else str(value)
            return f"CAST({exp.Literal.string(text).sql(dialect=self.name)} AS {self.type_of(kind)})"
        if kind is not None and (pa.types.is_decimal(kind) or (pa.types.is_floating(kind) and value % 1)):
            # Not as a bare number, which DuckDB reads as a decimal of its own precision.
            number = f"{value:f}" if pa.types.is_decimal(kind) else repr(float(value))
            return f"CAST('{number}' AS {self.type_of(kind)})"
        return exp.convert(value).sql(dialect=self.name)

    def between(self, column: str, first: Any, after: Any, kind: pa.DataType | None) -> str:
        """Condition: a column's value is `first` or later, and before `after`."""
        return f"{column} >= {self.literal(first, kind)} AND {column} < {self.literal(after, kind)}"

    def type_of(self, kind: pa.DataType) -> str:
        """The column type for an Arrow type; raises TypeError for one that contracts do not have."""
        if pa.types.is_list(kind):
            return self.list_of(self.type_of(kind.value_type))
        if pa.types.is_struct(kind):
            fields = [f"{self.quote(field.name)} {self.type_of(field.type)}" for field in kind]
            return self.struct_of(fields)
        if kind not in self.types:
            raise TypeError(f"no column type of {self.name} for {kind}")
        return self.types[kind]

    def list_of(self, item: str) -> str:
        """The type of an array of `item`."""
        raise NotImplementedError

    def struct_of(self, fields: Sequence[str]) -> str:
        """The type of a record with these fields."""
        raise NotImplementedError

    def matches(self, value: str, pattern: str) -> str:
        """Condition: the text matches an RE2 pattern anywhere."""
        raise NotImplementedError

    def try_cast(self, value: str, kind: pa.DataType) -> str:
        """The engine's own cast that gives null instead of an error."""
        raise NotImplementedError

    def timestamp_text(self, text: str) -> str:
        """A text that matches TIMESTAMP in the form that the engine casts."""
        return text

    def json_object(self, fields: Mapping[str, str]) -> str:
        """JSON text of an object with these names and expressions."""
        raise NotImplementedError

    def record(self, fields: Mapping[str, str]) -> str:
        """A record with these names and expressions."""
        raise NotImplementedError

    def record_text(self, record: str) -> str:
        """JSON text of a record."""
        raise NotImplementedError

    def summand(self, value: str, kind: pa.DataType) -> str:
        """What is summed up of a numeric column, so that no sum overflows: of floats, without the largest."""
        if pa.types.is_decimal(kind):
            return f"CAST({value} AS {self.type_of(pa.float64())})"
        return f"CASE WHEN ABS({value}) < {_LARGEST_FLOAT!r} THEN {value} END" if pa.types.is_floating(kind) else value

    def hashable(self, value: str, kind: pa.DataType) -> str:
        """A value of this type for `hash_of`, which is to tell it from any other one."""
        return value

    def hash_of(self, values: Sequence[str]) -> str:
        """A number that is another one, but for chance, where one of these expressions has another value."""
        raise NotImplementedError

    def keyed_hash(self, text: str, inner: str, outer: str) -> str:
        """The HMAC-SHA256 of a text in hexadecimal digits. inner, outer: expressions, of the pads as bytes."""
        raise NotImplementedError

    def finite(self, value: str) -> str:
        """Condition: a float is neither infinite nor NaN."""
        raise NotImplementedError

    def as_text(self, value: str) -> str:
        """Any value as text."""
        return f"CAST({value} AS {self.type_of(pa.string())})"

    def safe(self, expression: str) -> str:
        """The expression, null where it would raise."""
        raise NotImplementedError

    def computed(self, expression: str, kind: pa.DataType) -> str | None:
        """Condition: the expression gives a value of the type, or null, and no error; None where an error ends all."""
        return None

    def floor(self, value: str, kind: pa.DataType | None, unit: str) -> str:
        """A date or timestamp cut down to the start of its day, hour or month, of the same type."""
        raise NotImplementedError

    def unnest_list(self, text: str, name: str) -> str:
        """What follows a comma in FROM, to have a column of this name with the comma-separated values in a text."""
        raise NotImplementedError

    def row_values(self, columns: Sequence[str]) -> str:
        """Expressions, quoted columns' or others', to partition or group rows by all of these values."""
        return ", ".join(columns)

    def differs(self, one: str, other: str, kind: pa.DataType) -> str:
        """Condition: two values are not the same, null being the same as null."""
        return f"{one} IS DISTINCT FROM {other}"

    def orderable(self, value: str, kind: pa.DataType) -> str:
        """A value of this type as something that can be ordered."""
        return value

    def create_table(
        self, relation: str, columns: Mapping[str, pa.DataType], options: TableOptions = TableOptions()
    ) -> str:
        """DDL of a table that may be there already."""
        fields = ", ".join(
            f"{self.quote(name)} {self.type_of(kind)}{self.described(options.descriptions.get(name, ''))}"
            for name, kind in columns.items()
        )
        return f"CREATE TABLE IF NOT EXISTS {relation} ({fields}){self.table_options(columns, options)}"

    def described(self, description: str) -> str:
        """What follows a column in DDL, to say what it is."""
        return ""

    def table_options(self, columns: Mapping[str, pa.DataType], options: TableOptions) -> str:
        """What follows the columns in DDL."""
        return ""

    def retypes(self, existing: pa.DataType, wanted: pa.DataType) -> bool:
        """Can a column of a table be given another type in its place?"""
        return True

    def without_value(self, column: str, sql_type: str) -> str:
        """A column that holds no value, as one of another type; ends the statement if it does hold one."""
        raise NotImplementedError

    def stored_by(self, column: str) -> str:
        """What an INSERT … SELECT ends with, so that rows of the same partition lie together."""
        return ""

    def fingerprint(self, columns: pa.Schema) -> tuple[str, str]:
        """Two aggregates over rows, whatever their order, that change when a value in these columns does."""
        raise NotImplementedError

    def of_our_years(self, value: str, kind: pa.DataType) -> str:
        """A value of this type; null instead of a date or timestamp that is not of the years 0001 to 9999."""
        return value

    def as_type(self, value: str, kind: pa.DataType) -> str:
        """The result of a query as this type; the statement ends with an error where the type does not hold it."""
        return f"CAST({value} AS {self.type_of(kind)})"

    def cast(self, text: str, kind: pa.DataType, from_floats: bool = False) -> str:
        """The value of a text column, null where the text is not exactly a value of the type.

        Numbers are judged by what they are, not by how they are written: `1e3` and `1000.0` are integers.
        from_floats: numbers with a point have passed through a float. The statement ends with an error where that may
        have made an integer of one that is none.
        """
        if pa.types.is_string(kind):
            return text
        if pa.types.is_boolean(kind):
            low = f"LOWER({text})"
            return f"CASE WHEN {low} IN ('true', '1') THEN TRUE WHEN {low} IN ('false', '0') THEN FALSE END"
        if pa.types.is_integer(kind):
            return self.cast_plain_integer(text) if from_floats else self.cast_integer(text)
        if pa.types.is_decimal(kind):
            return self.cast_numeric(text)
        pattern = {
            pa.float64(): NUMBER,
            pa.date32(): DATE,
            pa.timestamp("us", tz="UTC"): TIMESTAMP,
        }.get(kind)
        if pattern is None:  # such a value has no text
            return f"CAST(NULL AS {self.type_of(kind)})"
        source = f"SUBSTR({text}, 1, 10)" if pa.types.is_date(kind) else text
        if pa.types.is_timestamp(kind):
            source = self.timestamp_text(text)
        condition = self.matches(text, pattern)
        if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            condition += f" AND {text} >= '0001'"
        value = self.try_cast(source, kind)
        if pa.types.is_floating(kind):
            condition += f" AND {self.finite(value)}"
        if pa.types.is_timestamp(kind):  # an offset may lead out of the years 0001 to 9999
            first, last = (self.literal(moment, kind) for moment in (datetime.min, datetime.max))
            condition += f" AND {value} BETWEEN {first} AND {last}"
        return f"CASE WHEN {condition} THEN {value} END"

    def cast_integer(self, text: str) -> str:
        """An integer of 64 bits; '517.0' is one, '517.5' is not."""
        return self._cast_exactly(text, self.try_cast(self.try_cast(text, NUMERIC_TYPE), pa.int64()))

    def cast_plain_integer(self, text: str) -> str:
        """As `cast_integer`, but an error where the integer is written in another way than `-517`."""
        raise NotImplementedError

    def cast_numeric(self, text: str) -> str:
        """A decimal number of at most 29 digits before the point and 9 after it."""
        return self._cast_exactly(text, self.try_cast(text, NUMERIC_TYPE))

    def _cast_exactly(self, text: str, rounded: str) -> str:
        """What an engine made of a number, if it did not have to round it.

        Rounding to a unit changes a number's digits, zeros at both ends and the point left aside: with the same digits
        the result would be ten times the number or more, and at least one unit; it is at most half a unit from it.
        """
        given = f"TRIM(REGEXP_REPLACE(REPLACE({text}, '.', ''), '[eE].*', ''), '+-0')"
        kept = f"TRIM(REPLACE({self.as_text(rounded)}, '.', ''), '-0')"
        return f"CASE WHEN {self.matches(text, _EXACT)} AND {given} = {kept} THEN {rounded} END"

    def translate(self, sql: str) -> str:
        """SQL in BigQuery's dialect in the words of this one; raises UnsupportedSql where it would change meaning."""
        return translate(sql, self.name)
