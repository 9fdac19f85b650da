"""Replay and discard: what people say of bad rows becomes a correction in the lake, which the next load reads."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dataops_assets.lake.corrections import (
    CorrectedRow,
    Correction,
    Corrections,
    Fields,
    commit_correction,
    corrections_of,
    fields_of,
    row_id,
)
from dataops_assets.lake.store import Store
from dataops_assets.ledger.entry import key_of
from dataops_assets.load.set_aside import BadRow, bad_rows
from dataops_assets.model.partitions import Partition
from dataops_assets.warehouse.base import Warehouse
from dataops_assets.warehouse.tables import StagedTable

OURS = ("_row", "_partition", "_attempt", "_checks", "_reasons", "_state", "_line", "_raw")
"""Columns beside the fields of a row. _row, _raw: which row it is: its `id`, or its text in quarantine."""


class CorrectionRefused(ValueError):
    """What was given cannot be a correction of what is in quarantine; nothing was kept."""


@dataclass(frozen=True)
class Deciding:
    """Who decides about which partition. run_id: of the run that carries it out."""

    warehouse: Warehouse
    store: Store
    table: StagedTable
    partition: Partition | None
    by: str
    reason: str
    run_id: str = ""

    def replay(self, rows: Sequence[Mapping[str, Any]]) -> Correction | None:
        """Keep rows as what rows in quarantine are to be read as; None if all of it has been said before.

        rows: by the names that the source has for the fields. `_row` or `_raw` says which row one is of, whose other
        fields stay as they are; or else the columns of the key do, if there is one bad row of it; or else they are as
        many as there are bad rows in the partition, and take their place. One that is as it was says nothing.
        """
        known, bad = self._known()
        given = [{name: _text(value) for name, value in row.items()} for row in rows]
        self._check(given)
        as_hash = hashlib.sha256(json.dumps([sorted(row.items()) for row in given]).encode()).hexdigest()
        said = {row.was: row for each in known.every if each.given == as_hash for row in each.rows}
        if said and all(known.rows[was][1] == row for was, row in said.items()):
            return None
        every = _once([*(row.raw for row in bad), *known.rows])
        found = self._by_id(given, every) or self._by_key(given, every) or self._in_order(given, bad)
        changed = [
            CorrectedRow(was, reads) for was, reads in found.items() if was in known.rows or reads != fields_of(was)
        ]
        return self._commit(known, changed, as_hash)

    def discard(self, ids: Collection[str] = (), check: str = "") -> Correction | None:
        """Give up bad rows of the partition: those of these ids, those that fail this check, or all."""
        known, bad = self._known()
        chosen = [row for row in bad if not check or check in row.checks.split(", ")]
        every = _once([*(row.raw for row in chosen), *([] if check else known.rows)])
        if missing := set(ids) - {row_id(raw) for raw in every}:
            raise CorrectionRefused(f"{self._label}: no bad row is called {', '.join(sorted(missing))}; {self._look}")
        gone = [raw for raw in every if row_id(raw) in ids] if ids else _once(row.raw for row in chosen)
        return self._commit(known, [CorrectedRow(raw) for raw in gone])

    def still_bad(self, correction: Correction) -> list[BadRow]:
        """Its rows that are in quarantine all the same, once it was loaded."""
        concerned = {row.was for row in correction.rows if row.reads is not None}
        return [row for row in self._open() if row.raw in concerned]

    @property
    def _label(self) -> str:
        return self.table.label(key_of(self.partition))

    @property
    def _look(self) -> str:
        key = key_of(self.partition)
        option = f" --partition {key}" if key else ""
        return f"see dataops quarantine show {self.table.source.name}{option}"

    def _open(self) -> list[BadRow]:
        rows = bad_rows(self.warehouse, self.table, key_of(self.partition))
        return [row for row in rows if row.state != "discarded" and row.checks != "uniqueness"]

    def _known(self) -> tuple[Corrections, list[BadRow]]:
        known = corrections_of(self.store, self.table.source.name, self.partition)
        if known.problem:
            raise CorrectionRefused(f"{self._label}: {known.problem}")
        return known, self._open()

    def _check(self, given: Sequence[Fields]) -> None:
        if not given:
            raise CorrectionRefused(f"{self._label}: no row is given")
        fields = {column.source for column in self.table.spec.read_columns}
        if unknown := sorted({name for row in given for name in row} - fields - set(OURS)):
            raise CorrectionRefused(
                f"{self._label}: the contract reads no field {', '.join(map(repr, unknown))}; it reads "
                f"{', '.join(sorted(fields))}"
            )
        key = key_of(self.partition)
        if others := sorted({of for row in given if (of := row.get("_partition")) and of != key}):
            raise CorrectionRefused(
                f"{self._label}: there are rows of {', '.join(others)}; give one partition at a time"
            )

    def _by_id(self, given: Sequence[Fields], every: Sequence[str]) -> dict[str, Fields]:
        """By what it was, what each row reads."""
        named = [row.get("_raw") or row.get("_row") for row in given]
        if not any(named):
            return {}
        known = {row_id(raw): raw for raw in every} | {raw: raw for raw in every}
        for name in named:
            if name not in known:
                what = f"{name!r} is the _row of no bad row" if name else "one row has no _row, the others have"
                raise CorrectionRefused(f"{self._label}: {what}; {self._look}")
        return self._paired([known[str(name)] for name in named], given)

    def _by_key(self, given: Sequence[Fields], every: Sequence[str]) -> dict[str, Fields]:
        spec = self.table.spec
        key = [spec.column(name).source for name in spec.key if spec.column(name).sql is None]
        if not key or len(key) != len(spec.key):
            return {}
        by_key: dict[tuple[str | None, ...], list[str]] = {}
        for raw in every:
            fields = fields_of(raw)
            by_key.setdefault(tuple(fields.get(name) for name in key), []).append(raw)
        places = [by_key.get(tuple(row.get(name) for name in key), []) for row in given]
        if any(len(place) != 1 for place in places):
            return {}
        return self._paired([raw for [raw] in places], given)

    def _in_order(self, given: Sequence[Fields], bad: Sequence[BadRow]) -> dict[str, Fields]:
        there = _once(row.raw for row in bad)
        if len(there) != len(given):
            raise CorrectionRefused(
                f"{self._label}: {len(given)} rows are given, {len(there)} different ones are in quarantine; say which "
                f"is which in a column _row, as it is written by: "
                f"dataops quarantine show {self.table.source.name} --format csv"
            )
        return {raw: _fields(row, {}) for raw, row in zip(there, given, strict=True)}

    def _paired(self, raws: Sequence[str], given: Sequence[Fields]) -> dict[str, Fields]:
        if twice := [row_id(raw) for raw, count in Counter(raws).items() if count > 1]:
            raise CorrectionRefused(f"{self._label}: the row {twice[0]} is given twice; rows that are alike are one")
        return {raw: _fields(row, fields_of(raw)) for raw, row in zip(raws, given, strict=True)}

    def _commit(self, known: Corrections, rows: Sequence[CorrectedRow], given: str = "") -> Correction | None:
        new = [row for row in rows if row.was not in known.rows or known.rows[row.was][1] != row]
        if not new:
            return None
        return commit_correction(
            self.store,
            self.table.source.name,
            self.partition,
            new,
            by=self.by,
            reason=self.reason,
            run_id=self.run_id,
            given=given,
        )


def _once(texts: Iterable[str]) -> list[str]:
    """Each of them, in their order."""
    return list(dict.fromkeys(texts))


def _fields(row: Fields, was: Fields) -> dict[str, str | None]:
    """What a row reads; a field that is not given is as it was. A CSV file cannot tell an empty text from none."""
    given = {name: was[name] if not value and was.get(name) == "" else value for name, value in row.items()}
    return {**was, **{name: value for name, value in given.items() if name not in OURS}}


def _text(value: Any) -> str | None:
    """A value as a source would write it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(value, default=_text, ensure_ascii=False)
    return str(value)
