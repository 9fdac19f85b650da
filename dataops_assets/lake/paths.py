"""Where things lie in the lake, relative to the root of its bucket (or folder).

    raw_{table}/[{partition}/]created_at={attempt}/part-00000.jsonl.gz, …, manifest.json
    raw_{table}/[{partition}/]collected={attempt}/manifests.jsonl            a checkpoint of many attempts
    raw_{table}/[{partition}/]corrected={moment}/correction.json             what its rows are to be read as
    {table}/[{partition}/]version={version}/part-….parquet, manifest.json
    {table}/[{partition}/]current.json                                       production only
    assets/{asset key}/[{partition}/]version={version}/…, current.json       tables of plain assets
    _pruned/at={moment}/pruning.json                                         what was deleted, and by whom

A partition is written hive style, `date=2013-01-05`; an attempt is a UTC timestamp to the microsecond.
"""

import string
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from dataops_assets.model.partitions import Partition

MANIFEST = "manifest.json"
CURRENT = "current.json"
TEMPORARY = ".tmp"  # folder of a local lake for what is being written; no object may lie there
_NO_NAMES = frozenset(("", ".", ".."))
_LONGEST_PATH, _LONGEST_NAME = 1024, 255  # bytes; of GCS and of the usual file systems, so that both refuse the same


# No other object lies so: behind the name of another table comes a "=", and a part of a key is written without one.
_ASSETS = "assets"
_OF_A_WRITE = ("created_at=", "collected=", "corrected=", "version=")
_UNESCAPED = frozenset(string.ascii_letters + string.digits + "_-")


class BadPath(ValueError):
    """A path that would leave the lake, or that no object may have."""


class Part(Protocol):
    """A part of a table, with the folder that it has below the table's: a `Partition`, or an `AssetPartition`."""

    @property
    def key(self) -> str: ...

    @property
    def folder(self) -> str: ...


@dataclass(frozen=True)
class AssetPartition:
    """A partition of any asset. dimensions: its key by dimension; a single one has no name."""

    key: str
    dimensions: tuple[tuple[str, str], ...]

    @property
    def folder(self) -> str:
        return "/".join(f"{_escaped(name or 'partition')}={_escaped(key, '.')}" for name, key in self.dimensions)

    @classmethod
    def of(cls, key: str, dimensions: Mapping[str, str] | None = None) -> "AssetPartition":
        """dimensions: of a multi-partition, in any order."""
        return cls(str(key), tuple(sorted(dimensions.items())) if dimensions else (("", str(key)),))


def asset_table(key: Sequence[str]) -> str:
    """The folder of the table of a plain asset, which follows its key."""
    return "/".join([_ASSETS, *map(_escaped, key)])


def partition_prefix(table: str, partition: Part | None) -> str:
    """The folder of a partition of a table, with a slash at the end."""
    return f"{table}/{partition.folder}/" if partition else f"{table}/"


def raw_prefix(table: str, partition: Partition | None) -> str:
    """The folder of all attempts of a partition of a source."""
    return partition_prefix(f"raw_{table}", partition)


def attempt_prefix(table: str, partition: Partition | None, attempt: str) -> str:
    """The folder of one attempt."""
    return f"{raw_prefix(table, partition)}created_at={attempt}/"


def version_prefix(table: str, partition: Part | None, version: str) -> str:
    """The folder of one version of a partition of a table."""
    return f"{partition_prefix(table, partition)}version={version}/"


def labels_of(path: str) -> dict[str, str]:
    """What a path says of its object: the dataset, and the partition if it has one."""
    folders = path.split("/")[:-1] or [path]
    cut = next((i for i, folder in enumerate(folders) if "=" in folder), len(folders))
    labels = {"dataset": "/".join(folders[:cut])}
    if partition := [name for name in folders[cut:] if not name.startswith(_OF_A_WRITE)]:
        labels["partition"] = "/".join(partition)
    return labels


def attempt_name(moment: datetime) -> str:
    """The name of an attempt begun at this moment, such as 2026-11-23T05:49:13.123456Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def checked(path: str) -> str:
    """The path itself; raises BadPath for one that is absolute, climbs, is too long, or has characters no object name
    may have.
    """
    parts = path.split("/")
    if not _NO_NAMES.isdisjoint(parts) or parts[0] == TEMPORARY:
        raise BadPath(f"{path!r} is not a path inside the lake")
    if not _writable(path):
        raise BadPath(f"{path!r} has a backslash, a control character or half of a surrogate pair")
    size = len(path.encode())
    if size > _LONGEST_NAME and (size > _LONGEST_PATH or any(len(part.encode()) > _LONGEST_NAME for part in parts)):
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


def _escaped(text: str, unescaped: str = "") -> str:
    """Written as Hive does, `%2F`, where no folder may be called so or an engine would take it for a pattern.

    What is not ASCII stays, or a name would soon be too long.
    """
    return "".join(
        char
        if char in _UNESCAPED or char in unescaped or (not char.isascii() and _writable(char))
        else "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
        for char in text
    )


def _writable(text: str) -> bool:
    if text.isascii() and text.isprintable():
        return "\\" not in text
    return not any(char == "\\" or unicodedata.category(char) in ("Cc", "Cs") for char in text)
