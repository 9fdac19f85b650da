"""Where files lie: a local folder, or a bucket of Google Cloud Storage (imported when a `gs://` path is read).

Who asks Cloud Storage is a matter of settings, which are not known in here: the client is handed on with the request.
"""

import fnmatch
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Listing:
    """The files whose path matches, sorted by path, and why others whose path does are left out, by path."""

    entries: list[Entry] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


class Folder(Protocol):
    """What `Files` needs of a place."""

    def find(self, pattern: str) -> Listing:
        """What matches a pattern; one without wildcards is one path."""
        ...

    def open(self, entry: Entry) -> BinaryIO:
        """A seekable binary reader."""
        ...

    def stat(self, path: str) -> Entry | None:
        """The file as it is now."""
        ...


class LocalFolder:
    """Files of this machine. follow_links: also those that links lead to which lead out of the pattern's folder."""

    def __init__(self, follow_links: bool = False) -> None:
        self._follow_links = follow_links

    def find(self, pattern: str) -> Listing:
        base = fixed_part(pattern)
        listing = Listing()
        paths = self._matching(base, pattern.removeprefix(base).split("/"), base, (), listing.left_out)
        for path in sorted(set(paths)):
            if self._may_be_read(path, base, listing.left_out) and (entry := self.stat(path)):
                listing.entries.append(entry)
        return listing

    def open(self, entry: Entry) -> BinaryIO:
        return Path(entry.path).open("rb")

    def stat(self, path: str) -> Entry | None:
        try:
            status = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Entry(path, status.st_size, str(status.st_mtime_ns)) if Path(path).is_file() else None

    def _matching(
        self, folder: str, parts: Sequence[str], base: str, above: tuple[str, ...], left_out: dict[str, str]
    ) -> Iterator[str]:
        """The paths in `folder`, which ends in a slash, that match these parts of a pattern, as `glob` finds them.

        Unlike there, a folder that cannot be read is an OSError: its files would be missing, and nothing would be said.
        base: the folder that links may not lead out of. above: where links to folders led on the way here.
        """
        part, rest = parts[0], parts[1:]
        if part != "**" and not is_pattern(part):
            path = folder + part
            if not rest:
                yield path
            elif self._may_enter(path, base, above, left_out):
                yield from self._matching(f"{path}/", rest, base, (*above, os.path.realpath(path)), left_out)
            return
        if part == "**":
            yield from self._matching(folder, rest or ["*"], base, above, left_out)
        for name in _names(folder):
            path = folder + name
            if name.startswith(".") and not part.startswith("."):
                continue
            if part == "**" or (rest and fnmatch.fnmatchcase(name, part)):
                if not os.path.isdir(path):
                    continue
                if part == "**" and os.path.islink(path) and not self._follow_links:
                    left_out[path] = "a link to a folder, which ** does not enter; follow_links=True lets it"
                elif self._may_enter(path, base, above, left_out):
                    further = parts if part == "**" else rest
                    yield from self._matching(f"{path}/", further, base, (*above, os.path.realpath(path)), left_out)
            elif not rest and fnmatch.fnmatchcase(name, part):
                yield path

    def _may_enter(self, path: str, base: str, above: tuple[str, ...], left_out: dict[str, str]) -> bool:
        if os.path.islink(path) and os.path.realpath(path) in (os.path.realpath(base or "."), *above):
            left_out[path] = "a link that leads back to a folder it is in"
            return False
        return self._may_be_read(path, base, left_out)

    def _may_be_read(self, path: str, base: str, left_out: dict[str, str]) -> bool:
        if not os.path.islink(path):
            return True
        try:
            os.stat(path)
        except OSError as error:
            left_out[path] = f"a link that leads nowhere ({error.strerror})"
            return False
        inside = os.path.realpath(base or ".").rstrip("/") + "/"
        if self._follow_links or os.path.realpath(path).startswith(inside):
            return True
        left_out[path] = f"a link that leads out of {base or 'its folder'}; follow_links=True has such links followed"
        return False


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder or ".")
    except (FileNotFoundError, NotADirectoryError):
        return []


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

    def find(self, pattern: str) -> Listing:
        if not is_pattern(pattern):
            entry = self.stat(pattern)
            return Listing([entry] if entry else [])
        bucket, name = _split(pattern)
        fixed = name[: min(name.find(sign) for sign in _WILD if sign in name)]
        blobs = self._client.list_blobs(bucket, prefix=fixed)
        found = (self._entry(blob) for blob in blobs if _matches(blob.name, name))
        return Listing(sorted(found, key=lambda entry: entry.path))

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


def folder_of(path: str, make_client: MakeClient | None = None, follow_links: bool = False) -> Folder:
    """The kind of place a path is in. make_client: for one in a bucket, as there; follow_links: for one that is not."""
    return BucketFolder(make_client) if path.startswith("gs://") else LocalFolder(follow_links)


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
