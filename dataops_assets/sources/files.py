"""`Files`: files of a folder or a bucket, kept byte for byte."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dataops_assets.model.partitions import Partition, TimePartitions
from dataops_assets.sources import counting
from dataops_assets.sources.arrivals import Arrivals, NotReversible, PartitionPath
from dataops_assets.sources.base import (
    DataFile,
    Extraction,
    Format,
    PermanentSourceError,
    Request,
    SourceError,
    TransientSourceError,
    full_refresh,
)
from dataops_assets.sources.folders import Entry, Folder, MakeClient, fixed_part, folder_of, is_pattern
from dataops_assets.sources.limits import ROW_BYTES, Limits
from dataops_assets.sources.values import Env, Text, mentions, render

_SUFFIXES: dict[str, Format] = {
    "csv": "csv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "jsonl",
    "parquet": "parquet",
    "pq": "parquet",
}
_COUNT = {"csv": counting.csv_rows, "jsonl": counting.json_rows, "parquet": counting.parquet_rows}
_UNSAFE = re.compile(r"[^\w.=+@,()-]")


@dataclass(frozen=True)
class Files:
    """One file or all files that match a pattern.

    path: a template such as `/data/weather-{partition.start:%Y-%m-%d}.csv`, with `*`, `?`, `[…]` and `**` (any number
        of folders) as wildcards; an `Env` for the folder (`Env("WEATHER_DIR") / "*.csv"`); `gs://bucket/…`.
    format: `csv`, `jsonl` or `parquet`; told from the name if `None`. A name that ends in `.gz` is gzip.
    missing: what to do if there is no such file: `error`, or `empty` for an extraction without files.
    incremental: only files that are new or have changed since the last extraction, by name, size and modification
        time. The watermark lists all files of the folder, so it grows with them. Of a table with partitions, each
        extraction has all files of its partition.
    follow_links: also read what links lead to that lead out of the folder before the first wildcard, and let `**` enter
        linked folders. Links that are not followed are named with the extraction, and the rest is read.
    max_row_bytes, max_file_bytes: what a row may hold and what a file may unpack to; above it nothing of the partition
        is kept. Without a number, a file may unpack to 900 MB, or to 100 times its own size if that is more.

    A CSV file is UTF-8, with a header of distinct names; a byte order mark is tolerated.
    """

    path: Text
    format: Format | None = None
    missing: Literal["error", "empty"] = "error"
    incremental: bool = False
    follow_links: bool = False
    max_row_bytes: int = ROW_BYTES
    max_file_bytes: int | None = None

    def extract(self, request: Request) -> Extraction:
        """Find the files, and read them while they are consumed. Raises SourceError."""
        path = render(self.path, request)
        try:
            folder = folder_of(path, request.storage_client, self.follow_links)
            listing = folder.find(path)
        except Exception as error:
            raise _explained(error, f"{request.label}: {path}") from None
        found = listing.entries
        if not found and self.missing == "error":
            what = "no file matches" if is_pattern(path) else "there is no file"
            besides = "".join(f"; {left} is {reason}" for left, reason in listing.left_out.items())
            raise PermanentSourceError(
                f"{request.label}: {what} {path}{besides}; once it has arrived run this partition again, "
                'or say missing="empty" if it may be missing'
            )
        base = fixed_part(path)
        known = self._known(request) if self.incremental else {}
        new = [entry for entry in found if known.get(entry.path.removeprefix(base)) != _mark(entry)]
        extraction = Extraction({"kind": "files", "path": path}, {"missing": self.missing}, left_out=listing.left_out)
        # A file that is gone stays known: it was read, and would not be new if it came back unchanged.
        seen = known | {entry.path.removeprefix(base): _mark(entry) for entry in found}
        extraction.watermark = request.watermark
        extraction.files = self._files(request, folder, base, new, extraction, seen)
        return extraction

    @property
    def by_partition(self) -> bool:
        """Whether each partition has files of its own: the path mentions `{partition…}`."""
        return mentions(self.path.path if isinstance(self.path, Env) else self.path, "partition")

    def arrivals(self, table: str, calendar: TimePartitions, storage_client: MakeClient | None = None) -> Arrivals:
        """The files of all partitions, from one listing of the folder. Raises SourceError.

        table: name for messages. calendar: of the table. storage_client: as in a `Request`.
        """
        base, template = "", self.path
        if isinstance(template, Env):
            base, template = f"{template.resolve(table).rstrip('/')}/", template.path.lstrip("/")
        try:
            path = PartitionPath(base, template, calendar)
            listing = folder_of(path.pattern, storage_client, self.follow_links).find(path.pattern)
        except NotReversible as error:
            raise PermanentSourceError(f"{table}: {error}") from None
        except Exception as error:
            raise _explained(error, f"{table}: {base}{template}") from None
        files: dict[Partition, list[Entry]] = {}
        strangers = dict(listing.left_out)
        for entry in listing.entries:
            try:
                files.setdefault(path.partition_of(entry.path), []).append(entry)
            except ValueError as error:
                strangers[entry.path] = str(error)
        return Arrivals(dict(sorted(files.items())), strangers)

    def content(self, table: str, partition: Partition, entries: Sequence[Entry]) -> set[tuple[str, int, str]]:
        """(name, bytes, version) of the files of a partition, as an extraction of them would note it."""
        base = fixed_part(render(self.path, Request(table, partition)))
        return {(_name(entry, base), entry.size, entry.version) for entry in entries}

    def _known(self, request: Request) -> dict[str, list[Any]]:
        mark = request.watermark
        if mark is None:
            return {}
        if not isinstance(mark, dict) or not isinstance(mark.get("files"), dict):
            raise PermanentSourceError(
                f"{request.label}: the stored watermark is not one of files; run a full refresh once, which starts a "
                f"new one: {full_refresh(request.table)}"
            )
        return mark["files"]

    def _files(
        self,
        request: Request,
        folder: Folder,
        base: str,
        entries: list[Entry],
        extraction: Extraction,
        seen: dict[str, list[Any]],
    ) -> Iterator[DataFile]:
        names: set[str] = set()
        for entry in entries:
            name = _name(entry, base)
            if name in names:
                raise PermanentSourceError(
                    f"{request.label}: two files would both be stored as {name!r}, one of them {entry.path}; "
                    "rename one of them"
                )
            names.add(name)
            file = DataFile(name, *self._kind(request, entry), iter(()), source_version=entry.version)
            file.chunks = self._chunks(request, folder, entry, file)
            yield file
        if self.incremental:
            extraction.watermark = {"files": seen}

    def _kind(self, request: Request, entry: Entry) -> tuple[Format, Literal["gzip"] | None]:
        name = entry.path.lower()
        compression: Literal["gzip"] | None = "gzip" if name.endswith(".gz") else None
        suffix = name.removesuffix(".gz").rsplit(".", 1)[-1]
        form = self.format or _SUFFIXES.get(suffix)
        if form is None:
            raise PermanentSourceError(
                f"{request.label}: the format of {entry.path} cannot be told from its name; "
                'say format="csv", "jsonl" or "parquet"'
            )
        return form, compression if form != "parquet" else None

    def _chunks(self, request: Request, folder: Folder, entry: Entry, file: DataFile) -> Iterator[bytes]:
        where = f"{request.label}: {entry.path}"
        limits = Limits.of(self.max_row_bytes, self.max_file_bytes, entry.size)
        size = 0
        try:
            with folder.open(entry) as source:
                for chunk in _COUNT[file.format](source, file, where, limits):
                    size += len(chunk)
                    yield chunk
            now = folder.stat(entry.path)
        except SourceError:
            raise
        except Exception as error:
            if getattr(error, "code", None) == 404:  # what a bucket says of a generation that was there
                raise TransientSourceError(f"{where} was replaced or removed; run this partition again") from None
            raise _explained(error, where) from None
        if now != entry or size != entry.size:
            raise TransientSourceError(
                f"{where} changed while it was read ({entry.size:,} bytes before, {size:,} read); run this partition "
                "again once it is complete, and have files moved into place when they are"
            )


def _explained(error: Exception, where: str) -> Exception:
    """What reading a file or asking a bucket raised, as an error of ours; `error` itself if it is neither."""
    if isinstance(error, OSError):
        return TransientSourceError(
            f"{where} cannot be read: {error.strerror or error}; check it is there and may be read, and run again"
        )
    if not type(error).__module__.startswith(("google.", "requests.")):
        return error
    code = getattr(error, "code", None)
    refused = type(error).__module__.startswith("google.auth") or (isinstance(code, int) and 400 <= code < 500)
    if refused and code not in (408, 429):
        return PermanentSourceError(f"{where} is refused: {error}; check the path, the credentials and their rights")
    return TransientSourceError(f"{where} cannot be read now: {error}; run this partition again")


def _name(entry: Entry, base: str) -> str:
    """What a file is called in the lake; base: the folder in front, which is not part of it."""
    return _UNSAFE.sub("_", entry.path.removeprefix(base).replace("/", "__"))


def _mark(entry: Entry) -> list[Any]:
    return [entry.size, entry.version]
