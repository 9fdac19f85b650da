"""Is an object still what was stored? By its bytes, or by the checksum that its store keeps."""

import base64
import hashlib
from pathlib import Path
from typing import BinaryIO

from dataops_assets.lake.store import Store

_CHUNK = 1 << 20


class Digest:
    """Size, SHA-256 and CRC32C of a stream; CRC32C in base64, as Cloud Storage writes it."""

    def __init__(self) -> None:
        import google_crc32c  # a client of Google's brings it; it is not needed to load the definitions

        self.size = 0
        self._sha256, self._crc32c = hashlib.sha256(), google_crc32c.Checksum()

    def update(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._sha256.update(chunk)
        self._crc32c.update(chunk)

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    @property
    def crc32c(self) -> str:
        return base64.b64encode(self._crc32c.digest()).decode()


def digest_of(stream: BinaryIO) -> Digest:
    """Of what is left in a stream, read in pieces."""
    digest = Digest()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest


def digest_of_file(file: Path) -> Digest:
    """Of a local file."""
    with file.open("rb") as stream:
        return digest_of(stream)


def problem_of(
    store: Store, path: str, size: int, sha256: str, crc32c: str | None, *, hash: bool = True, reread: bool = False
) -> str | None:
    """What is wrong with an object, or None.

    hash: compare the SHA-256 too. Where the store keeps a CRC32C, and the one of the bytes whose SHA-256 this is
    was noted when they were stored, these are compared instead and nothing is read, unless `reread`.
    """
    info = store.stat(path)
    if info is None:
        return "is missing"
    if info.size != size:
        return f"has {info.size} bytes, the manifest says {size}"
    if not hash:
        return None
    if info.crc32c is not None and crc32c is not None and info.crc32c != crc32c:
        return f"has CRC32C {info.crc32c}, the manifest says {crc32c}"
    if info.crc32c is None or crc32c is None or reread:
        with store.open(path) as stream:
            if digest_of(stream).sha256 != sha256:
                return "has another SHA-256 than the manifest says"
    return None
