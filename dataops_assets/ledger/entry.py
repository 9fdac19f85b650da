"""What the ledger says of one partition, as values: entries, why one was refused, and what made what there is."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from dataops_assets.ledger.difference import Difference
from dataops_assets.model.partitions import UNPARTITIONED, Partition
from dataops_assets.warehouse.tables import DerivedTable, StagedTable


def key_of(partition: Partition | None) -> str:
    """The key under which the ledger knows a partition."""
    return partition.key if partition else UNPARTITIONED


def command(select: str, key: str) -> str:
    """What mends a partition, for the end of an error."""
    return f"run: dataops run --select {select}" + (f" --partitions {key}" if key != UNPARTITIONED else "")


UNREADABLE = "the entry of the ledger cannot be read"

Verdict = Literal["passed", "failed", "held"]

CauseCode = Literal[
    "rejected",  # the rows, or the query: checks, types, what a library says of it
    "not_kept",  # the partition is older than the table keeps
    "not_extracted",  # there is no raw attempt
    "not_loaded",  # an input is not there
    "failed",  # an input was refused
    "older_contract",  # an input was made under another contract than the one in force
    "older_calendar",  # an input has rows of partitions that it is no longer cut into
    "changed_rows",  # somebody has changed the rows of an input since they were validated
    "no_receipt",  # a version that it was made of has none
    "rolled_back",  # an earlier version was put in the place of a later one, and holds it back
    "not_approved",  # somebody has to approve the version
    "approved",  # somebody has, and it was not published since
    "accepted",  # somebody has accepted what a check found, and it was not written since
]


CAUSES: dict[CauseCode, str] = {
    "rejected": "failed",
    "failed": "failed",
    "not_kept": "is older than what it keeps",
    "not_extracted": "is not extracted",
    "not_loaded": "is not loaded",
    "older_contract": "was made under an older contract",
    "older_calendar": "has rows of another calendar",
    "changed_rows": "has rows that somebody changed",
    "no_receipt": "has no receipt",
    "rolled_back": "is rolled back",
    "not_approved": "waits for an approval",
    "approved": "is approved, and not published yet",
    "accepted": "is accepted, and not written yet",
}
"""What is said of the asset in which it began."""

DECISIONS: tuple[CauseCode, ...] = ("rolled_back", "not_approved", "approved")
"""Those that are not mended, but decided about."""


@dataclass(frozen=True)
class Cause:
    """Why a partition was refused, as far as a program has to know it; `reason` of the entry says it in words.

    asset, partition: where it began: what is held back by an input that is held back itself has the cause of that one.
    entry: id of the entry that was judged, if there was one: another one by now, and it is to be tried again.
    by: the checks of severity "stop" that it was refused for.
    """

    code: CauseCode
    asset: str
    partition: str = UNPARTITIONED
    entry: str = ""
    by: Sequence[str] = ()


@dataclass(frozen=True)
class Provenance:
    """Where a published version comes from: the entry that is its receipt, when that was, and under which contracts it
    and all that it was made of were validated, by asset. version, hides: where production hides personal data, the
    version that was validated, and what was declared to be hidden; "" else, and the version is the published one.
    """

    receipt: str
    validated_at: str
    contracts: Mapping[str, str]
    version: str = ""
    hides: str = ""


DecisionKind = Literal["approve", "rollback", "release"]


@dataclass(frozen=True)
class Decision:
    """What somebody has decided about a partition in production.

    kind: "approve": this version may be published; "rollback": this version takes the place of a later one, and
        nothing else does before the next decision; "release": what comes next may be published.
    version: what it is about. by: who. at: when, UTC, in ISO 8601.
    """

    kind: DecisionKind
    version: str
    by: str
    reason: str
    at: str


@dataclass(frozen=True)
class Entry:
    """One entry of the ledger.

    asset: "staged/flights". partition: its key, or UNPARTITIONED.
    verdict: "passed": the table holds `version`; "failed": a check stopped it; "held": an input is not fit to build on.
    version: fingerprint of the rows; of a refused write, the one that still stands, or "".
    reason: why it was refused, for people; of a load that passed, which attempts it passed over. cause: for programs,
        of one that was refused.
    rows: rows of the partition in the table afterwards. rows_read, rows_quarantined, duplicates_dropped: together with
        `rows` they add up (a staged table: of all its loads; a published one: rows_read is what the receipt promises).
    attempts: the raw attempts the rows come from; of a load [{"attempt", "content", "rows"}], with "refused" for one
        that was passed over, "corrected" for the corrections that held, and "given_up", how many of its rows in
        quarantine people have given up; of a publication [{"raw", "attempts"}], with "after", the entries of `follows`,
        where there are attempts before these.
    follows: of a load that went on from what was there, the id of the entry whose attempts come before.
    inputs: transformed and production, versions read: {asset: {partition: version}}; of a refused one, as far as it
        was looked at.
    checks: of those that found something, [{"check", "failed", "severity"}], of a load with the "attempt"; of the loads
        that it goes on from [{"check", "earlier", "severity"}]; of a history that is not complete [{"check",
        "missing"}], with its partitions.
    provenance: of a publication. difference: of one that changed the table, what it changed.
    decision: of a publication, the newest that somebody has made of the partition, as far as it still holds.
    code_version: of the project (a git commit, if known).
    made_by: the contracts and code that made the rows, back to the staged tables, as `made_by` of a table says them:
        {asset: ["contract/code/calendar"]}; more than one where the partitions that were read differ in it. Of an
        entry from before it was noted: nothing, which means that it is not known.
    sequence: its place among the entries of the partition, from 1, given by `stage`; 0: older than all that have one,
        and ordered by recorded_at. recorded_at, in UTC, is what the clock said, and orders nothing else.
    """

    asset: str
    partition: str
    verdict: Verdict
    version: str = ""
    rows: int = 0
    rows_read: int = 0
    rows_quarantined: int = 0
    duplicates_dropped: int = 0
    rows_inserted: int = 0
    rows_updated: int = 0
    rows_deleted: int = 0
    reason: str = ""
    cause: Cause | None = None
    attempts: Sequence[Mapping[str, Any]] = ()
    follows: str = ""
    inputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    checks: Sequence[Mapping[str, Any]] = ()
    contract: str = ""
    code_version: str = ""
    made_by: Mapping[str, Sequence[str]] = field(default_factory=dict)
    provenance: Provenance | None = None
    difference: Difference | None = None
    decision: Decision | None = None
    run_id: str = ""
    sequence: int = 0
    recorded_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @classmethod
    def passed(cls, asset: str, partition: str, version: str, rows: int, **more: Any) -> "Entry":
        """Of a write after which the table holds these rows. more: other fields; all rows were read, unless it says."""
        return cls(asset, partition, "passed", version, rows, **{"rows_read": rows, **more})

    @classmethod
    def refused(
        cls,
        asset: str,
        partition: str,
        before: "State | None",
        verdict: Verdict,
        reason: str,
        cause: Cause | None,
        **more: Any,
    ) -> "Entry":
        """Of a write after which the table has the rows that it had before. more: other fields."""
        stands = before.passed if before else None
        version, rows = (stands.version, stands.rows) if stands else ("", 0)
        return cls(asset, partition, verdict, version, rows, reason=reason, cause=cause, **more)

    def again(self, **more: Any) -> "Entry":
        """A new entry that says the same, but for these fields."""
        new = {"sequence": 0, "recorded_at": datetime.now(UTC), "id": uuid.uuid4().hex}
        return replace(self, **{**new, **more})

    @property
    def rows_given_up(self) -> int:
        """Of the rows in quarantine, those that people have given up; of an entry in whole."""
        return sum(attempt.get("given_up", 0) for attempt in self.attempts if not attempt.get("refused"))

    @property
    def calendar_id(self) -> str | None:
        """What the table was cut into when the entry was made, as `calendar` of a table says it; None: not known."""
        layer, _, name = self.asset.partition("/")
        made = self.made_by.get(f"transformed/{name}" if layer == "production" else self.asset, ())
        return made[0].split("/")[2] if made else None


HELD = "held back, because "
"""Begins the reason of what an input holds back."""


def root_reason(entry: Entry) -> str:
    """Why what reads a refused partition is not built, for people: where it began, and what was said of it there."""
    where = f"{entry.asset} {entry.partition}".strip()
    words = entry.reason.removeprefix(f"{where}: ")
    if entry.verdict == "held" and entry.cause and entry.cause.asset != entry.asset:
        return words.removeprefix(HELD)
    return f"{where} {'is held' if entry.verdict == 'held' else 'failed'}: {words}"


@dataclass(frozen=True)
class State:
    """What the ledger knows of a partition: the newest entry, and the newest one that passed."""

    latest: Entry
    passed: Entry | None


def is_current(table: StagedTable | DerivedTable, state: State) -> bool:
    """Is this partition one of the table's as it is cut now? Its calendar may have been another one."""
    entry = state.passed or state.latest
    if entry.calendar_id not in (None, table.calendar_id):
        return False
    try:
        return bool(table.calendar.of(entry.partition)) if table.calendar else entry.partition == UNPARTITIONED
    except ValueError:
        return False


