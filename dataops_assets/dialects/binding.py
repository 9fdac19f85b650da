"""What SQL of a contract gives, known before there are rows: DuckDB is asked, on which it runs locally.

So a name that only one engine has, wrong arguments and types are found where the dataset is defined.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa

from dataops_assets.dialects.duckdb import DUCKDB
from dataops_assets.dialects.portable import UnsupportedSql

if TYPE_CHECKING:
    import duckdb


def type_of_sql(sql: str, columns: Mapping[str, pa.DataType]) -> pa.DataType:
    """The Arrow type of an expression in BigQuery's dialect over columns of these types.

    Raises UnsupportedSql if DuckDB has no meaning for it.
    """
    import duckdb

    given = ", ".join(f"CAST(NULL AS {DUCKDB.type_of(kind)}) AS {DUCKDB.quote(name)}" for name, kind in columns.items())
    expression = DUCKDB.safe(DUCKDB.translate(sql))
    try:
        found = _connection().cursor().sql(f"SELECT {expression} AS x FROM (SELECT {given}) LIMIT 0")
        return found.to_arrow_table().schema.field("x").type
    except duckdb.Error as error:
        if "volatile function" in str(error):
            raise UnsupportedSql(f"each load would give another value: {sql}") from error
        raise UnsupportedSql(f"DuckDB, on which it runs locally, refuses it: {str(error).splitlines()[0]}") from error


@lru_cache(maxsize=1)
def _connection() -> "duckdb.DuckDBPyConnection":
    import duckdb

    connection = duckdb.connect(":memory:", config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    return connection
