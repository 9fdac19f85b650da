"""A bucket of immutable objects: what the lake asks of its storage.

`create` never overwrites. What may change is a pointer, and a copy that is damaged (`replace`). What nothing needs any
more is deleted by `pruning` alone. `local.py` and `gcs.py` answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from dataops_assets.lake.scratch import Scratch

ABSENT = ""  # as the expected generation: there must be no object yet


class ObjectExists(FileExistsError):
    """There is an object of that name already; it stays as it is."""


class ObjectMissing(FileNotFoundError):
    """There is no object of that name."""


class ObjectChanged(Exception):
    """The object is not the one that was seen before: another process has replaced it."""


class StoreFailed(Exception):
    """The store could not be reached, or it refused. Writing again is safe: a write happens whole or not at all."""


@dataclass(frozen=True)
class ObjectInfo:
    """size: in bytes. generation: another one each time the object is replaced; opaque.

    crc32c: in base64, as the store itself computed it of what it has; None where it does not. written_at: when, by the
    clock of the store, UTC; None where it does not say.
    """

    size: int
    generation: str
    crc32c: str | None = None
    written_at: datetime | None = None


class Store(Protocol):
    """One bucket. Paths are relative to its root, with slashes. Every method may raise StoreFailed."""

    threads: int
    """How many objects at a time are handled faster than one."""
    scratch: Scratch
    """Where what is to be stored is made."""

    def for_run(self, run_id: str) -> "Store":
        """The same bucket; the run is noted with what is written, where objects can carry notes."""
        ...

    def create(self, path: str, content: bytes | Path) -> None:
        """Store an object whole or not at all; raises ObjectExists. A Path is a local file to be copied (or moved)."""
        ...

    def create_all(self, objects: Sequence[tuple[str, bytes | Path]]) -> list[str]:
        """`create` for many, in any order; returns the paths at which there was an object already.

        When it returns, all are safe, as after `create`; until then, any of them may be there.
        """
        ...

    def replace(self, path: str, content: bytes | Path, expected: str | None = None) -> None:
        """Store an object in the place of what is there, in one step: for pointers, and for copies that are damaged.

        expected: the generation that `stat` said before the old content was read, or ABSENT; raises ObjectChanged if
        another one is there by now. None replaces whatever is there.
        """
        ...

    def replace_all(self, objects: Sequence[tuple[str, bytes]]) -> None:
        """`replace` for many, in any order, whatever is there."""
        ...

    def copy_from(self, other: "Store", source: str, target: str) -> None:
        """Copy an object of another store of the same kind without moving its bytes.

        Raises ObjectExists, and ObjectMissing if there is no source.
        """
        ...

    def copy_all(self, other: "Store", objects: Sequence[tuple[str, str]]) -> list[str]:
        """`copy_from` for many sources and targets, in any order; returns the targets that were there already."""
        ...

    def read(self, path: str) -> bytes:
        """The content; raises ObjectMissing."""
        ...

    def open(self, path: str) -> BinaryIO:
        """The content as a stream; raises ObjectMissing."""
        ...

    def stat(self, path: str) -> ObjectInfo | None:
        """What is known of the object, or None."""
        ...

    def folders(self, prefix: str) -> list[str]:
        """Names of the folders directly below a prefix, sorted. The cost does not depend on what lies elsewhere.

        prefix: ends with a slash; an empty one is the root.
        """
        ...

    def objects(self, prefix: str) -> dict[str, ObjectInfo]:
        """The objects directly below a prefix, which ends with a slash, by their paths."""
        ...

    def delete(self, path: str, generation: str) -> bool:
        """Delete an object if it is still of the generation that `stat` said; was it there, and is it gone now?

        A folder that is empty then is gone as well, as it is in a bucket.
        """
        ...

    def uri(self, path: str) -> str:
        """What an engine opens."""
        ...
