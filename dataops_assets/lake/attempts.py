"""Raw attempts: committed whole with a manifest as their last object, and checked against it. `history` reads them."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dataops_assets.lake.checkpoints import write_checkpoint
from dataops_assets.lake.checksums import Digest, problem_of
from dataops_assets.lake.history import histories, readable
from dataops_assets.lake.manifest import DamagedManifest, Manifest, StoredFile
from dataops_assets.lake.paths import MANIFEST, attempt_name, attempt_prefix, object_name, raw_prefix
from dataops_assets.lake.store import ObjectExists, Store
from dataops_assets.model.partitions import Partition
from dataops_assets.sources.base import Extraction

_COLLISIONS = 1000
_MICROSECOND = timedelta(microseconds=1)


class LakeDamaged(Exception):
    """An object of a committed attempt is missing or is not what the manifest says."""


def commit_extraction(
    store: Store,
    table: str,
    partition: Partition | None,
    extraction: Extraction,
    *,
    follows: str | None = None,
    run_id: str = "",
    code_version: str = "",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    spooled_as: Callable[[Path, StoredFile, Path], tuple[Path, StoredFile]] | None = None,
) -> Manifest:
    """Keep what a source answers as a new attempt.

    follows: the attempt from whose watermark the extraction went on, if it did. spooled_as: what is kept of a file that
    has come, and what is said of it; it is given a folder for that.

    The answer is spooled to local disk while it is hashed, whatever its size. If it is what the current attempt holds,
    and that one is undamaged, the new attempt refers to its objects. Raises what the extraction raises, and BadManifest
    for a description that is not JSON; nothing is committed then.
    """
    started = clock()
    with store.scratch.folder() as folder:
        spooled = list(_spool(extraction, folder))
        sent = sum(file.rows for _, file in spooled)
        if spooled_as:
            spooled = [spooled_as(path, file, folder) for path, file in spooled]
        content = hashlib.sha256("\n".join(f"{f.name} {f.sha256}" for _, f in spooled).encode()).hexdigest()
        rows = sum(file.rows for _, file in spooled)
        columns: dict[str, str] = {}
        for _, file in spooled:
            for name, kind in file.columns.items():
                known = columns.get(name)
                columns[name] = kind if known in (None, kind) else "|".join(sorted({*str(known).split("|"), kind}))
        [history] = histories(store, table, [partition], recent=True)
        # A damaged one has nothing that could be compared, gone on from, or copied.
        write_checkpoint(store, raw_prefix(table, partition), readable(history.loose), history.checkpointed)
        known = readable(history.attempts)
        newest = known[-1] if known else None
        same = newest if newest is not None and newest.content_sha256 == content else None
        if same and any(_problem(store, file, hash=True) for file in same.files):
            same = None  # extracting again is how a damaged attempt is repaired: it must bring its own objects
        for collision in range(_COLLISIONS):
            attempt = attempt_name(started + collision * _MICROSECOND)
            prefix = attempt_prefix(table, partition, attempt)
            manifest = Manifest(
                table=table,
                partition=partition.key if partition else None,
                attempt=attempt,
                started_at=attempt_name(started),
                committed_at=_commit_time(clock(), history.attempts),
                files=_as_now(same, spooled) if same else [replace(f, path=f"{prefix}{f.path}") for _, f in spooled],
                rows=rows,
                columns=columns,
                content_sha256=content,
                source=extraction.source,
                parameters=extraction.parameters,
                same_as=(same.same_as or same.attempt) if same else None,
                watermark=extraction.watermark,
                follows=follows,
                run_id=run_id,
                code_version=code_version,
                erased=sent - rows,
            )
            manifest.to_json()  # raises before anything is written
            try:
                if not same:
                    for (path, _), file in zip(spooled, manifest.files, strict=True):
                        store.create(file.path, path)
                # Dated after the objects are there: the attempt whose manifest comes last must be the current one.
                manifest = replace(manifest, committed_at=_commit_time(clock(), history.attempts))
                store.create(f"{prefix}{MANIFEST}", manifest.to_json())
            except ObjectExists:  # another process began in the same microsecond: the next one is ours
                continue
            return manifest
    raise ObjectExists(
        f"raw/{table} {partition.key if partition else ''}: {_COLLISIONS} attempts begin at {attempt_name(started)} "
        "or right after it; check the clock of this machine and extract again"
    )


def read_again(earlier: Manifest, later: Sequence[Manifest], every: Sequence[Manifest]) -> bool:
    """Have later attempts of a partition read all that `earlier` has read? Where manifests do not tell: no.

    every: all attempts of the partition.
    """
    if any(attempt.follows is None for attempt in readable(later)):
        return True  # it read everything
    alike = [attempt for attempt in later if attempt.source == earlier.source]
    if earlier.source.get("kind") == "files":
        # Each is read whole: one that was refused and corrected comes again, the others beside it do not.
        return {file.name for file in earlier.files} <= {file.name for attempt in alike for file in attempt.files}
    starts = {attempt.attempt: attempt.watermark for attempt in readable(every)}
    # From the same watermark on: it has not moved, or both were extracted at a time.
    return earlier.follows in starts and any(
        attempt.follows in starts
        and starts[attempt.follows] == starts[earlier.follows]
        and attempt.parameters == earlier.parameters
        for attempt in alike
    )


def verify_files(store: Store, manifest: Manifest, hash: bool = True, reread: bool = False) -> None:
    """Raise LakeDamaged unless every object of the attempt has the size and, if asked, the hash its manifest says.

    reread: hash the bytes again, also where the store has a checksum of them.
    """
    for problem in file_problems(store, manifest, hash=hash, reread=reread):
        option = f" --partitions {manifest.partition}" if manifest.partition else ""
        remedy = f", or extract again: dataops run --select raw/{manifest.table}{option}"
        if manifest.partition is None and manifest.watermark is not None:
            remedy = "; extracting again does not mend it, since an incremental extraction goes on after its rows"
        raise LakeDamaged(
            f"raw/{manifest.table} {manifest.partition or ''}: attempt {manifest.attempt}: {problem}; restore the "
            f"object from a backup{remedy}"
        )


def file_problems(store: Store, manifest: Manifest, *, hash: bool = True, reread: bool = False) -> Iterator[str]:
    """What is wrong with the objects of an attempt, as `verify_files` looks for it."""
    if isinstance(manifest, DamagedManifest):
        yield manifest.problem
    for file in manifest.files:
        if problem := _problem(store, file, hash=hash, reread=reread):
            yield f"{store.uri(file.path)} {problem}"


def _problem(store: Store, file: StoredFile, hash: bool, reread: bool = False) -> str | None:
    return problem_of(store, file.path, file.bytes, file.sha256, file.crc32c, hash=hash, reread=reread)


def _commit_time(now: datetime, attempts: Sequence[Manifest]) -> str:
    """Now, but after all that there are, whatever the clock says: clocks differ, and are set back."""
    newest = max((attempt.committed_at for attempt in attempts), default="")
    with contextlib.suppress(ValueError):  # the folder of a damaged attempt may have any name
        now = max(now, datetime.fromisoformat(newest) + _MICROSECOND)
    return attempt_name(now)


def _spool(extraction: Extraction, folder: Path) -> Iterator[tuple[Path, StoredFile]]:
    names: set[str] = set()
    for number, file in enumerate(extraction.files):
        path = folder / f"{number:05d}"
        digest = Digest()
        with path.open("wb") as stream:
            for chunk in file.chunks:
                digest.update(chunk)
                stream.write(chunk)
        if file.check:
            file.check(path)
        yield (
            path,
            StoredFile(
                path=object_name(file.name, names, number),  # within the attempt
                name=file.name,
                format=file.format,
                compression=file.compression,
                bytes=digest.size,
                sha256=digest.sha256,
                rows=file.rows,
                columns=dict(file.columns),
                crc32c=digest.crc32c,
                source_version=file.source_version,
                broken=file.broken,
            ),
        )


def _as_now(same: Manifest, spooled: Sequence[tuple[Path, StoredFile]]) -> list[StoredFile]:
    """The objects that hold the same, with the versions of their files and what is known of them by now."""
    pairs = zip(same.files, spooled, strict=True)
    return [replace(kept, source_version=now.source_version, broken=now.broken) for kept, (_, now) in pairs]
