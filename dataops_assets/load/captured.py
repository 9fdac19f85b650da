"""An incident becomes a test: bad rows of a partition, kept with the contract as it was, and loaded again anywhere."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import msgspec
import pyarrow as pa

from dataops_assets.contracts.spec import Column, TableSpec
from dataops_assets.lake.attempts import commit_extraction
from dataops_assets.lake.corrections import row_id
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.load.load import load
from dataops_assets.load.set_aside import BadRow, bad_rows
from dataops_assets.sources.base import DataFile, Extraction
from dataops_assets.validation.audit import MASK
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import StagedTable

REPEATED = "uniqueness"
"""The one check that no row fails by itself."""

_FILE = "captured.jsonl"


class NotCaptured(ValueError):
    """A file that holds no captured rows; the message names it."""


@dataclass(frozen=True)
class CapturedRow:
    """fields: as the source sent them, by its names, text. line: of one that could not be read, instead of them.
    checks: that it failed.
    """

    checks: Sequence[str]
    fields: Mapping[str, str | None] = field(default_factory=dict)
    line: str = ""

    def text(self, *names: str) -> str:
        """As a line of JSON, with null for those of the names that it does not have; or as the line that came."""
        return self.line or json.dumps({**dict.fromkeys(names), **self.fields})


@dataclass(frozen=True)
class Captured:
    """table: name of the source. contract: by column, what was asked of it then. captured_at: UTC."""

    table: str
    partition: str
    captured_at: datetime
    code_version: str
    reason: str
    contract: Mapping[str, str]
    rows: Sequence[CapturedRow]
    format_version: int = 1

    def __str__(self) -> str:
        return f"{self.table} {self.partition}".strip()


def chosen(rows: Iterable[BadRow], each: int) -> list[CapturedRow]:
    """So many rows of each check, each row once. Rows whose key repeats are left out: the fault is in none of them."""
    found: dict[str, CapturedRow] = {}
    counts: dict[str, int] = {}
    for row in rows:
        checks = [check for check in row.checks.split(", ") if check != REPEATED]
        if not checks or row.id in found or all(counts.get(check, 0) >= each for check in checks):
            continue
        found[row.id] = CapturedRow(checks, row.fields, "" if row.fields else row.raw)
        for check in checks:
            counts[check] = counts.get(check, 0) + 1
    return list(found.values())


def masked(row: CapturedRow, spec: TableSpec) -> CapturedRow | None:
    """Without personal data: another value of its type stands there. None for a line, which may have any."""
    hidden = {column.source: column for column in spec.read_columns if column.pii}
    if not hidden:
        return row
    if row.line:
        return None
    values = {n: _mask(hidden[n]) if n in hidden and value else value for n, value in row.fields.items()}
    return replace(row, fields=values)


def contract_of(spec: TableSpec) -> dict[str, str]:
    """What a contract asks of each column, and of the whole row under an empty name."""
    words = {c.name: str(c.type) for c in spec.columns}
    for check in spec.checks:
        name = check.column or ""
        words[name] = "; ".join(
            filter(None, [words.get(name, ""), f"{check.id} ({check.severity}): {check.description}"])
        )
    return words


def differences(case: Captured, table: StagedTable, storage: Storage) -> list[str]:
    """Load the rows of a case as the table is now, into a lake and a warehouse that have nothing of it. Returns a line
    for each row that is not found for all that it was; none if all are.
    """
    if case.table != table.source.name:
        raise ValueError(f"{case} is not of {table.asset}")
    partition = table.partition(case.partition or None)
    known = sorted({column.source for column in table.spec.read_columns})
    content = "".join(f"{row.text(*known)}\n" for row in case.rows).encode("utf-8", "surrogatepass")
    columns = {name: "string" for row in case.rows for name in row.fields}
    file = DataFile(_FILE, "jsonl", None, iter([content]), len(case.rows), columns)
    commit_extraction(storage.staging, case.table, partition, Extraction({"kind": "captured"}, {}, iter([file])))
    load(storage.warehouse, storage.staging, table, [partition], RunInfo("captured", case.code_version))
    now = _judged(bad_rows(storage.warehouse, table, case.partition))
    found = []
    for row in case.rows:
        checks = now.get(_known(row, known), [])
        if missing := [check for check in row.checks if check not in checks]:
            said = f"fails {', '.join(checks)}" if checks else "passes"
            found.append(f"{row.text()}: failed {', '.join(missing)}, and now {said}")
    return found


def changes(case: Captured, table: StagedTable) -> list[str]:
    """How the contract asks otherwise than it did when the case was captured."""
    now = contract_of(table.spec)
    return [
        f"{name or 'rows'}: {case.contract.get(name, 'nothing')} → {now.get(name, 'nothing')}"
        for name in dict.fromkeys([*case.contract, *now])
        if case.contract.get(name) != now.get(name)
    ]


def write(case: Captured, path: Path) -> None:
    """Keep a case in a file, unless its rows are there; raises FileExistsError if others are."""
    content = msgspec.json.format(msgspec.json.encode(case), indent=1) + b"\n"
    if path.exists():
        if read(path).rows != case.rows:
            raise FileExistsError(path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def read(path: Path) -> Captured:
    """The case in a file. Raises NotCaptured."""
    try:
        case = msgspec.json.decode(path.read_bytes(), type=Captured)
    except msgspec.MsgspecError as error:
        raise NotCaptured(f"{path}: {error}; write it anew with dataops capture, or delete it") from error
    if case.format_version != 1 or not case.rows:
        raise NotCaptured(f"{path}: it has the format {case.format_version}, and {len(case.rows)} rows; delete it")
    return case


def _judged(rows: Iterable[BadRow]) -> dict[str, list[str]]:
    return {
        row_id(json.dumps(sorted(row.fields.items())) if row.fields else row.raw): row.checks.split(", ")
        for row in rows
    }


def _known(row: CapturedRow, known: Sequence[str]) -> str:
    """By what a row is found in the quarantine, which has the fields that the contract reads by now."""
    if row.line:
        return row_id(row.line)
    fields = {name: row.fields.get(name) for name in known}
    return row_id(json.dumps(sorted(fields.items())))


def _mask(column: Column) -> str:
    kind = column.type
    if pa.types.is_boolean(kind):
        return "false"
    if pa.types.is_date(kind):
        return "1970-01-01"
    if pa.types.is_timestamp(kind):
        return "1970-01-01T00:00:00Z"
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return "0" if number else MASK
