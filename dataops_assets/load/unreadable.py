"""Reading files line by line in Python, for what the engine cannot read as it should.

A file with a broken line stops the engine. Here the rows that can be read go on as usual, and a broken line becomes a
row with nothing but `_unreadable`, its text: it ends up in quarantine instead of stopping the partition. And the engine
reads a JSON number with a point as a float, which a `Numeric` column must not lose digits to.

Slow, and therefore only for the files that need it.
"""

import csv
import gzip
import io
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataops_assets.dialects.base import NUMERIC_TYPE
from dataops_assets.lake.manifest import StoredFile
from dataops_assets.lake.store import Store
from dataops_assets.load.nested_values import fitted, has_nested
from dataops_assets.load.parquet_values import UnfitValues
from dataops_assets.sources.jsonlines import DEEPEST, too_deep
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import StagedTable

_BATCH = 50_000
_CHUNK = 1 << 20
_DIGITS_ALIKE = bytes.maketrans(b"123456789.E", b"0000000000e")
_HELD_BYTES = 64 << 20  # of rows of Parquet files that are handed on together

Row = tuple[dict[str, str | None], str | None]
"""The fields of a row as text, and the text of a line that is broken."""


def read_leniently(
    store: Store, files: Sequence[tuple[str, StoredFile]], kinds: Mapping[str, Collection[pa.DataType]]
) -> pa.Table:
    """All rows of these text files, with `_file`, and `_unreadable` for the broken lines.

    kinds: the wanted columns, each with the types it is wanted as. They come as text, lists and records as such.
    """
    wanted = list(kinds)
    nested = {name: types for name, types in kinds.items() if has_nested({name: types})}
    schema = pa.schema([(name, pa.string()) for name in (*wanted, "_file", "_unreadable")])
    tables = [schema.empty_table()]
    for uri, file in files:
        columns: list[list[str | None]] = [[] for _ in schema]
        for values, broken in _rows(store, file):
            for name, column in zip(wanted, columns, strict=False):
                column.append(values.get(name))
            columns[-2].append(uri)
            columns[-1].append(broken)
            if len(columns[-1]) >= _BATCH:
                tables.append(pa.table([pa.array(c, pa.string()) for c in columns], schema=schema))
                columns = [[] for _ in schema]
        tables.append(pa.table([pa.array(c, pa.string()) for c in columns], schema=schema))
    table = pa.concat_tables(tables)
    if not nested:
        return table
    typed = fitted({name: table[name] for name in wanted}, {name: {pa.string()} for name in wanted} | nested)
    unreadable = pc.call_function("coalesce", [table["_unreadable"], typed["_unreadable"]])
    return (
        typed.drop_columns("_unreadable")
        .append_column("_file", table["_file"])
        .append_column("_unreadable", unreadable)
    )


def needs_exact_text(
    session: Session,
    table: StagedTable,
    store: Store,
    file: StoredFile,
    numeric: pa.DataType = NUMERIC_TYPE,
) -> bool:
    """Does a JSON file give numbers, or lists and objects that may hold some, to a column that keeps every digit?

    Where the engine does not keep them itself. Or has a CSV file a header of several lines? DuckDB takes all rows for a
    part of it where the lines of the header end in another way than those of the file. Or does a text file give lists
    or records, which are read in Python?
    numeric: the type of such columns that is asked for, beside text.
    """
    if file.format != "parquet" and any(pa.types.is_nested(c.type) for c in table.spec.read_columns):
        return True
    if file.format == "csv":
        return any("\n" in name or "\r" in name for name in file.columns)
    if session.exact_json or file.format != "jsonl":
        return False
    if file.broken:  # the engine would find them out, or read what is nested deeper than others read
        return True
    seen = [(c.type, set(file.columns.get(c.source, "").split("|"))) for c in table.spec.read_columns]
    if any(pa.types.is_string(kind) and kinds & {"number", "array", "object"} for kind, kinds in seen):
        return True
    return any(kind == numeric and "number" in kinds for kind, kinds in seen) and has_long_numbers(store, file)


def has_long_numbers(store: Store, file: StoredFile) -> bool:
    """Does a JSON file hold a number that a float changes: of more than 15 digits, or with an exponent of three?

    True for other long runs of digits as well, such as those in a text.
    """
    tail = b""
    with store.open(file.path) as stored:
        stream: Any = gzip.GzipFile(fileobj=stored) if file.compression == "gzip" else stored
        while chunk := stream.read(_CHUNK):
            text = tail + chunk.translate(_DIGITS_ALIKE)
            if b"0" * 16 in text or b"e-000" in text:
                return True
            tail = text[-15:]
    return False


