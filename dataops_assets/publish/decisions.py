"""What people decide about production: who, and the gates of it. An approval that a version waits for, and a rollback
that holds all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.difference import Difference
from dataops_assets.ledger.entry import (
    Cause,
    Decision,
    DecisionKind,
    Entry,
    State,
    decision_of,
    is_rolled_back,
    sequences,
    validated_version,
)
from dataops_assets.model.partitions import UNPARTITIONED, Partition
from dataops_assets.publish.gates import Judged, Refusal
from dataops_assets.publish.names import published, published_label
from dataops_assets.warehouse.base import Session, Swap
from dataops_assets.warehouse.tables import DerivedTable


class DecisionRefused(ValueError):
    """What was decided cannot be done; nothing was changed. The message says why, and of which partition."""


@dataclass(frozen=True)
class Who:
    """Who decides, and why."""

    by: str
    reason: str

    def decides(self, kind: DecisionKind, version: str) -> Decision:
        """The decision about this version, as of now."""
        return Decision(kind, version, self.by, self.reason, datetime.now(UTC).isoformat(timespec="seconds"))


def note(session: Session, swap: Swap, schema: str, entries: Mapping[str, Entry], before: Mapping[str, State]) -> None:
    """Put the entries of a decision into the ledger. before: the states, by partition, as read within the swap."""
    if entries:
        ledger.stage(session, list(entries.values()), sequences(before))
        ledger.ensure(session, swap, schema)
        ledger.append(session, swap, schema, list(entries.values()))


def rollback_gate(
    _session: Session,
    _schema: str,
    table: DerivedTable,
    keys: Mapping[str, Partition | None],
    states: Mapping[str, State],
    shown: Mapping[str, State],
) -> Judged:
    """The gate "rollback": what was rolled back is held until it is released."""
    return _each(keys, lambda key: _held_by_rollback(table, key, states[key].latest, shown.get(key)))


def approval_gate(
    _session: Session,
    _schema: str,
    table: DerivedTable,
    keys: Mapping[str, Partition | None],
    states: Mapping[str, State],
    shown: Mapping[str, State],
) -> Judged:
    """The gate "approval", of a table with publish="approval": somebody has approved this very version."""
    if table.derived.publish != "approval":
        return Judged({})
    return _each(keys, lambda key: _without_approval(table, key, states[key].latest, shown.get(key)))


def _each(keys: Mapping[str, Partition | None], judge: Callable[[str], Refusal | None]) -> Judged:
    found = {key: judge(key) for key in keys}
    return Judged({key: refusal for key, refusal in found.items() if refusal})


def _held_by_rollback(table: DerivedTable, key: str, receipt: Entry, state: State | None) -> Refusal | None:
    if state is None or not is_rolled_back(state) or receipt.version == validated_version(state.passed):
        return None
    words = f"{published_label(table, key)}: {rollback_words(table, key, state)}"
    return Refusal(words, Cause("rolled_back", published(table), key, receipt.id))


def rollback_words(table: DerivedTable, key: str, state: State) -> str:
    """By whom and why it was rolled back, and what ends that: alike for all partitions that it was said of."""
    decision = decision_of(state)
    if decision is None:
        raise LookupError(f"{published_label(table, key)} is not rolled back")
    return (
        f"rolled back by {decision.by} because {decision.reason}; until it is released nothing else is published; "
        f"run: {command_of('release', table, key)}"
    )


def waits_for_approvals(table: DerivedTable) -> bool:
    """May a version of the table have to wait for somebody?"""
    return table.derived.publish == "approval" or table.derived.approve_above is not None


def too_much_changes(
    table: DerivedTable, key: str, receipt: Entry, state: State | None, difference: Difference | None
) -> Refusal | None:
    """Why this version needs an approval, if it changes more than may be changed without. state: of production."""
    limit = table.derived.approve_above
    if limit is None or difference is None or difference.share <= limit:
        return None
    what = f"more than {limit:.1%} of the rows in production would change (approve_above), and "
    return _without_approval(table, key, receipt, state, what)


def _without_approval(
    table: DerivedTable, key: str, receipt: Entry, state: State | None, why: str = ""
) -> Refusal | None:
    if (state is not None and receipt.version == validated_version(state.passed)) or is_approved(receipt, state):
        return None
    words = (
        f"{published_label(table, key)}: {why}it waits for an approval; see {command_of('diff', table, key)}, and run: "
        f"{command_of('approve', table, key)}"
    )
    return Refusal(words, Cause("not_approved", published(table), key, receipt.id))


def is_approved(receipt: Entry, state: State | None) -> bool:
    """Has somebody approved exactly this version? state: of production."""
    decision = decision_of(state)
    return bool(decision and decision.kind == "approve" and decision.version == receipt.version)


def command_of(name: str, table: DerivedTable, key: str, *options: str) -> str:
    """The command that decides, or shows, something about a partition."""
    words = ["dataops", name, table.derived.name]
    words += [f"--partitions {key}"] if key != UNPARTITIONED else []
    words += options
    words += ["--reason …"] if name not in ("diff",) else []
    return " ".join(words)
