"""The blocks of a DuckDB file that a checkpoint overwrites in place, kept until it has ended.

DuckDB writes new blocks beside the old ones and then switches a header, so that a checkpoint cut short changes nothing.
Blocks of metadata are the exception: one block holds parts of the old state and of the new, and is written in place. A
process killed within that write, a full disk or a power cut leave a block whose checksum fails, and a file that nobody
can open again (seen with DuckDB 2.0). So their bytes lie beside the file meanwhile, and the next to open it puts them
back. The log still holds what the checkpoint was to move into the file: nothing is lost.

It can go once DuckDB writes such blocks beside the old ones: `test_the_checkpoint_overwrites_what_it_still_needs` fails
then. Of a version that is not known in here, whose layout may be another one, nothing is kept and nothing put back.

The layout, three headers of 4096 bytes and then blocks of one size, is described in https://duckdb.org/docs/internals/storage.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

import duckdb

from dataops_assets.warehouse.errors import WarehouseError

_HEADERS = 3 * 4096
_KNOWN = ("2.",)  # versions of DuckDB, by how they begin, whose files are laid out as below


def needed(file: Path) -> bool:
    """Whether the process that wrote last was stopped within its checkpoint; to be asked under the lock."""
    return _kept(file).exists()


def understood() -> bool:
    """Is this a version of DuckDB whose layout is known in here?"""
    return duckdb.__version__.startswith(_KNOWN)


def keep(file: Path, blocks: Iterable[int], block_size: int) -> None:
    """Lay the bytes of these blocks of `file` beside it, before a checkpoint."""
    size = file.stat().st_size
    kept = [block for block in sorted(set(blocks)) if _HEADERS + (block + 1) * block_size <= size]
    fresh = file.with_name(f"{file.name}.undo.new")
    with file.open("rb") as source, fresh.open("wb") as target:
        about = {"headers": _headers(source.fileno()), "blocks": kept, "block_size": block_size}
        target.write(json.dumps(about).encode() + b"\n")
        for block in kept:
            target.write(os.pread(source.fileno(), block_size, _HEADERS + block * block_size))
        target.flush()
        os.fsync(target.fileno())
    os.replace(fresh, _kept(file))


def drop(file: Path) -> None:
    """The checkpoint has ended."""
    _kept(file).unlink(missing_ok=True)


def restore(file: Path) -> None:
    """Put the blocks back if need be; to be called under the exclusive lock. Raises WarehouseError if it must not."""
    if not needed(file):
        return
    if not understood():
        raise WarehouseError(
            f"{file}: a checkpoint of DuckDB {' or '.join(known + 'x' for known in _KNOWN)} was cut short, and this is "
            f"DuckDB {duckdb.__version__}, whose files may be laid out otherwise; nothing was changed. Run `dataops "
            "status` once with the version that wrote it, and upgrade then"
        )
    with _kept(file).open("rb") as source, file.open("r+b") as target:
        about = json.loads(source.readline())
        if about["headers"] == _headers(target.fileno()):  # otherwise it had come so far that all blocks are written
            for block in about["blocks"]:
                os.pwrite(target.fileno(), source.read(about["block_size"]), _HEADERS + block * about["block_size"])
            os.fsync(target.fileno())
    drop(file)


def _kept(file: Path) -> Path:
    return file.with_name(f"{file.name}.undo")


def _headers(descriptor: int) -> str:
    return hashlib.sha256(os.pread(descriptor, _HEADERS, 0)).hexdigest()
