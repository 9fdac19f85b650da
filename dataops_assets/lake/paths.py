"""Where things lie in the lake, relative to the root of its bucket (or folder).

    raw_{table}/[{partition}/]created_at={attempt}/part-00000.jsonl.gz, …, manifest.json
    {table}/[{partition}/]version={version}/part-….parquet, manifest.json
    {table}/[{partition}/]current.json                                       production only

A partition is written hive style, `date=2013-01-05`; an attempt is a UTC timestamp to the microsecond.
"""

import unicodedata
from datetime import UTC, datetime

from dataops_assets.model.partitions import Partition

MANIFEST = "manifest.json"
CURRENT = "current.json"
TEMPORARY = ".tmp"  # folder of a local lake for what is being written; no object may lie there
_LONGEST_PATH, _LONGEST_NAME = 1024, 255  # bytes; of GCS and of the usual file systems, so that both refuse the same


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


def labels_of(path: str) -> dict[str, str]:
    """What a path says of its object: the dataset, and the partition if it has one."""
    table, _, rest = path.partition("/")
    labels = {"dataset": table}
    folder = rest.partition("/")[0]
    if "=" in folder and not folder.startswith(("created_at=", "version=")):
        labels["partition"] = folder
    return labels


def attempt_name(moment: datetime) -> str:
    """The name of an attempt begun at this moment, such as 2026-11-23T05:49:13.123456Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def checked(path: str) -> str:
    """The path itself; raises BadPath for one that is absolute, climbs, is too long, or has characters no object name
    may have.
    """
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts) or parts[0] == TEMPORARY:
        raise BadPath(f"{path!r} is not a path inside the lake")
    if not _writable(path):
        raise BadPath(f"{path!r} has a backslash, a control character or half of a surrogate pair")
    if len(path.encode()) > _LONGEST_PATH or any(len(part.encode()) > _LONGEST_NAME for part in parts):
        raise BadPath(f"{path!r} is longer than {_LONGEST_PATH} bytes, or a name in it than {_LONGEST_NAME}")
    return path


def object_name(name: str, taken: set[str], number: int) -> str:
    """A name for an object that is safe wherever the lake lies; it is added to `taken`.

    The file's own name if that will do. Engines read `*?[]{}` as patterns, so they become `_`; names that differ only
    in case or Unicode normalization are one name on some file systems, so the later one is given its number.
    """
    safe = "".join("_" if char in "*?[]{}#/" or not _writable(char) else char for char in name)
    while len(safe.encode()) > _LONGEST_NAME - 40:  # the end says what is in it: .csv.gz
        safe = safe[1:]
    candidate, count = safe, 0
    while candidate in ("", ".", "..") or _folded(candidate) in taken or _folded(candidate) == MANIFEST:
        candidate = f"{number:05d}-{safe}" if not count else f"{number:05d}-{count}-{safe}"
        count += 1
    taken.add(_folded(candidate))
    return candidate


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _writable(text: str) -> bool:
    if text.isascii() and text.isprintable():
        return "\\" not in text
    return not any(char == "\\" or unicodedata.category(char) in ("Cc", "Cs") for char in text)
