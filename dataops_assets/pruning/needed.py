"""Which versions of a partition are needed: what stands, what it can be rolled back to, what somebody decides on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dataops_assets.ledger.entry import DECISIONS, Entry, State, is_rolled_back
from dataops_assets.ledger.history import history
from dataops_assets.publish.rollback import version_before
from dataops_assets.warehouse.base import Session


@dataclass(frozen=True)
class Needed:
    """Of one partition. versions: of these none goes. since: by version, from when on nothing has needed it; of those
    that the ledger knows. waits: it waits for somebody's decision, or is held by one: then none goes at all. known:
    does the ledger know what stands?
    """

    versions: frozenset[str] = frozenset()
    since: Mapping[str, datetime] = field(default_factory=dict)
    waits: bool = False
    known: bool = False

    def allows(self, version: str) -> bool:
        """May this version go?"""
        return self.known and not self.waits and version not in self.versions


def needed(own: Sequence[Entry], published: Sequence[Entry], keep: int) -> Needed:
    """own: the entries of an asset's partition, the newest first. published: those of the same in production, if it is
    published. keep: how many versions beside the one that stands.
    """
    stood: dict[str, datetime | None] = {}
    until: datetime | None = None
    passed = [entry for entry in own if entry.verdict == "passed"]
    for entry in passed:
        stood.setdefault(entry.version, until)
        until = entry.recorded_at
    versions = {*list(stood)[: keep + 1], own[0].version if own else ""}
    if before := version_before(passed):
        versions.add(before.version)
    for entry in published[:1]:
        versions |= {version for each in entry.inputs.values() for version in each.values()}
        versions |= {entry.version, entry.decision.version if entry.decision else ""}
    since = {version: moment for version, moment in stood.items() if moment}
    return Needed(frozenset(versions), since, _waits(published), bool(passed))


def needed_by(
    session: Session, schema: str, asset: str, keep: int, partitions: Iterable[str] | None = None
) -> dict[str, Needed]:
    """Of these partitions of an asset, or of all; inside `reading` or `swapping`."""
    keys = None if partitions is None else list(partitions)
    own = history(session, schema, asset, keys)
    production = f"production/{asset.partition('/')[2]}"
    published = own if asset == production else history(session, schema, production, keys)
    return {key: needed(entries, published.get(key, ()), keep) for key, entries in own.items()}


def traced(entries: Sequence[Entry]) -> set[tuple[str, str]]:
    """The raw attempts that the rows in production come from, and those that a rollback would put there: the name of
    each partition, as "raw/flights 2013-01-05", and of the attempt. entries: of a partition, the newest first.
    """
    passed = [entry for entry in entries if entry.verdict == "passed"]
    found = [*passed[:1], *filter(None, [version_before(passed)])]
    return {(raw["raw"], name) for entry in found for raw in entry.attempts for name in raw.get("attempts", ())}


def _waits(published: Sequence[Entry]) -> bool:
    if not published:
        return False
    latest = published[0]
    state = State(latest, next((entry for entry in published if entry.verdict == "passed"), None))
    return is_rolled_back(state) or bool(latest.cause and latest.cause.code in DECISIONS)
