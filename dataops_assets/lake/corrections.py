"""Corrections: what people have said of rows that the source sent, kept beside the attempts that have these rows.

    raw_{table}/[{partition}/]corrected={when it was said}/correction.json

One says of a row, to the letter, that it is to be read as another one, or that it is given up. It holds for such rows
in every attempt of the partition, also in one that is extracted later; what the source sends otherwise, it says nothing
of. So what a load makes of a partition follows from its attempts and its corrections, in whatever order they came.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import msgspec

from dataops_assets.lake.history import CORRECTED, listed
from dataops_assets.lake.paths import attempt_name, raw_prefix
from dataops_assets.lake.store import ObjectExists, ObjectMissing, Store
from dataops_assets.model.partitions import Partition

_FILE = "correction.json"
_COLLISIONS = 1000
_MICROSECOND = timedelta(microseconds=1)

Fields = Mapping[str, str | None]
"""Of a row, as text, by the names that the source has for them."""


@dataclass(frozen=True)
class CorrectedRow:
    """One row. was: as the quarantine has it, its fields as JSON, or a line. reads: what it is read as; None: nothing,
    it is given up.
    """

    was: str
    reads: Fields | None = None


@dataclass(frozen=True)
class Correction:
    """What somebody has said at a time. name: when, UTC. given: of what it was made, as a hash, if that was a file."""

    name: str
    by: str
    reason: str
    rows: Sequence[CorrectedRow]
    run_id: str = ""
    given: str = ""
    format_version: int = 1


@dataclass(frozen=True)
class Corrections:
    """All of a partition, the newest last. problem: why one of them cannot be read."""

    every: Sequence[Correction] = ()
    names: Sequence[str] = ()
    problem: str = ""

    @property
    def id(self) -> str:
        """By which the ledger notes them with what was loaded; "" if there are none."""
        return id_of(self.names)

    @cached_property
    def rows(self) -> Mapping[str, tuple[Correction, CorrectedRow]]:
        """What holds for each row, by what it was: the newest word."""
        return {row.was: (each, row) for each in self.every for row in each.rows}


NONE = Corrections()


def row_id(raw: str) -> str:
    """The `id` of rows that the source sent like this."""
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def fields_of(raw: str) -> dict[str, str | None]:
    """The fields of a row as the quarantine has it."""
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def id_of(names: Sequence[str]) -> str:
    """Of corrections of these names."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16] if names else ""


def corrections_of(store: Store, table: str, partition: Partition | None) -> Corrections:
    """Those of a partition."""
    return read_corrections(store, table, partition, listed(store, table, partition).corrections)


def read_corrections(store: Store, table: str, partition: Partition | None, names: Sequence[str]) -> Corrections:
    """Those of these names; of a folder that a killed process has left empty there is none."""
    found: list[Correction] = []
    there: list[str] = []
    problem = ""
    for name in names:
        path = _path(table, partition, name)
        try:
            content = store.read(path)
        except ObjectMissing:
            continue
        there.append(name)
        try:
            correction = msgspec.json.decode(content, type=Correction)
            if correction.name != name or correction.format_version != 1:
                raise ValueError(f"it is {correction.name}, of format {correction.format_version}")
            found.append(correction)
        except ValueError as error:
            problem = (
                f"{store.uri(path)} cannot be read: {error}; restore it from a backup, or move it away and decide again"
            )
    return Corrections(found, there, problem)


def commit_correction(
    store: Store,
    table: str,
    partition: Partition | None,
    rows: Sequence[CorrectedRow],
    *,
    by: str,
    reason: str,
    run_id: str = "",
    given: str = "",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Correction:
    """Keep one, after all that there are, whatever the clock says; it is there as a whole or not at all."""
    moment = clock()
    if names := listed(store, table, partition).corrections:
        moment = max(moment, datetime.fromisoformat(names[-1]) + _MICROSECOND)
    for collision in range(_COLLISIONS):
        name = attempt_name(moment + collision * _MICROSECOND)
        correction = Correction(name, by, reason, rows, run_id, given)
        try:
            # ASCII, since a field may hold half of a surrogate pair, which UTF-8 cannot.
            content = json.dumps(msgspec.to_builtins(correction), indent=1).encode()
            store.create(_path(table, partition, name), content)
        except ObjectExists:  # another process was in the same microsecond
            continue
        return correction
    raise ObjectExists(f"raw/{table}: {_COLLISIONS} corrections begin at {attempt_name(moment)} or right after it")


def store_again(store: Store, table: str, partition: Partition | None, correction: Correction) -> None:
    """Put it in the place of the one of its name: of somebody who was erased, nothing that was said is kept."""
    content = json.dumps(msgspec.to_builtins(correction), indent=1).encode()
    store.replace(_path(table, partition, correction.name), content)


def _path(table: str, partition: Partition | None, name: str) -> str:
    return f"{raw_prefix(table, partition)}{CORRECTED}{name}/{_FILE}"
