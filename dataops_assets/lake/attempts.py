"""Raw attempts: committed whole with a manifest as their last object, listed, and checked against it.

An attempt without a manifest does not exist. The attempt that was committed last is the current one, also where it
began before another.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dataops_assets.lake.manifest import Manifest, StoredFile
from dataops_assets.lake.paths import MANIFEST, attempt_name, attempt_prefix, raw_prefix
from dataops_assets.lake.store import ObjectExists, ObjectMissing, Store
from dataops_assets.model.partitions import Partition
from dataops_assets.sources.base import DataFile, Extraction

_CHUNK = 1 << 20


class LakeDamaged(Exception):
    """An object of a committed attempt is missing or is not what the manifest says."""


def commit_extraction(
    store: Store,
    table: str,
    partition: Partition | None,
    extraction: Extraction,
    *,
    run_id: str = "",
    code_version: str = "",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Manifest:
    """Keep what a source answers as a new attempt.

    The answer is spooled to local disk while it is hashed, whatever its size. If it is what the current attempt holds,
    the new attempt refers to that one's objects. Raises what the extraction raises; nothing is committed then.
    """
    started = clock()
    with tempfile.TemporaryDirectory(prefix="dataops-") as folder:
        spooled = list(_spool(extraction, Path(folder)))
        content = hashlib.sha256("\n".join(f"{f.name} {f.sha256}" for _, f in spooled).encode()).hexdigest()
        rows = sum(file.rows for _, file in spooled)
        columns: dict[str, str] = {}
        for _, file in spooled:
            for name, kind in file.columns.items():
                known = columns.get(name)
                columns[name] = kind if known in (None, kind) else "|".join(sorted({*str(known).split("|"), kind}))
        held = current(store, table, partition)
        same = held if held is not None and held.content_sha256 == content else None
        moment = started
        while True:
            attempt = attempt_name(moment)
            prefix = attempt_prefix(table, partition, attempt)
            manifest = Manifest(
                table=table,
                partition=partition.key if partition else None,
                attempt=attempt,
                started_at=attempt_name(started),
                committed_at=attempt_name(clock()),
                files=list(same.files) if same else [_placed(file, prefix) for _, file in spooled],
                rows=rows,
                columns=columns,
                content_sha256=content,
                source=extraction.source,
                parameters=extraction.parameters,
                same_as=(same.same_as or same.attempt) if same else None,
                watermark=extraction.watermark,
                run_id=run_id,
                code_version=code_version,
            )
            try:
                if not same:
                    for path, file in spooled:
                        store.create(f"{prefix}{file.name}", path)
                store.create(f"{prefix}{MANIFEST}", manifest.to_json())
            except ObjectExists:  # another process began in the same microsecond: the next one is ours
                moment += timedelta(microseconds=1)
                continue
            return manifest


def attempts(store: Store, table: str, partition: Partition | None) -> list[Manifest]:
    """The committed attempts of a partition, the current one last. The cost does not depend on other partitions."""
    prefix = raw_prefix(table, partition)
    found = []
    for name in store.folders(prefix):
        if name.startswith("created_at="):
            path = f"{prefix}{name}/{MANIFEST}"
            try:
                found.append(Manifest.from_json(store.read(path), store.uri(path)))
            except ObjectMissing:
                continue
    return sorted(found, key=lambda manifest: (manifest.committed_at, manifest.attempt))


def current(store: Store, table: str, partition: Partition | None) -> Manifest | None:
    """The attempt that was committed last, or None."""
    found = attempts(store, table, partition)
    return found[-1] if found else None


def verify_files(store: Store, manifest: Manifest) -> None:
    """Raise LakeDamaged unless every object of the attempt has the size and the hash its manifest says."""
    for file in manifest.files:
        info = store.stat(file.path)
        if info is None:
            problem = "is missing"
        elif info.size != file.bytes:
            problem = f"has {info.size} bytes, the manifest says {file.bytes}"
        elif _hash(store, file.path) != file.sha256:
            problem = "has another SHA-256 than the manifest says"
        else:
            continue
        option = f" --partitions {manifest.partition}" if manifest.partition else ""
        raise LakeDamaged(
            f"raw/{manifest.table} {manifest.partition or ''}: attempt {manifest.attempt}: {store.uri(file.path)} "
            f"{problem}; restore the object from a backup, or extract again: "
            f"dataops run --select raw/{manifest.table}{option}"
        )


def _spool(extraction: Extraction, folder: Path) -> Iterator[tuple[Path, StoredFile]]:
    names: set[str] = set()
    for number, file in enumerate(extraction.files):
        path = folder / f"{number:05d}"
        digest, size = hashlib.sha256(), 0
        with path.open("wb") as stream:
            for chunk in file.chunks:
                digest.update(chunk)
                size += stream.write(chunk)
        name = _unique(file, number, names)
        yield (
            path,
            StoredFile(
                "", name, file.format, file.compression, size, digest.hexdigest(), file.rows, dict(file.columns)
            ),
        )


def _unique(file: DataFile, number: int, names: set[str]) -> str:
    """The file's own name, made unique within the attempt and different from the manifest's."""
    name = file.name if file.name not in names and file.name != MANIFEST else f"{number:05d}-{file.name}"
    names.add(name)
    return name


def _placed(file: StoredFile, prefix: str) -> StoredFile:
    return StoredFile(
        f"{prefix}{file.name}",
        file.name,
        file.format,
        file.compression,
        file.bytes,
        file.sha256,
        file.rows,
        file.columns,
    )


def _hash(store: Store, path: str) -> str:
    digest = hashlib.sha256()
    with store.open(path) as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
