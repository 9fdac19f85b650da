"""Which rows of a raw file are about somebody, and the file without them: every other row as it came."""

import csv
import gzip
import io
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dataops_assets.lake.manifest import StoredFile

_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,2})?")
_GZIP_LEVEL = 6


class CannotRewrite(ValueError):
    """A raw file from which rows cannot be taken; the message says which and why, and no value."""


@dataclass(frozen=True)
class Field:
    """A field of a source that says whom a row is about. key: the subject key. integer: is it read as an Integer?"""

    name: str
    key: str
    integer: bool = False

    def canonical(self, text: str | None) -> str | None:
        """The text by which two values that are one to the contract are the same; None for a missing one."""
        if text is None or not self.integer:
            return text or None
        if not _NUMBER.fullmatch(text):
            return text
        try:
            number = Decimal(text)
        except InvalidOperation:
            return text
        return str(int(number)) if number == number.to_integral_value() else text


@dataclass(frozen=True)
class Subjects:
    """Who they are. fields: of the source, by which rows name them. values: by key, those that are known. hashes: by
    key, the keyed hashes of others, with `hashed`, which makes them. rows: whole rows, as fields by name, that people
    have corrected to be about them.
    """

    fields: Sequence[Field]
    values: Mapping[str, Set[str]]
    hashes: Mapping[str, Set[str]] | None = None
    hashed: Callable[[str], str] | None = None
    rows: Sequence[Mapping[str, str | None]] = ()

    def names(self, field: Field, text: str | None) -> bool:
        """Does this value of the field name one of them?"""
        canonical = field.canonical(text)
        if canonical is None:
            return False
        if canonical in self.values.get(field.key, ()):
            return True
        wanted = (self.hashes or {}).get(field.key)
        return bool(wanted and self.hashed and self.hashed(canonical) in wanted)

    def are_in(self, values: Callable[[str], str | None]) -> bool:
        """Is a row about one of them? values: gives a field's text."""
        if any(self.names(field, values(field.name)) for field in self.fields):
            return True
        return any(all(values(name) == text for name, text in row.items()) for row in self.rows)

    def are_named_in(self, text: str) -> bool:
        """Is one of them named in a line that is no record? As a word; of those of whom only a hash is known: no."""
        every = {value for field in self.fields for value in self.values.get(field.key, ())}
        return any(re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) for value in every if value in text)


@dataclass(frozen=True)
class Rewritten:
    """removed, broken: how many rows are gone, and how many of them were lines that are no record."""

    removed: int
    broken: int = 0


def without(source: BinaryIO, target: Path, file: StoredFile, subjects: Subjects) -> Rewritten:
    """Write the file to `target` without the rows of these subjects; the bytes of other lines stay as they are.

    Nothing is to be used of `target` where nothing is removed. Raises CannotRewrite.
    """
    if file.format == "parquet":
        return _parquet(source, target, file, subjects)
    stream: Any = gzip.GzipFile(fileobj=source) if file.compression == "gzip" else source
    with target.open("wb") as written:
        if file.compression == "gzip":
            # Without a time and a name, so that the same rows give the same bytes.
            with gzip.GzipFile("", "wb", _GZIP_LEVEL, written, mtime=0) as packed:
                return _text(stream, packed, file, subjects)
        return _text(stream, written, file, subjects)


def _text(stream: Any, target: Any, file: StoredFile, subjects: Subjects) -> Rewritten:
    removed = broken = rows = 0
    records = _json_lines(stream) if file.format == "jsonl" else _csv_records(stream, file)
    for content, values, text in records:
        about = subjects.are_in(values.get) if values is not None else subjects.are_named_in(text)
        if about:
            removed += 1
            broken += values is None
            continue
        rows += 1
        target.write(content)
    return Rewritten(removed, broken)


_Record = tuple[bytes, Mapping[str, str | None] | None, str]
"""A record's bytes, its fields, or None for what is no record, and its text then."""


def _json_lines(stream: Any) -> Iterator[_Record]:
    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
    for number, line in enumerate(io.BufferedReader(stream) if not hasattr(stream, "readline") else stream):
        record = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 0 else line.strip()
        if not record:
            yield line, {}, ""
            continue
        try:
            found = decoder.decode(record)
            yield line, _Texts(found), ""
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            yield line, None, line.decode(errors="replace")


