"""Small JSON objects beside versions: their manifests, and the pointers to the current ones."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.manifest import Count, Sha256
from dataops_assets.lake.store import ObjectMissing, Store

Name = Annotated[str, msgspec.Meta(pattern=r"^(?!\.{1,2}\Z)[^/\\\x00-\x1f]+\Z")]
"""Of what lies in a folder: no path that leads out of it."""


class StoredPart(msgspec.Struct):
    """One file of a version."""

    name: Name
    bytes: Count
    sha256: Sha256
    crc32c: str | None = None


class VersionManifest(msgspec.Struct):
    """What is read of a manifest; it says more."""

    version: Name
    files: list[StoredPart]


class Pointer(msgspec.Struct):
    """What is read of a pointer; it says more."""

    version: Name


def read_record(store: Store, path: str, kind: type[VersionManifest | Pointer]) -> dict[str, Any] | None:
    """All that the object says, or None if there is none; raises LakeDamaged if it is not of this kind."""
    try:
        record = json.loads(store.read(path))
        msgspec.convert(record, kind)
    except ObjectMissing:
        return None
    except ValueError as error:
        raise LakeDamaged(f"{store.uri(path)} cannot be read: {error}") from error
    return record


def to_json(record: Mapping[str, Any]) -> bytes:
    """The content of such an object."""
    # Indented by msgspec: Python's own encoder leaves C as soon as it is to indent, and a backfill writes thousands.
    return msgspec.json.format(json.dumps(record).encode(), indent=1)
