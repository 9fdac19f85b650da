"""Raw files in load jobs: how BigQuery reads them, and how their rows look afterwards.

A line of JSON is loaded as one text and taken apart in SQL, so that values stay as the source wrote them and a broken
line is a row with its text instead of the end of the load. Columns of CSV are loaded by their position, as text: their
names may be such as no column can have.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from dataops_assets.dialects.base import Dialect
from dataops_assets.warehouse.base import RawFiles
from dataops_assets.warehouse.bigquery.schema import bigquery_schema

if TYPE_CHECKING:
    from google.cloud import bigquery

_NEVER = "\x1f"  # a control character, which JSON escapes


def load_config(files: RawFiles) -> "bigquery.LoadJobConfig":
    """How to load files of this format."""
    from google.cloud import bigquery

    if files.format == "parquet":
        return parquet_config()
    config = bigquery.LoadJobConfig(write_disposition="WRITE_TRUNCATE", source_format="CSV")
    config.encoding = "UTF-8"
    config.preserve_ascii_control_characters = True
    if files.format == "jsonl":
        config.schema = [bigquery.SchemaField("line", "STRING")]
        config.field_delimiter, config.quote_character = _NEVER, ""
    else:
        config.schema = [bigquery.SchemaField(f"c{place}", "STRING") for place in range(len(files.columns))]
        config.skip_leading_rows, config.allow_quoted_newlines = 1, True
    return config


def parquet_config(columns: pa.Schema | None = None) -> "bigquery.LoadJobConfig":
    """How to load Parquet. columns: of a file written here; without, BigQuery reads them out of the file."""
    from google.cloud import bigquery

    config = bigquery.LoadJobConfig(write_disposition="WRITE_TRUNCATE", source_format="PARQUET")
    config.parquet_options = bigquery.ParquetOptions()
    config.parquet_options.enable_list_inference = True  # otherwise a list is a record of records
    if columns is not None:
        config.schema = bigquery_schema(columns)
    return config


def select_rows(dialect: Dialect, files: RawFiles, table: str, uri: str, wanted: Sequence[str]) -> str:
    """The rows of the scratch table `table`, loaded from `uri`: the wanted columns, `_file` and `_unreadable`."""
    place = {name: number for number, (name, _) in enumerate(files.columns)}
    file = f"{dialect.literal(uri)} AS _file"

    def column(name: str) -> str:
        if name not in place:
            return "CAST(NULL AS STRING)"
        if files.format == "parquet":
            return dialect.quote(name)
        if files.format == "csv":
            return f"NULLIF(c{place[name]}, '')"
        path = dialect.literal('$."' + name.replace("\\", "\\\\").replace('"', '\\"') + '"')
        # Lists and objects as their text; a null is one, and not the text "null".
        return f"IF(_readable, COALESCE(JSON_VALUE(line, {path}), NULLIF(JSON_QUERY(line, {path}), 'null')), NULL)"

    chosen = ", ".join(f"{column(name)} AS {dialect.quote(name)}" for name in wanted)
    if files.format != "jsonl":
        return f"SELECT {chosen}, {file}, CAST(NULL AS STRING) AS _unreadable FROM {table}"
    readable = "COALESCE(JSON_TYPE(SAFE.PARSE_JSON(line, wide_number_mode => 'round')) = 'object', FALSE)"
    return (
        f"SELECT {chosen}, {file}, IF(_readable, NULL, line) AS _unreadable FROM (SELECT line, {readable} AS _readable "
        f"FROM {table} WHERE TRIM(line) <> '')"
    )


def select_nothing(dialect: Dialect, wanted: Sequence[str]) -> str:
    """The same of no file."""
    names = (f"CAST(NULL AS STRING) AS {dialect.quote(column)}" for column in (*wanted, "_file", "_unreadable"))
    return f"SELECT {', '.join(names)} LIMIT 0"
