"""Records of JSON, kept exactly as the source wrote them: one line each, and a note of the columns they have.

Nothing here turns a number or a text into a Python value that is stored: `1.50`, `1e400` and integers of thirty digits
stay as they are.
"""

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from dataops_assets.sources.base import DataFile
from dataops_assets.sources.limits import ROW_BYTES, row_too_long

# Measured on 101 MB of flights: level 1 0.69 s and 16.6 MB, 2 0.71 s and 15.2 MB, 4 1.11 s and 13.4 MB,
# 6 2.17 s and 11.5 MB.
GZIP_LEVEL = 2
PART_BYTES = 64 * 2**20

_KINDS = {ord('"'): "string", ord("{"): "object", ord("["): "array", ord("t"): "boolean", ord("f"): "boolean"}
_NULL = ord("n")
_TYPES: dict[str, Any] = {"string": str, "number": int | float, "boolean": bool, "object": dict, "array": list}
_SAMPLE = 20  # records of a page from which its shape is guessed

DEEPEST = 500
"""How many brackets may be open at once in a record: BigQuery's limit (https://cloud.google.com/bigquery/docs/json-data),
and so that of all engines; Python's own depends on who calls.
"""
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BRACKET = re.compile(rb"[\[\]{}]")

_one = msgspec.json.Decoder(dict[str, msgspec.Raw])
_many = msgspec.json.Decoder(list[msgspec.Raw])
_LINE_END = re.compile(rb"[\r\n]")


def too_deep(record: bytes) -> bool:
    """Are more brackets open at once in a record than any engine reads?"""
    if record.count(b"[") + record.count(b"{") <= DEEPEST:
        return False
    depth = 0
    for sign in _BRACKET.finditer(_TEXT.sub(b"", record)):
        depth += 1 if sign.group() in b"[{" else -1
        if depth > DEEPEST:
            return True
    return False


def split(array: bytes | msgspec.Raw) -> list[msgspec.Raw]:
    """The elements of a JSON array, each as the bytes it came in. Raises msgspec.DecodeError."""
    return _many.decode(array)


def lines(records: Sequence[bytes | msgspec.Raw]) -> bytes:
    """The records, one a line. Only a record written over several lines is touched: its white space goes."""
    text = b"\n".join(records)
    if text.count(b"\n") != len(records) - 1 or b"\r" in text:
        text = b"\n".join(_single_line(bytes(record)) for record in records)
    return text + b"\n"


def _single_line(record: bytes) -> bytes:
    return msgspec.json.format(record, indent=-1) if _LINE_END.search(record) else record


class Columns:
    """The columns of the records seen so far and the JSON types of their values; nulls count where nothing else came.

    Looking at every value would cost more than everything else an extraction does. So a page is first compared with
    the shape that is known, by a decoder compiled for it (0.4 s for 6.4 million values), and only records of a page
    that differs are looked into one by one.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, set[str]] = {}

    def page(self, array: bytes | msgspec.Raw, records: Sequence[bytes | msgspec.Raw]) -> None:
        """Take note of the columns of `records`, which are the elements of `array`.

        Raises msgspec.ValidationError if a record is no object.
        """
        if not records:
            return
        for record in records[:: max(1, len(records) // _SAMPLE)]:
            self.record(record)
        if not self._has_known_shape(array):
            for record in records:
                self.record(record)

    def record(self, record: bytes | msgspec.Raw) -> None:
        """Take note of the columns of one record. Raises msgspec.DecodeError, ValidationError if it is no object."""
        for name, value in _one.decode(record).items():
            first = memoryview(value)[0]
            kinds = self._kinds.setdefault(name, set())
            if first != _NULL:
                kinds.add(_KINDS.get(first, "number"))

    def _has_known_shape(self, array: bytes | msgspec.Raw) -> bool:
        shape = tuple((name, tuple(sorted(kinds))) for name, kinds in self._kinds.items())
        decoder = _decoder(shape)
        if decoder is None:
            return False
        try:
            decoder.decode(array)
        except (msgspec.DecodeError, RecursionError):
            # An unknown column or type, or a value Python cannot hold (1e400): only looking closely tells.
            return False
        return True

    def seen(self) -> dict[str, str]:
        """Column → types, in the order in which the columns appeared."""
        return {name: "|".join(sorted(kinds)) or "null" for name, kinds in self._kinds.items()}


@lru_cache(maxsize=256)
def _decoder(shape: tuple[tuple[str, tuple[str, ...]], ...]) -> msgspec.json.Decoder[Any] | None:
    """A decoder that fails on any record which has other columns or types; `None` where it would not pay."""
    if len(shape) > 500:
        return None
    fields: list[Any] = []
    for number, (name, kinds) in enumerate(shape):
        expected: Any = None
        for kind in kinds:
            expected = expected | _TYPES[kind] if expected is not None else _TYPES[kind] | None
        fields.append((f"c{number}", expected, msgspec.field(default=None, name=name)))
    try:
        record = msgspec.defstruct("Record", fields, forbid_unknown_fields=True, gc=False)
    except ValueError:
        return None  # a name with a quote, a backslash or a control character
    return msgspec.json.Decoder(list[record])


class RecordPage:
    """One page of records: the JSON array as it came, and its elements."""

    def __init__(self, array: bytes | msgspec.Raw, records: list[msgspec.Raw]) -> None:
        self.array, self.records = array, records


def parts(
    pages: Iterable[RecordPage], part_bytes: int = PART_BYTES, row_bytes: int = ROW_BYTES, where: str = "the answer"
) -> Iterator[DataFile]:
    """Pages of records as gzip files of JSON lines, each of about `part_bytes` before compression.

    The same records give the same bytes. Holds one page at a time; without a record there is no file. Raises
    PermanentSourceError for a record of more than `row_bytes`; where: what it names.
    """
    filled = (page for page in pages if page.records)
    ahead = next(filled, None)
    number = 0
    while ahead is not None:
        file = DataFile(f"part-{number:05d}.jsonl.gz", "jsonl", "gzip", iter(()))
        first = ahead

        def chunks(file: DataFile = file, page: RecordPage | None = first) -> Iterator[bytes]:
            nonlocal ahead
            columns = Columns()
            # wbits 31 is gzip with a header that holds no time and no name.
            gzip = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31)
            size = 0
            while page is not None:
                if len(memoryview(page.array)) > row_bytes:
                    for place, record in enumerate(page.records, file.rows + 1):
                        if len(memoryview(record)) > row_bytes:
                            raise row_too_long(where, f"record {place} of {file.name}", row_bytes)
                columns.page(page.array, page.records)
                text = lines(page.records)
                size += len(text)
                file.rows += len(page.records)
                if packed := gzip.compress(text):
                    yield packed
                page = ahead = next(filled, None)
                if size >= part_bytes:
                    break
            file.columns = columns.seen()
            yield gzip.flush()

        file.chunks = chunks()
        yield file
        if ahead is first:
            raise RuntimeError(f"the chunks of {file.name} were not consumed before the next file was asked for")
        number += 1
