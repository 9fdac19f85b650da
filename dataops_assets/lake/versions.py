"""Lake copies of derived tables: one folder a version, addressed by the fingerprint of its rows.

Committing a version twice is harmless: the first copy stays. In production a small pointer, `current.json`, says which
version is the published one; it is moved after everything it points to is in place.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.checksums import digest_of_file, problem_of
from dataops_assets.lake.paths import CURRENT, MANIFEST, attempt_name, partition_prefix, version_prefix
from dataops_assets.lake.store import ObjectExists, ObjectMissing, Store
from dataops_assets.model.partitions import Partition


def commit_version(
    store: Store,
    table: str,
    partition: Partition | None,
    version: str,
    files: Sequence[Path],
    *,
    rows: int,
    provenance: Mapping[str, Any],
) -> Mapping[str, Any]:
    """Copy Parquet files into the lake as one version; returns its manifest, the first one's if there is one.

    A file that went missing since then is put back if these are its bytes; raises LakeDamaged if it cannot be.
    """
    prefix = version_prefix(table, partition, version)
    known = _manifest(store, prefix)
    if known is not None:
        _put_back(store, table, partition, prefix, known, files)
        return known
    placed = []
    for number, file in enumerate(files):
        name = f"part-{number:05d}.parquet"
        digest = digest_of_file(file)
        entry = {"name": name, "bytes": digest.size, "sha256": digest.sha256, "crc32c": digest.crc32c}
        try:
            store.create(f"{prefix}{name}", file)
        except ObjectExists:  # of a process that was killed before its manifest: the same rows, maybe other bytes
            if _problem(store, prefix, entry):
                entry["name"] = f"part-{number:05d}-{uuid.uuid4().hex}.parquet"
                store.create(f"{prefix}{entry['name']}", file)
        placed.append(entry)
    manifest = {
        "table": table,
        "partition": partition.key if partition else None,
        "version": version,
        "rows": rows,
        "files": placed,
        "committed_at": attempt_name(datetime.now(UTC)),
        **provenance,
    }
    return _commit(store, prefix, manifest)


def copy_version(
    staging: Store,
    production: Store,
    table: str,
    partition: Partition | None,
    version: str,
    provenance: Mapping[str, Any],
) -> None:
    """Copy a version from the staging lake to the production lake, server-side; raises LakeDamaged if it is not there.

    provenance: what the manifest in production says beside the staging manifest: raw attempts, contract, code.
    """
    prefix = version_prefix(table, partition, version)
    known = _manifest(production, prefix)
    if known is not None and not _missing(production, prefix, known):
        return
    manifest = _manifest(staging, prefix)
    if manifest is None:
        raise LakeDamaged(
            f"transformed/{table} {partition.key if partition else ''}: lake copy {staging.uri(prefix)} is missing; "
            f"run: dataops run --select transformed/{table}" + (f" --partitions {partition.key}" if partition else "")
        )
    for file in manifest["files"]:
        path = f"{prefix}{file['name']}"
        try:
            production.copy_from(staging, path, path)
        except ObjectMissing as error:
            option = f" --partitions {partition.key}" if partition else ""
            raise LakeDamaged(
                f"transformed/{table} {partition.key if partition else ''}: {staging.uri(path)} is missing; "
                f"run: dataops run --select transformed/{table}{option}"
            ) from error
        except ObjectExists:
            if _problem(production, prefix, file):
                raise LakeDamaged(
                    f"{production.uri(path)} is not the copy of {staging.uri(path)}; move it away and run: "
                    f"dataops run --select production/{table}" + (f" --partitions {partition.key}" if partition else "")
                ) from None
    _commit(production, prefix, {**manifest, **provenance})


def point_to_version(
    store: Store, table: str, partition: Partition | None, version: str, provenance: Mapping[str, Any]
) -> None:
    """Say that this version is the published one. provenance: receipt, raw attempts, contract and code it came from."""
    path = f"{partition_prefix(table, partition)}{CURRENT}"
    pointer = {"version": version, "manifest": f"version={version}/{MANIFEST}", **provenance}
    known = read_current(store, table, partition)
    changing = ("published_at", "run_id")
    if known is not None and _without(known, changing) == _without(pointer, changing):
        return
    pointer["published_at"] = attempt_name(datetime.now(UTC))
    store.replace(path, _as_json(pointer))


def read_current(store: Store, table: str, partition: Partition | None) -> dict[str, Any] | None:
    """The pointer to the published version, or None if nothing is published."""
    try:
        return json.loads(store.read(f"{partition_prefix(table, partition)}{CURRENT}"))
    except ObjectMissing:
        return None


def verify_version(store: Store, table: str, partition: Partition | None, version: str) -> None:
    """Raise LakeDamaged unless the version is there, with the files its manifest says."""
    prefix = version_prefix(table, partition, version)
    manifest = _manifest(store, prefix)
    if manifest is None:
        raise LakeDamaged(f"{store.uri(prefix)} has no manifest; materialize {table} again")
    for file in manifest["files"]:
        if problem := _problem(store, prefix, file, reread=True):
            name = store.uri(f"{prefix}{file['name']}")
            raise LakeDamaged(f"{name} {problem}; restore it from a backup, or from the warehouse's rows")


def is_whole(store: Store, table: str, partition: Partition | None, version: str) -> bool:
    """Is the version there, with all its files in their size? (`verify_version` hashes them.)"""
    prefix = version_prefix(table, partition, version)
    manifest = _manifest(store, prefix)
    return manifest is not None and not _missing(store, prefix, manifest)


def _missing(store: Store, prefix: str, manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The files of a version that are not there, or not of the right size."""
    infos = [(file, store.stat(f"{prefix}{file['name']}")) for file in manifest["files"]]
    return [file for file, info in infos if info is None or info.size != file["bytes"]]


def _put_back(
    store: Store,
    table: str,
    partition: Partition | None,
    prefix: str,
    manifest: Mapping[str, Any],
    files: Sequence[Path],
) -> None:
    missing = _missing(store, prefix, manifest)
    at_hand = {digest_of_file(file).sha256: file for file in files} if missing else {}
    for lost in missing:
        path = f"{prefix}{lost['name']}"
        try:
            store.create(path, at_hand[lost["sha256"]])
        except (KeyError, ObjectExists) as error:
            raise LakeDamaged(
                f"transformed/{table} {partition.key if partition else ''}: {store.uri(path)} is missing or of another "
                f"size than its manifest says, and these rows make other bytes; move {store.uri(prefix)} away and run "
                "again"
            ) from error


def _problem(store: Store, prefix: str, file: Mapping[str, Any], reread: bool = False) -> str | None:
    path = f"{prefix}{file['name']}"
    return problem_of(store, path, file["bytes"], file["sha256"], file.get("crc32c"), reread=reread)


def _without(record: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def _as_json(record: Mapping[str, Any]) -> bytes:
    # Indented by msgspec: Python's own encoder leaves C as soon as it is to indent, and a backfill writes thousands.
    return msgspec.json.format(json.dumps(record).encode(), indent=1)


def _manifest(store: Store, prefix: str) -> dict[str, Any] | None:
    try:
        return json.loads(store.read(f"{prefix}{MANIFEST}"))
    except ObjectMissing:
        return None


def _commit(store: Store, prefix: str, manifest: dict[str, Any]) -> Mapping[str, Any]:
    try:
        store.create(f"{prefix}{MANIFEST}", _as_json(manifest))
    except ObjectExists:  # another process was first, with the same rows
        return _manifest(store, prefix) or manifest
    return manifest
