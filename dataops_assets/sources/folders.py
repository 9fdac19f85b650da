"""Where files lie: a local folder, or a bucket of Google Cloud Storage (imported when a `gs://` path is read).

Who asks Cloud Storage is a matter of settings, which are not known in here: the client is handed on with the request.
"""

import glob
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

if TYPE_CHECKING:
    from google.cloud import storage

_WILD = ("*", "?", "[")


@dataclass(frozen=True)
class Entry:
    """A file that was found. version: changes whenever its content does (modification time, generation)."""

    path: str
    size: int
    version: str


class Folder(Protocol):
    """What `Files` needs of a place."""

    def find(self, pattern: str) -> list[Entry]:
        """The files whose path matches, sorted by path; a pattern without wildcards is one path."""
        ...

    def open(self, entry: Entry) -> BinaryIO:
        """A seekable binary reader."""
        ...

    def stat(self, path: str) -> Entry | None:
        """The file as it is now."""
        ...


class LocalFolder:
    """Files of this machine."""

    def find(self, pattern: str) -> list[Entry]:
        if not is_pattern(pattern):
            entry = self.stat(pattern)
            return [entry] if entry else []
        found = (self.stat(path) for path in sorted(glob.glob(pattern, recursive=True)))
        return [entry for entry in found if entry]

    def open(self, entry: Entry) -> BinaryIO:
        return Path(entry.path).open("rb")

    def stat(self, path: str) -> Entry | None:
        try:
            status = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Entry(path, status.st_size, str(status.st_mtime_ns)) if Path(path).is_file() else None


MakeClient = Callable[[], "storage.Client"]
"""Gives the client that reads files of buckets; called when the first is read."""


def _default_client() -> "storage.Client":
    """With the credentials and the emulator of the environment, as Google's library finds them."""
    from google.cloud import storage

    return storage.Client(project=None)  # objects are read without naming one, and a laptop may know none


class BucketFolder:
    """Objects of a bucket, `gs://bucket/prefix/…`. make_client: by whom they are read; None: by the environment's."""

    def __init__(self, make_client: MakeClient | None = None) -> None:
        self._client = (make_client or _default_client)()

    def find(self, pattern: str) -> list[Entry]:
        if not is_pattern(pattern):
            entry = self.stat(pattern)
            return [entry] if entry else []
        bucket, name = _split(pattern)
        fixed = name[: min(name.find(sign) for sign in _WILD if sign in name)]
        blobs = self._client.list_blobs(bucket, prefix=fixed)
        return sorted((self._entry(blob) for blob in blobs if _matches(blob.name, name)), key=lambda entry: entry.path)

    def open(self, entry: Entry) -> BinaryIO:
        bucket, name = _split(entry.path)
        # Of this generation, also if somebody replaces the object meanwhile; as it is stored, whatever its encoding.
        blob = self._client.bucket(bucket).blob(name, generation=int(entry.version))
        return cast("BinaryIO", blob.open("rb", raw_download=True))

    def stat(self, path: str) -> Entry | None:
        bucket, name = _split(path)
        blob = self._client.bucket(bucket).get_blob(name)
        return None if blob is None else self._entry(blob)

    def _entry(self, blob: "storage.Blob") -> Entry:
        return Entry(f"gs://{blob.bucket.name}/{blob.name}", int(blob.size or 0), str(blob.generation))


def folder_of(path: str, make_client: MakeClient | None = None) -> Folder:
    """The kind of place a path is in. make_client: for one in a bucket, as there."""
    return BucketFolder(make_client) if path.startswith("gs://") else LocalFolder()


def is_pattern(path: str) -> bool:
    """Whether a path has wildcards."""
    return any(sign in path for sign in _WILD)


def fixed_part(path: str) -> str:
    """The folder before the first wildcard, with its slash; for a plain path, its own folder."""
    parts = path.split("/")
    kept = []
    for part in parts[:-1]:
        if is_pattern(part):
            break
        kept.append(part)
    return "/".join(kept) + "/" if kept else ""


def _split(path: str) -> tuple[str, str]:
    bucket, _, name = path.removeprefix("gs://").partition("/")
    return bucket, name


def _matches(name: str, pattern: str) -> bool:
    """As `glob` does: `*` stays within a folder, `**` is any number of folders."""
    return _match(PurePosixPath(name).parts, PurePosixPath(pattern).parts)


def _match(name: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "**":
        return any(_match(name[skip:], pattern[1:]) for skip in range(len(name) + 1))
    return bool(name) and PurePosixPath(name[0]).match(pattern[0]) and _match(name[1:], pattern[1:])
