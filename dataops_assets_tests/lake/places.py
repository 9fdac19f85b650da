"""The places a lake can be, for tests: opened again, looked into, and damaged behind a store's back."""

import copy

from dataops_assets.lake.gcs import GCSStore
from dataops_assets.lake.store import LocalStore, Store


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
