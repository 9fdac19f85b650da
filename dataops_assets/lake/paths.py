"""Where things lie in the lake, relative to the root of its bucket (or folder).

    raw_{table}/[{partition}/]created_at={attempt}/part-00000.jsonl.gz, …, manifest.json
    {table}/[{partition}/]version={version}/part-….parquet, manifest.json
    {table}/[{partition}/]current.json                                       production only

A partition is written hive style, `date=2013-01-05`; an attempt is a UTC timestamp to the microsecond.
"""

from datetime import UTC, datetime

from dataops_assets.model.partitions import Partition

MANIFEST = "manifest.json"
CURRENT = "current.json"


class BadPath(ValueError):
    """A path that would leave the lake, or that no object may have."""


def partition_prefix(table: str, partition: Partition | None) -> str:
    """The folder of a partition of a table, with a slash at the end."""
    return f"{table}/{partition.folder}/" if partition else f"{table}/"


def raw_prefix(table: str, partition: Partition | None) -> str:
    """The folder of all attempts of a partition of a source."""
    return partition_prefix(f"raw_{table}", partition)


def attempt_prefix(table: str, partition: Partition | None, attempt: str) -> str:
    """The folder of one attempt."""
    return f"{raw_prefix(table, partition)}created_at={attempt}/"


def version_prefix(table: str, partition: Partition | None, version: str) -> str:
    """The folder of one version of a partition of a derived table."""
    return f"{partition_prefix(table, partition)}version={version}/"


def attempt_name(moment: datetime) -> str:
    """The name of an attempt begun at this moment, such as 2026-11-23T05:49:13.123456Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def checked(path: str) -> str:
    """The path itself; raises BadPath for one that is absolute, climbs, or has characters no object name may have."""
    parts = path.split("/")
    bad = any(part in ("", ".", "..") for part in parts) or "\\" in path or any(ord(char) < 32 for char in path)
    if bad or len(path.encode()) > 1024:
        raise BadPath(f"{path!r} is not a path inside the lake")
    return path