def read_parquet(
    store: Store, files: Sequence[tuple[str, StoredFile]], kinds: Mapping[str, Collection[pa.DataType]]
) -> Iterator[pa.Table]:
    """All rows of these Parquet files, with `_file` and `_unreadable`, in tables by the types of their columns.

    No more is in memory than one file as it is stored and one batch of its rows, beside 64 MiB of rows before it.
    kinds: the wanted columns, each with the types it is wanted as; see `parquet_values.as_wanted`. Raises UnfitValues,
    with file and column.
    """
    tables: dict[pa.Schema, list[pa.Table]] = {}
    size = 0
    for uri, file in files:
        with store.open(file.path) as stored:
            content = stored.read()
        for table in _parquet_batches(uri, content, kinds):
            tables.setdefault(table.schema, []).append(table)
            size += table.nbytes
            if size >= _HELD_BYTES:
                yield from map(pa.concat_tables, tables.values())
                tables.clear()
                size = 0
    yield from map(pa.concat_tables, tables.values())


def _parquet_batches(uri: str, content: bytes, kinds: Mapping[str, Collection[pa.DataType]]) -> Iterator[pa.Table]:
    """The wanted columns of one file, `_file` and `_unreadable`; of a file that is damaged, what comes before that."""
    try:
        opened = pq.ParquetFile(pa.BufferReader(content))
        read = [name for name in kinds if name in opened.schema_arrow.names]
        batches = opened.iter_batches(_BATCH, columns=read)
        while (batch := next(batches, None)) is not None:
            given = {
                name: pa.chunked_array([batch.column(name) if name in read else pa.nulls(batch.num_rows, pa.string())])
                for name in kinds
            }
            try:
                table = fitted(given, kinds)
            except UnfitValues as error:
                raise UnfitValues(f"{uri}: {error}") from error
            yield table.append_column("_file", pa.array([uri] * batch.num_rows, pa.string()))
    except pa.ArrowMemoryError:
        raise  # which says nothing of the file
    except (pa.ArrowException, OSError):
        return  # it gives fewer rows than its manifest counts, for which the attempt is refused


def _rows(store: Store, file: StoredFile) -> Iterator[Row]:
    with store.open(file.path) as stored:
        stream: Any = gzip.GzipFile(fileobj=stored) if file.compression == "gzip" else stored
        # Surrogates stand for bytes that are not UTF-8: such a line is broken, and its text shows "?" for them.
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        yield from _json_lines(text) if file.format == "jsonl" else _csv_rows(text)


def _json_lines(text: io.TextIOWrapper) -> Iterator[Row]:
    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
    text.reconfigure(newline="\n")
    for line in text:
        if not line.strip():
            continue
        try:
            if line.count("[") + line.count("{") > DEEPEST and too_deep(line.encode(errors="surrogateescape")):
                raise RecursionError
            yield {name: _json_text(bytes(raw)) for name, raw in decoder.decode(line.strip()).items()}, None
        except (msgspec.MsgspecError, UnicodeError, RecursionError):  # the last: nested too deep
            yield {}, _printable(line)


def _json_text(raw: bytes) -> str | None:
    if raw == b"null":
        return None
    return msgspec.json.decode(raw, type=str) if raw.startswith(b'"') else raw.decode()


def _csv_rows(text: io.TextIOWrapper) -> Iterator[Row]:
    # The limit of the whole process, 128 KiB a field, would refuse long texts.
    csv.field_size_limit(sys.maxsize)
    lines = _Lines(text)
    rows = csv.reader(lines, strict=True)
    header = next(rows, [])
    while True:
        lines.taken.clear()
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield {}, _printable("".join(lines.taken))
            continue
        source = "".join(lines.taken)
        if not row and len(header) > 1:
            continue
        if len(row or [""]) != len(header) or not _is_unicode(source):
            yield {}, _printable(source)
        else:
            yield {name: value or None for name, value in zip(header, row or [""], strict=True)}, None


class _Lines:
    """An iterator that remembers the lines it gave, to show a broken row as it came."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = iter(lines)
        self.taken: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken.append(line)
        return line


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeError:
        return False
    return True


def _printable(line: str) -> str:
    return line.rstrip("\r\n").encode(errors="replace").decode()
