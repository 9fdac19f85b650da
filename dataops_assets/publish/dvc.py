"""`.dvc` files of what is published: a Git commit that has them names exactly the versions that production shows.

Each says where in the production lake a version lies, in the form of `dvc import-url --no-download`: DVC fetches it
from there, nothing is copied, and no remote is needed. On Cloud Storage it names the generation of the object; else its
MD5, which DVC compares when it fetches. The same publication gives the same bytes.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.checksums import Digest, problem_of
from dataops_assets.lake.parallel import parallel_map
from dataops_assets.lake.store import ObjectMissing, Store
from dataops_assets.lake.versions import Version, version_file
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import Entry, is_current
from dataops_assets.publish.names import published, published_label
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import DerivedTable

_IGNORED = "/*.parquet\n"
"""Of Git: what DVC fetches. As one pattern, since DVC adds a line for each file that is not ignored."""


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Written:
    """What became of the files of a table: how many there are, and the names of those that are new or changed, and of
    those that were removed.
    """

    files: int
    changed: list[str]
    removed: list[str]


def published_entries(session: Session, schema: str, table: DerivedTable) -> dict[str, Entry]:
    """What stands in production, by partition, inside `reading`: what is kept, on the calendar in force."""
    states = ledger.states(session, schema, published(table))
    return {
        key: state.passed
        for key, state in sorted(states.items())
        if state.passed and is_current(table, state) and (table.calendar is None or table.calendar.keeps_key(key))
    }


def dvc_files(store: Store, table: DerivedTable, entries: Mapping[str, Entry], folder: Path) -> dict[str, str]:
    """The content of the `.dvc` file of each partition, by its name in `folder`.

    store: the production lake. folder: of the table; what a file there says of the same bytes is not worked out again.
    Raises LakeDamaged.
    """

    def described(key: str) -> tuple[str, str]:
        partition = table.calendar.of(key) if table.calendar else None
        name = f"{partition.folder if partition else table.relation}.parquet"
        version = Version(table.relation, partition, entries[key].version, {})
        try:
            path, file = version_file(store, version)
            known = _of_ours(folder / f"{name}.dvc")
            dependency = _dependency(store, path, file, known)
        except LakeDamaged as damage:
            raise LakeDamaged(f"{published_label(table, key)}: {damage}; {version.command('production')}") from damage
        out = {"hash": "md5", "path": name, "push": False}
        about = {"table": published(table), "partition": key, "version": version.version, "rows": entries[key].rows}
        says = {
            "frozen": True,
            "deps": [dependency],
            "outs": [out],
            "meta": {"dataops": {**about, "sha256": file["sha256"]}},
        }
        return f"{name}.dvc", yaml.safe_dump(says, sort_keys=False, allow_unicode=True, width=1 << 16)

    return dict(parallel_map(described, list(entries), max(store.threads, 1)))


def _dependency(store: Store, path: str, file: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Where the bytes are, and what tells that they are these. known: what the file that is there says."""
    uri, size, sha256 = store.uri(path), file["bytes"], file["sha256"]
    cloud = uri.startswith("gs://")
    if problem := problem_of(store, path, size, sha256, file.get("crc32c"), hash=cloud):
        raise LakeDamaged(f"{uri} {problem}")
    if cloud:
        info = store.stat(path)
        if info is None:
            raise LakeDamaged(f"{uri} is missing")
        return {"size": size, "version_id": info.generation, "path": uri, "fs_config": {"version_aware": True}}
    before = known["deps"][0] if known and known["meta"]["dataops"].get("sha256") == sha256 else {}
    md5 = before.get("md5") if before.get("path") == uri else None
    return {"md5": md5 or _md5(store, path, sha256), "size": size, "hash": "md5", "path": uri}


def _md5(store: Store, path: str, sha256: str) -> str:
    """Of bytes that are what the manifest says; raises LakeDamaged."""
    digest, md5 = Digest(), hashlib.md5(usedforsecurity=False)
    try:
        with store.open(path) as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
                md5.update(chunk)
    except ObjectMissing as error:
        raise LakeDamaged(f"{store.uri(path)} is missing") from error
    if digest.sha256 != sha256:
        raise LakeDamaged(f"{store.uri(path)} has another SHA-256 than the manifest says")
    return md5.hexdigest()


def write_dvc_files(folder: Path, tables: Mapping[str, Mapping[str, str]], *, all_tables: bool) -> dict[str, Written]:
    """Let `folder` have these files, by table and name, and no others of ours; returns what became of each table.

    all_tables: there are no others, and the files of those that are no longer published are removed as well. Files
    that nobody here has written stay as they are.
    """
    gone = set(_tables(folder)) - tables.keys() if all_tables else set()
    found: dict[str, Written] = {}
    for table, files in sorted({**tables, **{name: {} for name in gone}}.items()):
        there = folder / table
        changed = [name for name, content in files.items() if _replaced(there / name, content)]
        if files and not (there / ".gitignore").exists():
            _replaced(there / ".gitignore", _IGNORED)
        removed = sorted(path for path in there.glob("*.dvc") if path.name not in files and _of_ours(path))
        for path in removed:
            path.unlink()
        found[table] = Written(len(files), changed, [path.name for path in removed])
    return found


def _tables(folder: Path) -> Iterator[str]:
    """The names of folders with files of ours."""
    for there in folder.iterdir() if folder.is_dir() else ():
        if there.is_dir() and any(map(_of_ours, there.glob("*.dvc"))):
            yield there.name


def _of_ours(file: Path) -> Mapping[str, Any]:
    """What a `.dvc` file says that was written here; nothing of any other."""
    try:
        said = yaml.load(file.read_text(encoding="utf-8"), _LOADER)  # noqa: S506  # a safe one
        return said if said["meta"]["dataops"]["table"] and said["deps"][0]["path"] else {}
    except (OSError, ValueError, yaml.YAMLError, LookupError, TypeError):
        return {}


def _replaced(file: Path, content: str) -> bool:
    """Write a file whole or not at all; returns False if it says that already."""
    if file.is_file() and file.read_bytes() == content.encode():
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_bytes(content.encode())
    fresh.replace(file)
    return True


def is_in_dvc_repository(folder: Path) -> bool:
    """Has `dvc init` been called in this folder, or in one that it lies in?"""
    return any((place / ".dvc").is_dir() for place in (folder, *folder.parents))
