"""What tables, folders of a lake and sources are called in OpenLineage."""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dataops_assets.lake.store import Store
from dataops_assets.lineage.step import Dataset


def of_folder(store: Store, table: str) -> Dataset:
    """A table's folder in a lake, with all partitions."""
    return of_uri(store.uri(table))


def of_uri(uri: str) -> Dataset:
    """An object or a folder: in a bucket, or on this machine."""
    if uri.startswith("gs://"):
        bucket, _, name = uri.removeprefix("gs://").partition("/")
        return Dataset(f"gs://{bucket}", name)
    return Dataset("file", uri)


def of_source(origin: Mapping[str, Any], partitioned: bool) -> list[Dataset]:
    """What an extraction has read, by what the source says of itself.

    partitioned: each partition has a file of its own; then it is their folder.
    """
    match origin.get("kind"):
        case "files":
            path = str(origin["path"])
            found = of_uri(path)
            parent = str(PurePosixPath(found.name).parent)
            return [Dataset(found.namespace, parent) if partitioned and parent != "." else found]
        case "rest":
            address = urlsplit(str(origin["url"]))
            return [Dataset(f"{address.scheme}://{address.netloc}", address.path or "/")]
        case "sql":
            return _of_database(str(origin["url"]), origin)
        case _:
            return []


def _of_database(url: str, origin: Mapping[str, Any]) -> list[Dataset]:
    address = urlsplit(url)
    names = [str(origin["table"])] if origin.get("table") else list(_tables(str(origin.get("query", ""))))
    path = address.path.strip("/")
    match address.scheme:
        case "bigquery":
            return [Dataset("bigquery", f"{address.netloc}.{_in(path, name)}") for name in names]
        case "postgresql" | "postgres":
            host = f"postgres://{address.hostname}:{address.port or 5432}"
            schema = "public"
            return [Dataset(host, f"{path}.{name if '.' in name else f'{schema}.{name}'}") for name in names]
        case scheme:
            return [Dataset(f"{scheme}://{address.netloc}{address.path}", name) for name in names]


def _in(dataset: str, table: str) -> str:
    return table if "." in table or not dataset else f"{dataset}.{table}"


def _tables(query: str) -> Iterable[str]:
    """The tables that a query reads, as it names them."""
    try:
        parsed = sqlglot.parse_one(query)
    except SqlglotError:
        return []
    inner = {each.alias for each in parsed.find_all(exp.CTE)}
    found = (".".join(part.name for part in each.parts) for each in parsed.find_all(exp.Table))
    return dict.fromkeys(name for name in found if name not in inner)
