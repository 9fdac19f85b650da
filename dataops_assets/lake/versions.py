"""Lake copies of derived tables: one folder a version, addressed by the fingerprint of its rows.

Committing a version twice is harmless: the first copy stays. In production a small pointer, `current.json`, says which
version is the published one; it is moved after everything it points to is in place. Tables of plain assets, which are
in the staging lake, have such pointers too (`lake/tables.py`).
"""

import hashlib
import io
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.checksums import digest_of, digest_of_file, problem_of
from dataops_assets.lake.paths import CURRENT, MANIFEST, Part, attempt_name, partition_prefix, version_prefix
from dataops_assets.lake.store import ObjectExists, ObjectMissing, Store


@dataclass(frozen=True)
class Version:
    """One version of a partition of a table. provenance: what its manifest, or the pointer to it, says besides."""

    table: str
    partition: Part | None
    version: str
    provenance: Mapping[str, Any]

    @property
    def prefix(self) -> str:
        return version_prefix(self.table, self.partition, self.version)

    @property
    def label(self) -> str:
        return f"transformed/{self.table} {self.partition.key if self.partition else ''}".strip()

    def command(self, layer: str) -> str:
        """What makes it again."""
        option = f" --partitions {self.partition.key}" if self.partition else ""
        return f"run: dataops run --select {layer}/{self.table}{option}"


@dataclass(frozen=True)
class Copy:
    """A version on its way to the lake. content: a Parquet file, in memory or on disk. rows: how many are in it."""

    version: Version
    content: bytes | Path
    rows: int

    @property
    def in_memory(self) -> int:
        """Bytes."""
        return len(self.content) if isinstance(self.content, bytes) else 0


def commit_versions(store: Store, copies: Sequence[Copy]) -> None:
    """Put versions into the lake: first all files, then all manifests. One that is there already stays as it is.

    A file of such a one that went missing is put back if these are its bytes; raises LakeDamaged if it cannot be.
    """
    fresh = []
    for copy in copies:
        known = _manifest(store, copy.version.prefix)
        if known is None:
            fresh.append(copy)
        else:
            _put_back(store, copy, known)
    entries = [_entry(copy.content) for copy in fresh]
    paths = [f"{copy.version.prefix}{entry['name']}" for copy, entry in zip(fresh, entries, strict=True)]
    taken = set(store.create_all([(path, copy.content) for path, copy in zip(paths, fresh, strict=True)]))
    for path, copy, entry in zip(paths, fresh, entries, strict=True):
        # Of a process that was killed before its manifest: the same rows, maybe other bytes.
        if path in taken and _problem(store, copy.version.prefix, entry):
            entry["name"] = f"part-00000-{uuid.uuid4().hex}.parquet"
            store.create(f"{copy.version.prefix}{entry['name']}", copy.content)
    committed_at = attempt_name(datetime.now(UTC))
    _commit(
        store,
        [
            (
                copy.version,
                {
                    "table": copy.version.table,
                    "partition": copy.version.partition.key if copy.version.partition else None,
                    "version": copy.version.version,
                    "rows": copy.rows,
                    "files": [entry],
                    "committed_at": committed_at,
                },
            )
            for copy, entry in zip(fresh, entries, strict=True)
        ],
    )


def copy_versions(staging: Store, production: Store, versions: Sequence[Version]) -> None:
    """Copy versions from the staging lake to the production lake, server-side; raises LakeDamaged if one is not there.

    Their manifests in production say their provenance beside what the ones in staging say.
    """
    manifests = []
    for version in versions:
        known = _manifest(production, version.prefix)
        if known is not None and not _missing(production, version.prefix, known):
            continue
        manifest = _manifest(staging, version.prefix)
        if manifest is None:
            uri = staging.uri(version.prefix)
            raise LakeDamaged(f"{version.label}: lake copy {uri} is missing; {version.command('transformed')}")
        manifests.append((version, manifest))
    paths = {f"{version.prefix}{file['name']}": (version, file) for version, m in manifests for file in m["files"]}
    try:
        taken = production.copy_all(staging, [(path, path) for path in paths])
    except ObjectMissing as error:
        path, (version, _) = next(each for each in paths.items() if staging.stat(each[0]) is None)
        raise LakeDamaged(
            f"{version.label}: {staging.uri(path)} is missing; {version.command('transformed')}"
        ) from error
    for path in taken:
        version, file = paths[path]
        if _problem(production, version.prefix, file):
            raise LakeDamaged(
                f"{production.uri(path)} is not the copy of {staging.uri(path)}; move it away and "
                f"{version.command('production')}"
            )
    _commit(production, manifests)


def point_to_versions(store: Store, versions: Sequence[Version]) -> None:
    """Say that these versions are the published ones. Their provenance: receipt, raw attempts, contract and code."""
    changing = ("published_at", "run_id")
    moved = []
    for version in versions:
        pointer = {
            "version": version.version,
            "manifest": f"version={version.version}/{MANIFEST}",
            **version.provenance,
        }
        try:
            known = read_current(store, version.table, version.partition)
        except LakeDamaged:
            known = None
        if known is None or _without(known, changing) != _without(pointer, changing):
            pointer["published_at"] = attempt_name(datetime.now(UTC))
            moved.append((f"{partition_prefix(version.table, version.partition)}{CURRENT}", _as_json(pointer)))
    store.replace_all(moved)


