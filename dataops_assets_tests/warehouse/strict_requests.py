"""What a job's configuration has to be; the rest is refused with 400 `invalid`.

https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfiguration
https://cloud.google.com/bigquery/docs/labels-intro#requirements
"""

import re
from typing import Any

_WRITE = {"WRITE_TRUNCATE", "WRITE_APPEND", "WRITE_EMPTY"}
_TYPES = {"STRING", "INT64", "FLOAT64", "BOOL", "NUMERIC", "DATE", "TIME", "DATETIME", "TIMESTAMP", "BYTES", "JSON"}


class Refused(Exception):
    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message


def want(right: Any, what: str) -> None:
    if not right:
        raise Refused(400, "invalid", f"wanted: {what}")


def check_labels(labels: dict[str, str]) -> None:
    want(len(labels) <= 64, "at most 64 labels")
    for key, value in labels.items():
        want(re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key), f"label key {key!r}")
        want(re.fullmatch(r"[a-z0-9_-]{0,63}", value), f"label value {value!r}")


def _check_table(table: Any) -> None:
    want(isinstance(table, dict) and table.keys() == {"projectId", "datasetId", "tableId"}, f"a table, not {table}")


def _check_query(query: dict[str, Any], content: bytes | None, dry: bool) -> None:
    want(content is None and query.get("query") and query.get("useLegacySql") is False, "standard SQL")
    want(dry or re.fullmatch(r"\d+", str(query.get("maximumBytesBilled"))), "maximumBytesBilled")
    parameters = query.get("queryParameters", [])
    want(not parameters or query.get("parameterMode") == "NAMED", "parameterMode")
    for each in parameters:
        kind = each["parameterType"]
        want((kind["arrayType"]["type"] if kind["type"] == "ARRAY" else kind["type"]) in _TYPES, f"a type, not {kind}")
    names = {each["name"] for each in parameters}
    want(set(re.findall(r"@(\w+)", query["query"])) <= names, "a value for every parameter")
    if "destinationTable" in query:
        _check_table(query["destinationTable"])
        want(query.get("writeDisposition") in _WRITE, "writeDisposition")


def _check_load(load: dict[str, Any], content: bytes | None, dry: bool) -> None:
    _check_table(load.get("destinationTable"))
    want(load.get("writeDisposition") in _WRITE, "writeDisposition")
    want(bool(load.get("sourceUris")) != bool(content), "either URIs or content")
    want(all(uri.startswith("gs://") for uri in load.get("sourceUris") or ()), "URIs of Cloud Storage")


def _check_copy(copy: dict[str, Any], content: bytes | None, dry: bool) -> None:
    _check_table(copy.get("destinationTable"))
    for table in copy.get("sourceTables") or [copy.get("sourceTable")]:
        _check_table(table)
    want(copy.get("writeDisposition") in _WRITE, "writeDisposition")


CHECKS: dict[str, Any] = {"query": _check_query, "load": _check_load, "copy": _check_copy}
