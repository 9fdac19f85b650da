"""Rows of somebody taken out of raw attempts: the one exception to their being immutable.

An object that has such rows gets a new one beside it without them; manifests, and the copies of them in checkpoints,
are made to name the new one; the old one goes last, when nothing names it any more. So whoever reads meanwhile reads
the one or the other, and a process that was killed leaves nothing that the next one does not find again.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dataops_assets.lake.attempts import file_problems
from dataops_assets.lake.checkpoints import read_checkpoint, rewrite
from dataops_assets.lake.checksums import digest_of_file
from dataops_assets.lake.corrections import CorrectedRow, Correction, corrections_of, fields_of, store_again
from dataops_assets.lake.erasures import Removed
from dataops_assets.lake.history import attempts, listed, read_each
from dataops_assets.lake.manifest import BadManifest, DamagedManifest, Manifest, StoredFile
from dataops_assets.lake.paths import MANIFEST
from dataops_assets.lake.store import Store
from dataops_assets.lake.subjects import CannotRewrite, Rewritten, Subjects, without
from dataops_assets.model.partitions import Partition

_UNFINISHED = timedelta(days=1)
"""An attempt without a manifest may still be written; after so long its process was killed."""


@dataclass(frozen=True)
class Survey:
    """What a partition's raw data have of somebody. files: rows by object. attempts: their manifests, of those that
    name such objects. corrections: those with such rows, as they are to be, with how many there are.
    """

    files: Mapping[str, int]
    attempts: Sequence[Manifest]
    corrections: Sequence[tuple[Correction, int]]

    @property
    def rows(self) -> int:
        return sum(self.files.values()) + sum(count for _, count in self.corrections)


def survey(store: Store, table: str, partition: Partition | None, subjects: Subjects) -> Survey:
    """Look through all attempts and corrections of a partition. Raises CannotRewrite, where one cannot be looked
    through or taken rows from.
    """
    label = f"raw/{table} {partition.key if partition else ''}".rstrip()
    found, there = dict[str, int](), attempts(store, table, partition)
    corrections, subjects = _corrections(store, table, partition, subjects, label)
    listing = listed(store, table, partition)
    for folder in listing.checkpoints:
        try:
            read_checkpoint(store, folder)
        except BadManifest as error:
            raise CannotRewrite(f"{label}: {error}; run: dataops rebuild --select raw/{table}") from error
    with store.scratch.folder() as folder_:
        for manifest in there:
            if problem := next(file_problems(store, manifest), ""):
                raise CannotRewrite(
                    f"{label}: attempt {manifest.attempt} cannot be looked through: {problem}; restore it from a "
                    "backup, or remove its folder from the lake"
                )
            for file in manifest.files:
                if file.path not in found:
                    found[file.path] = _tried(store, file, subjects, folder_, label).removed
    files = {path: rows for path, rows in found.items() if rows}
    concerned = [m for m in there if any(file.path in files for file in m.files)]
    return Survey(files, concerned, corrections)


def erase_raw(store: Store, table: str, partition: Partition | None, subjects: Subjects) -> list[Removed]:
    """Take the rows of these subjects out of all attempts of a partition. Returns what was removed. Raises
    CannotRewrite, before anything is changed.
    """
    known = survey(store, table, partition, subjects)
    label = f"raw/{table} {partition.key if partition else ''}".rstrip()
    _, subjects = _corrections(store, table, partition, subjects, label)
    key = partition.key if partition else ""
    removed: list[Removed] = []
    if known.files:
        new = _new_files(store, known, subjects, label)
        manifests = {manifest.attempt: _with(manifest, new) for manifest in known.attempts}
        removed += _put(store, table, partition, known.attempts, manifests)
    for correction, count in known.corrections:
        store_again(store, table, partition, correction)
        removed.append(Removed(f"raw/{table}", key, "correction", count, correction.name, correction.name))
    return removed


def sweep(store: Store, table: str, partition: Partition | None) -> list[str]:
    """Delete the objects of attempts that no manifest names any more. Returns the folders that may still be written
    to, or were left by a killed process less than a day ago.
    """
    listing = listed(store, table, partition)
    [read] = read_each(store, [(listing, list(listing.attempts))])
    manifests = dict(zip(listing.attempts, read, strict=True))
    if any(isinstance(manifest, DamagedManifest) for manifest in read):
        return []  # it is not known what it names
    named = {file.path for manifest in read if manifest for file in manifest.files}
    waiting = []
    for attempt, manifest in manifests.items():
        folder = listing.folder(attempt)
        left = [path for path in store.objects(folder) if path not in named and path != f"{folder}{MANIFEST}"]
        for path in left:
            info = store.stat(path)
            if info is None:
                continue
            if manifest is None and (info.written_at is None or datetime.now(UTC) - info.written_at < _UNFINISHED):
                waiting.append(store.uri(folder))
                break
            store.delete(path, info.generation)
    return waiting


def rewritten_again(path: Path, file: StoredFile, subjects: Subjects, folder: Path) -> tuple[Path, StoredFile, int]:
    """A file on this disk that is about to be kept, without the rows of these subjects; how many these were.

    folder: where the new one may lie.
    """
    target = folder / uuid.uuid4().hex
    with path.open("rb") as source:
        done = without(source, target, file, subjects)
    if not done.removed:
        target.unlink()
        return path, file, 0
    return target, _described(target, file, done), done.removed


def _tried(store: Store, file: StoredFile, subjects: Subjects, folder: Path, label: str) -> Rewritten:
    target = folder / "tried"
    try:
        with store.open(file.path) as source:
            return without(source, target, file, subjects)
    except CannotRewrite as error:
        raise CannotRewrite(f"{label}: {error}") from error
    finally:
        target.unlink(missing_ok=True)


def _new_files(store: Store, known: Survey, subjects: Subjects, label: str) -> dict[str, StoredFile]:
    """By the path of the old one, the objects that take their places; they are there."""
    new: dict[str, StoredFile] = {}
    with store.scratch.folder() as folder:
        for file in (file for manifest in known.attempts for file in manifest.files):
            if file.path not in known.files or file.path in new:
                continue
            target = folder / uuid.uuid4().hex
            with store.open(file.path) as source:
                done = without(source, target, file, subjects)
            place, _, name = file.path.rpartition("/")
            described = _described(target, file, done)
            new[file.path] = replace(described, path=f"{place}/{uuid.uuid4().hex[:12]}-{name[-160:]}")
            store.create(new[file.path].path, target)
    return new


def _described(target: Path, file: StoredFile, done: Rewritten) -> StoredFile:
    digest = digest_of_file(target)
    return replace(
        file,
        bytes=digest.size,
        sha256=digest.sha256,
        crc32c=digest.crc32c,
        rows=max(file.rows - done.removed, 0),
        broken=max(file.broken - done.broken, 0),
    )


def _with(manifest: Manifest, new: Mapping[str, StoredFile]) -> Manifest:
    files = [
        replace(new[file.path], name=file.name, source_version=file.source_version) if file.path in new else file
        for file in manifest.files
    ]
    content = hashlib.sha256("\n".join(f"{f.name} {f.sha256}" for f in files).encode()).hexdigest()
    rows = sum(file.rows for file in files)
    erased = manifest.erased + max(manifest.rows - rows, 0)
    return replace(manifest, files=files, rows=rows, content_sha256=content, erased=erased)


def _put(
    store: Store,
    table: str,
    partition: Partition | None,
    before: Sequence[Manifest],
    manifests: Mapping[str, Manifest],
) -> Iterable[Removed]:
    listing = listed(store, table, partition)
    removed = []
    for was in before:
        now = manifests[was.attempt]
        store.replace(f"{listing.folder(was.attempt)}{MANIFEST}", now.to_json())
        rows = 0 if was.same_as else was.rows - now.rows
        key = partition.key if partition else ""
        removed.append(Removed(f"raw/{table}", key, "raw", rows, was.content_sha256, now.content_sha256))
    for folder in listing.checkpoints:
        checkpoint = read_checkpoint(store, folder)
        if checkpoint and not manifests.keys().isdisjoint(checkpoint.manifests):
            every = [manifests.get(attempt, manifest) for attempt, manifest in checkpoint.manifests.items()]
            rewrite(store, folder, every, checkpoint.before)
    return removed


def _corrections(
    store: Store, table: str, partition: Partition | None, subjects: Subjects, label: str
) -> tuple[list[tuple[Correction, int]], Subjects]:
    """The corrections that have rows of these subjects, without them; and the subjects with the rows that people have
    corrected to be about them, as the source sent these.
    """
    said = corrections_of(store, table, partition)
    if said.problem:
        raise CannotRewrite(f"{label}: {said.problem}")
    changed, rows = list[tuple[Correction, int]](), list[Mapping[str, str | None]]()
    for correction in said.every:
        kept: list[CorrectedRow] = []
        for row in correction.rows:
            was = fields_of(row.was)
            is_theirs = subjects.are_in(was.get) if was else subjects.are_named_in(row.was)
            becomes_theirs = bool(row.reads and subjects.are_in(row.reads.get))
            if becomes_theirs and was and not is_theirs:
                rows.append(was)
            if not (is_theirs or becomes_theirs):
                kept.append(row)
        if count := len(correction.rows) - len(kept):
            changed.append((replace(correction, rows=kept, given=""), count))
    return changed, replace(subjects, rows=rows)
