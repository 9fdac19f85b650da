"""The column types of a contract, each one meaning in pandas, Arrow, DuckDB and BigQuery.

| word      | pandas                | Arrow             | DuckDB        | BigQuery     |
|-----------|-----------------------|-------------------|---------------|--------------|
| Integer   | Int64                 | int64             | BIGINT        | INT64        |
| Float     | float64, finite       | float64           | DOUBLE        | FLOAT64      |
| Numeric   | decimal128(38, 9)     | decimal128(38, 9) | DECIMAL(38,9) | NUMERIC      |
| Text      | string (Arrow-backed) | string            | VARCHAR       | STRING       |
| Boolean   | boolean               | bool              | BOOLEAN       | BOOL         |
| Date      | datetime64[us]        | date32            | DATE          | DATE         |
| Timestamp | datetime64[us, UTC]   | timestamp[us,UTC] | TIMESTAMPTZ   | TIMESTAMP    |
| Bytes     | binary (Arrow-backed) | binary            | BLOB          | BYTES        |

NaN in a Float column of a DataFrame is a missing value, as everywhere in pandas; infinities are refused.
"""

import os
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandera import dtypes
from pandera.engines import pandas_engine

# pandera sets this for the sake of PySpark; pyarrow then takes 02:15+05:30 for 02:15 UTC, in the whole process.
os.environ.pop("PYARROW_IGNORE_TIMEZONE", None)


class Date(pandas_engine.DataType, dtypes.Date):
    """A calendar day without a time zone, in pandas `datetime64[us]` at midnight, years 0001 to 9999.

    pandera's own Date keeps Python objects, on which neither date arithmetic nor `.dt` works.
    """

    type = np.dtype("datetime64[us]")

    def coerce(self, data_container: Any) -> pd.Series:
        """Turn dates, timestamps and ISO text into days; raises what numpy raises on anything else."""
        days = [None if pd.isna(value) else str(value)[:10] for value in data_container]
        return pd.Series(np.array(days, dtype="datetime64[us]"), index=data_container.index, name=data_container.name)

    def check(self, pandera_dtype: Any, data_container: Any = None) -> bool:
        """True if the column has this type."""
        return isinstance(pandera_dtype, Date) or (data_container is not None and data_container.dtype == self.type)

    def __str__(self) -> str:
        return "date"


# Called rather than used as decorators, which would hide the class from type checkers.
dtypes.immutable(Date)
pandas_engine.Engine.register_dtype(Date)

Integer = pd.Int64Dtype
Float = float
Numeric = Annotated[pd.ArrowDtype, pa.decimal128(38, 9)]
Text = Annotated[pd.StringDtype, "pyarrow", pd.NA]
Boolean = pd.BooleanDtype
Timestamp = Annotated[pd.DatetimeTZDtype, "us", "UTC"]
Bytes = Annotated[pd.ArrowDtype, pa.binary()]


def arrow_type(dtype: Any) -> pa.DataType:
    """The Arrow type of a pandera column type; raises TypeError for one that is not in the table above."""
    pandas_type = getattr(dtype, "type", dtype)
    if isinstance(dtype, Date):
        return pa.date32()
    if isinstance(pandas_type, pd.ArrowDtype):
        return pandas_type.pyarrow_dtype
    if isinstance(pandas_type, pd.DatetimeTZDtype):
        if str(pandas_type.tz) == "UTC":
            return pa.timestamp("us", tz="UTC")
    elif isinstance(pandas_type, pd.Int64Dtype):
        return pa.int64()
    elif isinstance(pandas_type, pd.BooleanDtype):
        return pa.bool_()
    elif isinstance(pandas_type, pd.StringDtype):
        return pa.string()
    elif pandas_type == np.dtype("float64"):
        return pa.float64()
    raise TypeError(
        f"{dtype} is not a type a contract can have; use Integer, Float, Numeric, Text, Boolean, Date, "
        "Timestamp or Bytes of dataops_assets.model, or Annotated[pandas.ArrowDtype, <Arrow type>]"
    )


def widens(kind: pa.DataType, wanted: pa.DataType) -> bool:
    """Does every value of the one type have its equal in the other, if it is not too large?

    Sums of integers are wider in DuckDB, and its products of decimals have more places, which BigQuery rounds to nine.
    """
    if kind == wanted or pa.types.is_null(kind):
        return True
    if pa.types.is_integer(wanted):
        return pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0)
    if pa.types.is_floating(wanted):
        return pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)
    if pa.types.is_decimal(wanted):
        return pa.types.is_integer(kind) or pa.types.is_decimal128(kind)
    if pa.types.is_string(wanted):
        return pa.types.is_large_string(kind) or (pa.types.is_dictionary(kind) and widens(kind.value_type, wanted))
    if pa.types.is_list(wanted) and pa.types.is_list(kind):
        return widens(kind.value_type, wanted.value_type)
    if pa.types.is_struct(wanted) and pa.types.is_struct(kind):
        names = [field.name for field in kind] == [field.name for field in wanted]
        return names and all(widens(one.type, other.type) for one, other in zip(kind, wanted, strict=True))
    return pa.types.is_binary(wanted) and pa.types.is_large_binary(kind)


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a DataFrame with the pandas types above (int64 as Int64, text Arrow-backed, …)."""
    frame = {}
    for field, column in zip(table.schema, table.columns, strict=True):
        frame[field.name] = _series(field.type, column)
    return pd.DataFrame(frame, index=pd.RangeIndex(table.num_rows))


def _series(kind: pa.DataType, column: pa.ChunkedArray) -> pd.Series:
    if pa.types.is_integer(kind):
        return column.cast(pa.int64()).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    if pa.types.is_boolean(kind):
        return column.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pd.Series(pd.array(column.cast(pa.string()), dtype=pd.StringDtype("pyarrow")))
    if pa.types.is_date(kind):
        # date32 counts days, which timestamp[us] holds for every year from 0001 to 9999.
        return column.cast(pa.timestamp("us")).to_pandas(coerce_temporal_nanoseconds=False)
    if pa.types.is_timestamp(kind):
        zone = "UTC" if kind.tz else None
        return column.cast(pa.timestamp("us", tz=zone)).to_pandas(coerce_temporal_nanoseconds=False)
    if pa.types.is_floating(kind):
        return column.cast(pa.float64()).to_pandas()
    return pd.Series(pd.array(column, dtype=pd.ArrowDtype(column.type)))
