"""Reading a file line by line in Python, when the engine stops at a line that is broken.

The rows that can be read go on as usual; a broken line becomes a row with nothing but `_unreadable`, its text, and so
ends up in quarantine instead of stopping the partition. Slow, and therefore only the second way.
"""

import csv
import gzip
import io
from collections.abc import Iterator, Sequence

import msgspec
import pyarrow as pa

from dataops_assets.lake.manifest import StoredFile
from dataops_assets.lake.store import Store


def read_leniently(store: Store, files: Sequence[tuple[str, StoredFile]], wanted: Sequence[str]) -> pa.Table:
    """All rows of these files: the wanted columns as text, `_file`, and `_unreadable` for the lines that are broken."""
    schema = pa.schema([(name, pa.string()) for name in (*wanted, "_file", "_unreadable")])
    records = []
    for uri, file in files:
        if file.format == "parquet":
            raise ValueError(f"{uri}: the Parquet file cannot be read; extract the partition again")
        with store.open(file.path) as stored:
            stream = gzip.open(stored) if file.compression == "gzip" else stored
            text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")  # type: ignore[arg-type]
            rows = _json_lines(text) if file.format == "jsonl" else _csv_rows(text)
            for values, broken in rows:
                record = {name: values.get(name) for name in wanted}
                records.append({**record, "_file": uri, "_unreadable": broken})
    return pa.Table.from_pylist(records, schema=schema)


def _json_lines(text: io.TextIOWrapper) -> Iterator[tuple[dict[str, str | None], str | None]]:
    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
    for line in text:
        if not line.strip():
            continue
        try:
            yield {name: _json_text(bytes(raw)) for name, raw in decoder.decode(line).items()}, None
        except (msgspec.DecodeError, UnicodeError):
            yield {}, line.rstrip("\n")


def _json_text(raw: bytes) -> str | None:
    if raw == b"null":
        return None
    return msgspec.json.decode(raw, type=str) if raw.startswith(b'"') else raw.decode()


def _csv_rows(text: io.TextIOWrapper) -> Iterator[tuple[dict[str, str | None], str | None]]:
    rows = csv.reader(text)
    header = next(rows, [])
    for row in rows:
        if not row:
            continue
        if len(row) != len(header):
            line = io.StringIO()
            csv.writer(line, lineterminator="").writerow(row)
            yield {}, line.getvalue()
        else:
            yield {name: value or None for name, value in zip(header, row, strict=True)}, None
