"""The content of an object while it comes, with its checksums."""

import io
import tempfile
from typing import Any, BinaryIO

from dataops_assets.lake.checksums import Digest


class Arrived(io.RawIOBase):
    """What a download has brought: in memory, and on disk beyond so many bytes."""

    def __init__(self, in_memory: int) -> None:
        self.file = tempfile.SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115
        self.digest = Digest()

    def writable(self) -> bool:
        return True

    def write(self, chunk: Any) -> int:
        self.digest.update(bytes(chunk))
        return self.file.write(chunk)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.file.seek(offset, whence)
        return self.file.tell()

    def close(self) -> None:
        self.file.close()
        super().close()

    def rewound(self) -> BinaryIO:
        """All that has come, as a file: the spooled one is none that text can be read from."""
        self.file.seek(0)
        return io.BufferedReader(self, 1 << 16)