class _Texts(Mapping[str, "str | None"]):
    """The fields of a JSON record as text, each made when it is asked for."""

    def __init__(self, fields: Mapping[str, msgspec.Raw]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> str | None:
        raw = bytes(self._fields[name])
        if raw == b"null":
            return None
        return msgspec.json.decode(raw, type=str) if raw.startswith(b'"') else raw.decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def _csv_records(stream: Any, file: StoredFile) -> Iterator[_Record]:
    # The limit of the whole process, 128 KiB a field, would refuse long texts.
    csv.field_size_limit(sys.maxsize)
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape", newline="")
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in text:
            taken.append(line)
            yield line.removeprefix("\ufeff") if first else line

    first, header = True, list[str]()
    rows = csv.reader(lines(), strict=True)
    while True:
        taken.clear()
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error:
            row = None
        source = "".join(taken)
        content = source.encode("utf-8", "surrogateescape")
        if first:
            if row is None:
                raise CannotRewrite(f"{file.path}: its header cannot be read")
            first, header = False, row
            yield content, {}, ""
        elif row is not None and not row and len(header) > 1:  # a blank line
            yield content, {}, ""
        elif row is None or len(row or [""]) != len(header):
            yield content, None, source
        else:
            yield content, {n: v or None for n, v in zip(header, row or [""], strict=True)}, ""
    text.detach()


def _parquet(source: BinaryIO, target: Path, file: StoredFile, subjects: Subjects) -> Rewritten:
    try:
        opened = pq.ParquetFile(source)
        schema = opened.schema_arrow
        fields = [field for field in subjects.fields if field.name in schema.names]
        for field in fields:
            kind = schema.field(field.name).type
            kind = kind.value_type if pa.types.is_dictionary(kind) else kind
            if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)):
                raise CannotRewrite(
                    f"{file.path}: {field.name!r} is of type {kind}; rows are found by texts and integers"
                )
        if subjects.rows:
            raise CannotRewrite(
                f"{file.path}: rows of the table were corrected to be about the subject, and in Parquet they cannot be "
                "found by their text; discard these corrections, or have the file delivered again without the row"
            )
        removed, codec = 0, _codec(opened)
        with pq.ParquetWriter(target, schema, compression=codec) as writer:
            for group in range(opened.num_row_groups):
                table = opened.read_row_group(group)
                gone = np.zeros(table.num_rows, bool)
                for field in fields:
                    gone |= _about(table.column(field.name), field, subjects)
                count = int(np.count_nonzero(gone))
                removed += count
                kept = _compact(table.filter(pa.array(~gone)) if count else table, file)
                writer.write_table(kept, row_group_size=max(kept.num_rows, 1))
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, pa.ArrowMemoryError):
            raise
        raise CannotRewrite(f"{file.path} cannot be read as Parquet") from error
    return Rewritten(removed)


def _about(column: pa.ChunkedArray, field: Field, subjects: Subjects) -> np.ndarray:
    """Of each row, whether the column names one of them; each distinct value is looked at once."""
    values = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    distinct = values.unique().to_pylist()
    named = {value for value in distinct if value is not None and subjects.names(field, str(value))}
    return np.array([value in named for value in values.to_pylist()] if named else [False] * len(values), bool)


def _compact(table: pa.Table, file: StoredFile) -> pa.Table:
    """With dictionaries made anew: a filter leaves those as they are, with the values that no row has any more."""
    for place, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            values = table.column(place).cast(column.type.value_type).dictionary_encode().cast(column.type)
            table = table.set_column(place, column, values)
        elif "dictionary<" in str(column.type):
            raise CannotRewrite(
                f"{file.path}: {column.name!r} is of type {column.type}, whose dictionary cannot be made anew"
            )
    return table


def _codec(opened: pq.ParquetFile) -> str:
    metadata = opened.metadata
    if not metadata.num_row_groups or not metadata.num_columns:
        return "zstd"
    codec = metadata.row_group(0).column(0).compression
    return "none" if codec == "UNCOMPRESSED" else codec.lower()
