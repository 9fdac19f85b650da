# pyright: reportMissingImports=false
"""Load jobs: which objects a URI names, which text is refused that DuckDB would read, and what is text at all."""

import json
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from local_bigquery.engine.database import quote
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import load, storage

_LONGEST_LINE = 64 << 20  # BigQuery takes 100 MB; DuckDB reserves a buffer of it for each file
_one_at_a_time = threading.Lock()
_paths, _csv, _projection, _decoded = load.paths, load._csv, load._projection, load._decoded
_reading = threading.local()


def paths(cur: Any, uri: str) -> list[str]:
    """The objects a URI names. `*` goes over slashes in BigQuery, not in DuckDB; nothing found is an error."""
    endpoint = storage._emulator(uri)
    with _one_at_a_time:  # each makes a secret if there is none, and of two at once one fails
        found = _paths(cur, uri)
    if endpoint is None:
        return found
    bucket, _, pattern = uri.removeprefix("gs://").partition("/")
    wanted = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
    query = urllib.parse.urlencode({"prefix": pattern.split("*")[0]})
    try:
        with urllib.request.urlopen(f"{endpoint}/storage/v1/b/{bucket}/o?{query}") as response:
            names = [item["name"] for item in json.load(response).get("items", [])]
    except urllib.error.HTTPError as error:
        raise BigQueryError("notFound", f"Not found: URI {uri}") from error
    if not (named := [f"gs://{bucket}/{name}" for name in names if wanted.fullmatch(name)]):
        raise BigQueryError("notFound", f"Not found: URI {uri}")
    return named


def csv_options(config: Any, fields: Any) -> dict[str, Any]:
    return _csv(config, fields) | {"max_line_size": _LONGEST_LINE, "buffer_size": 2 * _LONGEST_LINE}


def projection(config: Any, fields: Any, columns: Any) -> tuple[str, str]:
    """(columns, condition of bad rows): line feeds in quotes and NUL are for those who ask for them."""
    _reading.text = (config.sourceFormat or "CSV") in load.TEXT_FORMATS
    casts, bad = _projection(config, fields, columns)
    if (config.sourceFormat or "CSV") != "CSV":
        return casts, bad
    refused = [] if config.allowQuotedNewlines else ["chr(10)"]
    refused += [] if config.preserveAsciiControlCharacters else ["chr(0)"]
    conditions = [f"contains({quote(field.name)}, {letter})" for field in fields for letter in refused]
    return casts, " OR ".join([bad, *conditions])


def decoded(expression: str, field: Any, *depth: int) -> str:
    """BYTES are base64 in text only; in Parquet they are bytes."""
    return _decoded(expression, field, *depth) if _reading.text else expression


def install() -> None:
    load.paths, load._csv, load._projection, load._decoded = paths, csv_options, projection, decoded
