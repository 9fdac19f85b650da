"""The places a lake can be, for tests: opened again, looked into, and damaged behind a store's back."""

import copy
import json
from pathlib import Path
from typing import Any

from dataops_assets.lake.gcs import GCSStore
from dataops_assets.lake.local import LocalStore
from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import Copy, Version, commit_versions, copy_versions, point_to_versions
from dataops_assets.model.partitions import Partition


def again(store: Store) -> Store:
    """The same place, as another process would open it."""
    return LocalStore(store.root) if isinstance(store, LocalStore) else copy.copy(store)


def objects(store: Store) -> dict[str, bytes]:
    """Everything that is there, leftovers included."""
    if isinstance(store, LocalStore):
        files = (path for path in store.root.rglob("*") if path.is_file() and path.name != "replace.lock")
        return {str(path.relative_to(store.root)): path.read_bytes() for path in files}
    assert isinstance(store, GCSStore)
    blobs = store._bucket.list_blobs(prefix=store._prefix)
    return {blob.name.removeprefix(store._prefix): blob.download_as_bytes() for blob in blobs}


def damage(store: Store, path: str, content: bytes | None) -> None:
    """Other bytes in the place of an object, or none."""
    if isinstance(store, LocalStore):
        (store.root / path).unlink()
        if content is not None:
            (store.root / path).write_bytes(content)
        return
    assert isinstance(store, GCSStore)
    blob = store._bucket.blob(store._name(path))
    blob.delete() if content is None else blob.upload_from_string(content)


def commit(store: Store, day: Partition | None, version: str, content: bytes | Path, **provenance: Any) -> Any:
    """Commit a version of `delays`; returns its manifest."""
    made = Version("delays", day, version, provenance)
    commit_versions(store, [Copy(made, content, 1)])
    return json.loads(store.read(f"{made.prefix}manifest.json"))


def publish(staging: Store, production: Store, day: Partition | None, version: str, **provenance: Any) -> None:
    """Copy a version of `delays` to production, which does not show it yet."""
    copy_versions(staging, production, [Version("delays", day, version, provenance)])


def point(store: Store, day: Partition | None, version: str, **provenance: Any) -> None:
    """Let production show a version of `delays`."""
    point_to_versions(store, [Version("delays", day, version, provenance)])
