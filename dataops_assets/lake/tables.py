"""Tables of plain assets in the lake: versions of each partition, and a pointer that says which is the current one.

A version is named by the SHA-256 of its Parquet file, so the same rows are stored once. It never changes; what changes
is `current.json`, which is moved when everything it points to is in place. Who reads meanwhile reads the old version.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.parallel import parallel_map
from dataops_assets.lake.paths import MANIFEST, AssetPartition
from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import (
    Copy,
    Version,
    commit_versions,
    is_sound,
    point_to_versions,
    read_current,
    read_version,
)


@dataclass(frozen=True)
class Rows:
    """Rows of a partition, or of a table without partitions. content: a Parquet file. rows: how many are in it."""

    partition: AssetPartition | None
    content: bytes
    rows: int


class AssetVersion(Version):
    """A version of a plain asset's table."""

    @property
    def label(self) -> str:
        return f"{self.table} {self.partition.key if self.partition else ''}".strip()


def put(store: Store, table: str, partitions: Sequence[Rows], provenance: Mapping[str, Any]) -> list[Version]:
    """Make these rows the current ones of their partitions: all files first, then all manifests, then all pointers.

    provenance: said by the manifests and the pointers besides. Returns the versions, in order.
    """

    def place(item: Rows) -> Version:
        name = hashlib.sha256(item.content).hexdigest()[:32]
        names = (name if number == 1 else f"{name}-{number}" for number in count(1))
        places = (AssetVersion(table, item.partition, name, provenance) for name in names)
        # Nothing is overwritten: the rows of a damaged version are stored anew, beside it.
        return next(place for place in places if _is_free(store, place) or is_sound(store, place))

    versions = parallel_map(place, partitions, store.threads)
    commit_versions(
        store, [Copy(version, item.content, item.rows) for version, item in zip(versions, partitions, strict=True)]
    )
    point_to_versions(
        store,
        [
            replace(version, provenance={**provenance, "rows": item.rows})
            for version, item in zip(versions, partitions, strict=True)
        ],
    )
    return versions


def current_content(store: Store, table: str, partition: AssetPartition | None) -> bytes | None:
    """The Parquet file of the current version, checked; None if there is none. Raises LakeDamaged."""
    pointer = read_current(store, table, partition)
    return None if pointer is None else read_version(store, table, partition, pointer["version"])


def current_rows(store: Store, table: str, partition: AssetPartition | None) -> int:
    """How many rows the current version has; 0 if there is none, or none that can be told."""
    try:
        return (read_current(store, table, partition) or {}).get("rows", 0)
    except LakeDamaged:
        return 0


def _is_free(store: Store, version: Version) -> bool:
    return store.stat(f"{version.prefix}{MANIFEST}") is None
