"""What people decide about production, as gates: an approval that a version waits for, a rollback that holds all."""

from collections.abc import Callable, Mapping

from dataops_assets.ledger.difference import Difference
from dataops_assets.ledger.entry import Cause, Entry, State, is_rolled_back, version_of
from dataops_assets.model.partitions import UNPARTITIONED, Partition
from dataops_assets.publish.gates import Judged, Refusal
from dataops_assets.publish.names import published, published_label
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import DerivedTable


def rollback_gate(
    _session: Session,
    _schema: str,
    table: DerivedTable,
    keys: Mapping[str, Partition | None],
    states: Mapping[str, State],
    shown: Mapping[str, State],
) -> Judged:
    """The gate "rollback": what was rolled back is held until it is released."""
    return _each(keys, lambda key: held_by_rollback(table, key, states[key].latest, shown.get(key)))


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


def held_by_rollback(table: DerivedTable, key: str, receipt: Entry, state: State | None) -> Refusal | None:
    """Why this version may not be published, if that is so. state: of production."""
    if state is None or not is_rolled_back(state) or receipt.version == version_of(state):
        return None
    words = f"{published_label(table, key)}: {rollback_words(table, key, state)}"
    return Refusal(words, Cause("rolled_back", published(table), key, receipt.id))


def rollback_words(table: DerivedTable, key: str, state: State) -> str:
    """By whom and why it was rolled back, and what ends that."""
    decision = state.latest.decision
    if decision is None:
        raise LookupError(f"{published_label(table, key)} is not rolled back")
    return (
        f"rolled back to version {decision.version} by {decision.by} because {decision.reason}; until it is released "
        f"nothing else is published; run: {command_of('release', table, key)}"
    )


def too_much_changes(
    table: DerivedTable, key: str, receipt: Entry, state: State | None, difference: Difference | None
) -> Refusal | None:
    """Why this version needs an approval, if it changes more than may be changed without. state: of production."""
    limit = table.derived.approve_above
    if limit is None or difference is None or difference.share <= limit:
        return None
    what = f"{difference.share:.1%} of the rows in production would change, more than {limit:.1%} (approve_above)"
    return _without_approval(table, key, receipt, state, f"{what}, and ")


def _without_approval(
    table: DerivedTable, key: str, receipt: Entry, state: State | None, why: str = ""
) -> Refusal | None:
    if receipt.version == version_of(state) or is_approved(receipt, state):
        return None
    words = (
        f"{published_label(table, key)}: {why}version {receipt.version} is not approved; see "
        f"{command_of('diff', table, key)}, and run: {command_of('approve', table, key)}"
    )
    return Refusal(words, Cause("not_approved", published(table), key, receipt.id))


def is_approved(receipt: Entry, state: State | None) -> bool:
    """Has somebody approved exactly this version? state: of production."""
    decision = state.latest.decision if state else None
    return bool(decision and decision.kind == "approve" and decision.version == receipt.version)


def command_of(name: str, table: DerivedTable, key: str, *options: str) -> str:
    """The command that decides, or shows, something about a partition."""
    words = ["dataops", name, table.derived.name]
    words += [f"--partitions {key}"] if key != UNPARTITIONED else []
    words += options
    words += ["--reason …"] if name not in ("diff",) else []
    return " ".join(words)
