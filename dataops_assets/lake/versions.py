"""Lake copies of derived tables: one folder a version, addressed by the fingerprint of its rows.

Committing a version twice is harmless: the first copy stays, unless it is damaged: it is a copy of rows that are known,
and so it is written once more. In production a small pointer, `current.json`, says which
version is the published one; it is moved after everything it points to is in place. Tables of plain assets, which are
in the staging lake, have such pointers too (`lake/tables.py`).
"""

import contextlib
import hashlib
import io
import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.checksums import digest_of, digest_of_file, problem_of
from dataops_assets.lake.parallel import parallel_map
from dataops_assets.lake.paths import CURRENT, MANIFEST, Part, attempt_name, partition_prefix, version_prefix
from dataops_assets.lake.records import Pointer, VersionManifest, read_record, to_json
from dataops_assets.lake.store import ObjectMissing, Store


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

    Of a damaged one, what is wrong is replaced.
    """
    fresh = []
    for copy in copies:
        if _is_there(store, copy.version.prefix):
            if not is_sound(store, copy.version):
                _mend(store, copy)
        else:
            fresh.append(copy)
    entries = [_entry(copy.content) for copy in fresh]
    paths = [f"{copy.version.prefix}{entry['name']}" for copy, entry in zip(fresh, entries, strict=True)]
    taken = set(store.create_all([(path, copy.content) for path, copy in zip(paths, fresh, strict=True)]))
    for path, copy, entry in zip(paths, fresh, entries, strict=True):
        # Of a process that was killed before its manifest, or of a version that is being deleted: never relied upon.
        if path in taken:
            entry["name"] = _another_name()
            store.create(f"{copy.version.prefix}{entry['name']}", copy.content)
    _commit(store, [(copy.version, _contents(copy, entry)) for copy, entry in zip(fresh, entries, strict=True)])


def copy_versions(staging: Store, production: Store, versions: Sequence[Version]) -> None:
    """Copy versions from the staging lake to the production lake, server-side; raises LakeDamaged if one is not there.

    Their manifests in production say their provenance beside what the ones in staging say. A damaged one in production
    is replaced by the one in staging, if that is sound.
    """
    manifests = []
    for version in versions:
        there = _is_there(production, version.prefix)
        if there and is_sound(production, version):
            continue
        if there and (problem := version_problem(staging, version)):
            raise LakeDamaged(f"{version.label}: {problem}; {version.command('transformed')}")
        try:
            manifest = _manifest(staging, version.prefix)
        except LakeDamaged as damage:
            raise LakeDamaged(f"{version.label}: {damage}; {version.command('transformed')}") from damage
        if manifest is None:
            uri = staging.uri(version.prefix)
            raise LakeDamaged(f"{version.label}: lake copy {uri} is missing; {version.command('transformed')}")
        if there:
            _replace(staging, production, version, manifest)
        else:
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
        file["name"] = _another_name()
        production.copy_from(staging, path, f"{version.prefix}{file['name']}")
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
            moved.append((f"{partition_prefix(version.table, version.partition)}{CURRENT}", to_json(pointer)))
    store.replace_all(moved)


def read_current(store: Store, table: str, partition: Part | None) -> dict[str, Any] | None:
    """The pointer to the published version, or None if nothing is published; raises LakeDamaged."""
    return read_record(store, f"{partition_prefix(table, partition)}{CURRENT}", Pointer)


def version_path(store: Store, version: Version) -> str:
    """Where the Parquet file of a version is; raises LakeDamaged."""
    return version_file(store, version)[0]


def version_file(store: Store, version: Version) -> tuple[str, dict[str, Any]]:
    """The same, and what its manifest says of it: "bytes", "sha256", "crc32c"; raises LakeDamaged."""
    [file] = _committed(store, version.prefix)["files"]  # one, as `commit_versions` writes
    return f"{version.prefix}{file['name']}", file


def version_rows(store: Store, version: Version) -> int:
    """How many rows a version has; raises LakeDamaged."""
    return _committed(store, version.prefix)["rows"]


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
    if problem := version_problem(store, wanted):
        raise LakeDamaged(f"{problem}; {wanted.command(layer)}")


def version_problem(store: Store, version: Version) -> str | None:
    """What is wrong with a version that should be there, all of its bytes read again."""
    try:
        files = _committed(store, version.prefix)["files"]
    except LakeDamaged as damage:
        return str(damage)
    problems = ((file, _problem(store, version.prefix, file, reread=True)) for file in files)
    return next(
        (f"{store.uri(version.prefix + file['name'])} {problem}" for file, problem in problems if problem), None
    )


def is_sound(store: Store, version: Version) -> bool:
    """Is the version there with the bytes that its manifest says? Nothing is read where the store keeps a checksum."""
    try:
        files = _committed(store, version.prefix)["files"]
        return all(_problem(store, version.prefix, file) is None for file in files)
    except LakeDamaged:
        return False


def are_there(store: Store, versions: Sequence[Version]) -> bool:
    """Has each of them a manifest? Asked within a swap by who relies on one that was there before: what nothing needed
    then may have been deleted since (`pruning`).
    """
    return all(parallel_map(lambda version: _is_there(store, version.prefix), versions, store.threads))


def _is_there(store: Store, prefix: str) -> bool:
    return store.stat(f"{prefix}{MANIFEST}") is not None


def _mend(store: Store, copy: Copy) -> None:
    """Replace what is damaged of a version: the file first, so that a manifest never names what is not there."""
    prefix, entry = copy.version.prefix, _entry(copy.content)
    with contextlib.suppress(LakeDamaged):
        [known] = _committed(store, prefix)["files"]
        entry["name"] = known["name"]
        if _without(known, ("crc32c",)) == _without(entry, ("crc32c",)):
            store.replace(f"{prefix}{entry['name']}", copy.content)
            return
    store.replace(f"{prefix}{entry['name']}", copy.content)
    store.replace(f"{prefix}{MANIFEST}", to_json({**_contents(copy, entry), **copy.version.provenance}))


def _replace(staging: Store, production: Store, version: Version, manifest: Mapping[str, Any]) -> None:
    with production.scratch.folder() as folder:
        for file in manifest["files"]:
            spooled = folder / "content"
            with staging.open(f"{version.prefix}{file['name']}") as source, spooled.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            production.replace(f"{version.prefix}{file['name']}", spooled)
    production.replace(f"{version.prefix}{MANIFEST}", to_json({**manifest, **version.provenance}))


def _contents(copy: Copy, entry: Mapping[str, Any]) -> dict[str, Any]:
    """What a manifest says beside the provenance."""
    version = copy.version
    return {
        "table": version.table,
        "partition": version.partition.key if version.partition else None,
        "version": version.version,
        "rows": copy.rows,
        "files": [dict(entry)],
        "committed_at": attempt_name(datetime.now(UTC)),
    }


def _another_name() -> str:
    return f"part-00000-{uuid.uuid4().hex}.parquet"


def _entry(content: bytes | Path) -> dict[str, Any]:
    digest = digest_of(io.BytesIO(content)) if isinstance(content, bytes) else digest_of_file(content)
    return {"name": "part-00000.parquet", "bytes": digest.size, "sha256": digest.sha256, "crc32c": digest.crc32c}


def _problem(store: Store, prefix: str, file: Mapping[str, Any], reread: bool = False) -> str | None:
    path = f"{prefix}{file['name']}"
    return problem_of(store, path, file["bytes"], file["sha256"], file.get("crc32c"), reread=reread)


def _without(record: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def _manifest(store: Store, prefix: str) -> dict[str, Any] | None:
    return read_record(store, f"{prefix}{MANIFEST}", VersionManifest)


def _committed(store: Store, prefix: str) -> dict[str, Any]:
    manifest = _manifest(store, prefix)
    if manifest is None:
        raise LakeDamaged(f"{store.uri(prefix)} has no manifest")
    return manifest


def _commit(store: Store, manifests: Sequence[tuple[Version, Mapping[str, Any]]]) -> None:
    # One that is there by now is of another process, with the same rows.
    store.create_all(
        [
            (f"{version.prefix}{MANIFEST}", to_json({**contents, **version.provenance}))
            for version, contents in manifests
        ]
    )