def read_current(store: Store, table: str, partition: Part | None) -> dict[str, Any] | None:
    """The pointer to the published version, or None if nothing is published; raises LakeDamaged."""
    return _record(store, f"{partition_prefix(table, partition)}{CURRENT}")


def read_version(store: Store, table: str, partition: Part | None, version: str) -> bytes:
    """The Parquet file of a version, compared with its manifest; raises LakeDamaged."""
    prefix = version_prefix(table, partition, version)
    [file] = _committed(store, prefix)["files"]  # one, as `commit_versions` writes
    path = f"{prefix}{file['name']}"
    try:
        content = store.read(path)
    except ObjectMissing as error:
        raise LakeDamaged(f"{store.uri(path)} is missing") from error
    if len(content) != file["bytes"]:
        raise LakeDamaged(f"{store.uri(path)} has {len(content)} bytes, the manifest says {file['bytes']}")
    if hashlib.sha256(content).hexdigest() != file["sha256"]:
        raise LakeDamaged(f"{store.uri(path)} has another SHA-256 than the manifest says")
    return content


def verify_version(store: Store, table: str, partition: Part | None, version: str, layer: str = "transformed") -> None:
    """Raise LakeDamaged unless the version is there, with the files its manifest says. layer: which writes it."""
    wanted = Version(table, partition, version, {})
    prefix, mend = wanted.prefix, wanted.command(layer)
    for file in _committed(store, prefix, f"; {mend}")["files"]:
        if problem := _problem(store, prefix, file, reread=True):
            path = f"{prefix}{file['name']}"
            away = f"move {store.uri(prefix)} away, then " if store.stat(path) else ""
            raise LakeDamaged(f"{store.uri(path)} {problem}; {away}{mend}")


def is_whole(store: Store, table: str, partition: Part | None, version: str) -> bool:
    """Is the version there, with all its files in their size? (`verify_version` hashes them.)"""
    prefix = version_prefix(table, partition, version)
    manifest = _manifest(store, prefix)
    return manifest is not None and not _missing(store, prefix, manifest)


def is_sound(store: Store, version: Version) -> bool:
    """Is the version there with the bytes that its manifest says? Where the store vouches for them nothing is read."""
    try:
        files = _committed(store, version.prefix)["files"]
        return all(_problem(store, version.prefix, file) is None for file in files)
    except LakeDamaged:
        return False


def _missing(store: Store, prefix: str, manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The files of a version that are not there, or not of the right size."""
    infos = [(file, store.stat(f"{prefix}{file['name']}")) for file in manifest["files"]]
    return [file for file, info in infos if info is None or info.size != file["bytes"]]


def _put_back(store: Store, copy: Copy, manifest: Mapping[str, Any]) -> None:
    prefix = copy.version.prefix
    for lost in _missing(store, prefix, manifest):
        path = f"{prefix}{lost['name']}"
        try:
            if _entry(copy.content)["sha256"] != lost["sha256"]:
                raise LakeDamaged("other bytes")
            store.create(path, copy.content)
        except (LakeDamaged, ObjectExists) as error:
            raise LakeDamaged(
                f"{copy.version.label}: {store.uri(path)} is missing or of another size than its manifest says, and "
                f"these rows make other bytes; move {store.uri(prefix)} away and run again"
            ) from error


def _entry(content: bytes | Path) -> dict[str, Any]:
    digest = digest_of(io.BytesIO(content)) if isinstance(content, bytes) else digest_of_file(content)
    return {"name": "part-00000.parquet", "bytes": digest.size, "sha256": digest.sha256, "crc32c": digest.crc32c}


def _problem(store: Store, prefix: str, file: Mapping[str, Any], reread: bool = False) -> str | None:
    path = f"{prefix}{file['name']}"
    return problem_of(store, path, file["bytes"], file["sha256"], file.get("crc32c"), reread=reread)


def _without(record: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def _as_json(record: Mapping[str, Any]) -> bytes:
    # Indented by msgspec: Python's own encoder leaves C as soon as it is to indent, and a backfill writes thousands.
    return msgspec.json.format(json.dumps(record).encode(), indent=1)


def _manifest(store: Store, prefix: str) -> dict[str, Any] | None:
    return _record(store, f"{prefix}{MANIFEST}")


def _committed(store: Store, prefix: str, instead: str = "") -> dict[str, Any]:
    manifest = _manifest(store, prefix)
    if manifest is None or "files" not in manifest:
        raise LakeDamaged(f"{store.uri(prefix)} has no manifest{instead}")
    return manifest


def _record(store: Store, path: str) -> dict[str, Any] | None:
    """A manifest or a pointer; raises LakeDamaged if it is neither."""
    try:
        record = json.loads(store.read(path))
    except ObjectMissing:
        return None
    except ValueError as error:
        raise LakeDamaged(f"{store.uri(path)} cannot be read: {error}") from error
    if not isinstance(record, dict) or "version" not in record:
        raise LakeDamaged(f"{store.uri(path)} is neither a manifest nor a pointer")
    return record


def _commit(store: Store, manifests: Sequence[tuple[Version, Mapping[str, Any]]]) -> None:
    # One that is there by now is of another process, with the same rows.
    store.create_all(
        [(f"{version.prefix}{MANIFEST}", _as_json({**said, **version.provenance})) for version, said in manifests]
    )