def made_by(
    table: StagedTable | DerivedTable, read: Iterable[Mapping[str, Sequence[str]]] = ()
) -> dict[str, list[str]]:
    """The `made_by` of an entry of the table as it is declared now. read: those of the entries that it was made of."""
    found: dict[str, set[str]] = {}
    for each in read:
        for asset, codes in each.items():
            found.setdefault(asset, set()).update(codes)
    return {table.asset: [table.made_by]} | {asset: sorted(codes) for asset, codes in sorted(found.items())}


def decision_of(state: State | None) -> Decision | None:
    """What somebody has decided about a partition of production, as far as it holds.

    A rollback holds until something else has passed: no refusal ends it, whoever has written that.
    """
    if state and state.passed and state.passed.decision and state.passed.decision.kind == "rollback":
        return state.passed.decision
    return state.latest.decision if state else None


def is_rolled_back(state: State | None) -> bool:
    """Is a partition of production held by a rollback?"""
    decision = decision_of(state)
    return bool(decision and decision.kind == "rollback")


def version_of(state: State | None) -> str | None:
    """The version that the table holds; None where none has passed."""
    return state.passed.version if state and state.passed else None


def validated_version(entry: Entry | None) -> str | None:
    """Of an entry of production, the version that has the receipt: another one, where personal data are hidden."""
    if entry is None:
        return None
    return (entry.provenance.version if entry.provenance else "") or entry.version


def sequences(states: Mapping[str, State]) -> dict[str, int]:
    """Of the newest entry of each partition, for `stage`."""
    return {key: state.latest.sequence for key, state in states.items()}


class Newest(NamedTuple):
    """Which entry of a partition is the newest."""

    id: str
    sequence: int
