"""What each table holds and lacks, by partition: from the lake, the ledger and the event log, for `dataops status`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dataops_assets.lake.history import attempts_of, current
from dataops_assets.lake.store import Store
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger.entry import Cause, Entry, State
from dataops_assets.model.partitions import UNPARTITIONED, TimePartitions

_WORDS = {"failed": "failed", "older_contract": "was made under an older contract"}
"""What is said of the partition in which it began; of other causes, the words of the ledger."""


@dataclass(frozen=True)
class Held:
    """Why a partition was held back. words: shortly. at: the partition in which it began, if that is known."""

    words: str
    at: str | None = None


@dataclass
class Holding:
    """One asset; its partitions by key. Those that it no longer keeps (keep_days) are nowhere in here.

    loaded: rows stand there; of raw, an attempt. missing: they are over, and nothing stands there. failed: with the
    reason. held: with what they were held back by; mended: those of them for which that is gone. stale: built from
    what has changed since, and neither failed nor held. causes: of those that were refused, as the ledger has them.
    contracts: under which the rows were made.
    """

    asset: str
    by: TimePartitions | None
    loaded: set[str]
    missing: set[str]
    failed: dict[str, str] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    mended: set[str] = field(default_factory=set)
    stale: set[str] = field(default_factory=set)
    rows: int | None = None
    quarantined: int | None = None
    last: str = ""
    causes: Mapping[str, Cause] = field(default_factory=dict)
    contracts: Mapping[str, str] = field(default_factory=dict)

    @property
    def untried(self) -> set[str]:
        """Missing, and there is no failure that says why."""
        return self.missing - self.failed.keys() - self.held.keys()


def assets(catalog: Catalog) -> dict[str, TimePartitions | None]:
    """The assets that the ledger knows, each after what it is made of, with their calendars."""
    found = {table.asset: table.by for table in catalog.staged.values()}
    for name, table in catalog.derived.items():
        found[table.asset] = table.by
        if table.derived.publish:
            found[f"production/{name}"] = table.by
    return found


def holdings(
    catalog: Catalog,
    lake: Store,
    states: Mapping[str, Mapping[str, State]],
    extractions: Mapping[str, Mapping[str, str]],
) -> list[Holding]:
    """Of all assets. states: by asset, as of the ledger. extractions: those that failed, by source, with the reason."""
    versions = {
        (asset, key): state.passed.version
        for asset, known in states.items()
        for key, state in known.items()
        if state.passed
    }
    tables = {table.asset: table for table in (*catalog.staged.values(), *catalog.derived.values())}
    in_force = {asset: tables[asset].made_by if asset in tables else "" for asset in assets(catalog)}
    stored = {
        asset: _stored(asset, by, states[asset], versions, in_force[asset]) for asset, by in assets(catalog).items()
    }
    raw = []
    for name, table in catalog.staged.items():
        found = _raw(lake, name, table.by, stored[table.asset].loaded, extractions.get(name, {}))
        raw.append(found)
        _explain_load(stored[table.asset], found)
    for each in stored.values():
        if not each.asset.startswith("staged/"):
            _explain(each, stored, catalog)
    return [*raw, *stored.values()]


def _raw(lake: Store, name: str, by: TimePartitions | None, vouched: set[str], failed: Mapping[str, str]) -> Holding:
    """Of a source. vouched: partitions that have been loaded, so that their attempts need not be looked for."""
    wanted = _calendar(by)
    partitions = {by.of(key) if by else None: key for key in wanted}
    folders = {partition.folder: (partition, key) for partition, key in partitions.items() if partition}
    there = (
        {folders[folder] for folder in lake.folders(f"raw_{name}/") if folder in folders}
        if by
        else {(None, UNPARTITIONED)}
    )
    loaded = {key for _, key in there if key in vouched}
    # A folder may hold no more than what a killed run has left there.
    doubtful = [partition for partition, key in there if key not in vouched]
    loaded |= {
        partitions[partition] for partition, found in attempts_of(lake, name, doubtful, recent=True).items() if found
    }
    newest = current(lake, name, by.of(max(loaded)) if by else None) if loaded else None
    return Holding(
        f"raw/{name}",
        by,
        loaded,
        wanted - loaded,
        {key: reason for key, reason in failed.items() if _keeps(by, key)},
        rows=newest.rows if newest and not by else None,
        last=newest.committed_at[:19].replace("T", " ") if newest else "",
    )


def _stored(asset: str, by: TimePartitions | None, known: Mapping[str, State], versions: dict, made_by: str) -> Holding:
    """made_by: the contract and code in force; none for what is published."""
    kept = {key: state for key, state in known.items() if _keeps(by, key)}
    passed = {key: state.passed for key, state in kept.items() if state.passed}
    refused = {key: state.latest for key, state in kept.items() if state.latest.verdict != "passed"}
    last = max((state.latest.recorded_at for state in known.values()), default=None)
    return Holding(
        asset,
        by,
        set(passed),
        _calendar(by) - passed.keys(),
        {key: _without_label(asset, entry) for key, entry in refused.items() if entry.verdict == "failed"},
        {key: Held(_without_label(asset, entry)) for key, entry in refused.items() if entry.verdict == "held"},
        set(),
        {key for key, entry in passed.items() if key not in refused and _stale(entry, versions, made_by)},
        sum(entry.rows for entry in passed.values()),
        sum(entry.rows_quarantined for entry in passed.values()),
        f"{last:%Y-%m-%d %H:%M:%S}" if last else "",
        {key: entry.cause for key, entry in refused.items() if entry.cause},
        {key: entry.contract for key, entry in passed.items()},
    )


def _explain_load(staged: Holding, raw: Holding) -> None:
    """Where there was nothing to load, it is the extraction that failed."""
    for key in list(staged.failed):
        cause = staged.causes.get(key)
        if key in raw.failed and key in raw.missing:
            staged.held[key] = Held(f"{raw.asset} failed", key)
        elif key in raw.loaded and cause and cause.code == "not_extracted":
            staged.held[key] = Held(f"{raw.asset} failed, which is mended by now", key)
            staged.mended.add(key)
        else:
            continue
        del staged.failed[key]


def _explain(holding: Holding, stored: Mapping[str, Holding], catalog: Catalog) -> None:
    """Say of what is held back where it began, in the place of the whole chain of reasons."""
    for key in holding.held:
        cause = holding.causes.get(key)
        if cause is None or cause.code not in _WORDS:
            continue
        at, known = cause.partition, stored.get(cause.asset)
        if known and at in known.held:
            holding.held[key] = known.held[at]
            if at in known.mended:
                holding.mended.add(key)
            continue
        words, still = f"{cause.asset} {_WORDS[cause.code]}", bool(known and at in known.failed)
        if cause.code == "older_contract":
            still = bool(known and known.contracts.get(at) != _contract(catalog, cause.asset))
        if still:
            holding.held[key] = Held(words, at)
        else:
            holding.held[key] = Held(f"{words}, which is mended by now", at)
            holding.mended.add(key)


def _contract(catalog: Catalog, asset: str) -> str:
    layer, _, name = asset.partition("/")
    return (catalog.staged if layer == "staged" else catalog.derived)[name].spec.fingerprint


def _stale(entry: Entry, versions: dict, made_by: str) -> bool:
    """Built by other code, from versions that are no longer the current ones, or before all its history was there."""
    moved = any(
        versions.get((asset, key)) != version for asset, keys in entry.inputs.items() for key, version in keys.items()
    )
    lacking = [name for check in entry.checks for name in check.get("missing", ())]
    changed = made_by and entry.made_by and [made_by] != list(entry.made_by[entry.asset])
    return bool(changed) or moved or any(tuple(name.split(" ", 1)) in versions for name in lacking)


def _without_label(asset: str, entry: Entry) -> str:
    return entry.reason.removeprefix(f"{asset} {entry.partition}".strip() + ": ")


def _calendar(by: TimePartitions | None) -> set[str]:
    """The keys of all partitions that are over and are kept."""
    if by is None:
        return {UNPARTITIONED}
    end = min(by.end, datetime.now(UTC)) if by.end else datetime.now(UTC)
    if end <= by.start:
        return set()
    last = by.before(end)
    if last.start < by.start:
        return set()
    return {partition.key for partition in by.between(by.at(by.start).key, last.key) if by.keeps(partition)}


def _keeps(by: TimePartitions | None, key: str) -> bool:
    try:
        return by is None or by.keeps_key(key)
    except ValueError:  # the calendar was another one when it was made
        return True
