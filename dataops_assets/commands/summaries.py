"""What each table holds and lacks, by partition, for `dataops status`: what `staleness` finds, in words for people."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dataops_assets.commands.wording import because
from dataops_assets.lake.history import current
from dataops_assets.lake.store import Store
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger.entry import CAUSES, DECISIONS, Entry
from dataops_assets.ledger.freshness import fresh
from dataops_assets.model.partitions import TimePartitions
from dataops_assets.model.severity import Severity
from dataops_assets.staleness.finding import Finding, Place
from dataops_assets.staleness.snapshot import Snapshot, due, tables_of
from dataops_assets.warehouse.tables import DerivedTable, StagedTable


@dataclass(frozen=True)
class HeldBack:
    """Why a partition was held back. words: shortly. at: the partition in which it began, if that is known."""

    words: str
    at: str | None = None


@dataclass(frozen=True)
class Flagged:
    """A check that rows fail which are written all the same. rows: how many, by partition."""

    check: str
    severity: Severity
    rows: Mapping[str, int]


@dataclass
class AssetSummary:
    """One asset; its partitions by key. Those that it no longer keeps (keep_days) are nowhere in here, nor those of
    another calendar.

    loaded: rows stand there; of raw, an attempt. missing: they are over, and nothing stands there. failed: with the
    reason; errors: those of them that an error ended before there was a verdict, such as a full disk; accepted: those
    of which somebody has accepted what they failed for, and which only have to be written. held: with what they were
    held back by; mended: those of them for which that is gone. stale: what would be made otherwise now, with what has
    changed, and was neither refused. flagged: checks that hold nothing back. late: why the newest partition is, if a
    check says so. unusual: by check and partition, what statistical checks warn of. quarantine: rows in it. stopped:
    failed, and the rows for which they did are kept.
    """

    asset: str
    calendar: TimePartitions | None
    loaded: set[str]
    missing: set[str]
    failed: dict[str, str] = field(default_factory=dict)
    errors: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    held: dict[str, HeldBack] = field(default_factory=dict)
    mended: set[str] = field(default_factory=set)
    stale: dict[str, str] = field(default_factory=dict)
    rows: int | None = None
    quarantine: Mapping[str, int] = field(default_factory=dict)
    last: str = ""
    flagged: list[Flagged] = field(default_factory=list)
    stopped: Set[str] = frozenset()
    owners: Sequence[str] = ()
    late: str = ""
    unusual: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def quarantined(self) -> int | None:
        """All rows in quarantine; of raw there is none."""
        return None if self.asset.startswith("raw/") else sum(self.quarantine.values())

    @property
    def untried(self) -> set[str]:
        """Missing, and there is no failure that says why."""
        return self.missing - self.failed.keys() - self.held.keys()


def summaries(
    catalog: Catalog,
    lake: Store,
    snapshot: Snapshot,
    found: Mapping[Place, Finding],
    errors: Mapping[str, Mapping[str, str]],
) -> list[AssetSummary]:
    """Of all assets. found: what `judge` says of all partitions. errors: by asset and partition, why the newest write
    ended without a verdict.
    """
    summaries = {f"raw/{name}": _raw(catalog, lake, snapshot, name) for name in catalog.staged}
    summaries |= {asset: _stored(asset, table, snapshot) for asset, table in tables_of(catalog).items()}
    for (asset, key), finding in found.items():
        summary = summaries[asset]
        if asset.startswith("raw/"):
            continue
        if finding.status == "failed":
            _add_failed(
                summary, summaries[f"raw/{asset.partition('/')[2]}"] if asset.startswith("staged/") else None, finding
            )
        elif finding.status == "held":
            _add_held_back(summary, finding, found, summaries)
        elif finding.status == "stale":
            summary.stale[key] = because(finding, own_only=True)
    for asset, reasons in errors.items():
        summary = summaries[asset]
        for key, reason in reasons.items():
            if key not in summary.failed.keys() | summary.held.keys() and _keeps(summary.calendar, key):
                summary.failed[key] = reason
                summary.errors.add(key)
                summary.stale.pop(key, None)
    return list(summaries.values())


def _raw(catalog: Catalog, lake: Store, snapshot: Snapshot, name: str) -> AssetSummary:
    calendar, raw = catalog.staged[name].calendar, snapshot.raw[name]
    newest = current(lake, name, calendar.of(max(raw.there)) if calendar else None) if raw.there else None
    return AssetSummary(
        f"raw/{name}",
        calendar,
        set(raw.there),
        set(due(calendar)) - raw.there,
        {key: reason for key, reason in raw.failed.items() if _keeps(calendar, key)},
        rows=newest.rows if newest and not calendar else None,
        last=newest.committed_at[:19].replace("T", " ") if newest else "",
        owners=catalog.staged[name].source.owners,
    )


def _stored(asset: str, table: StagedTable | DerivedTable, snapshot: Snapshot) -> AssetSummary:
    known, calendar = snapshot.states[asset], table.calendar
    passed = {key: state.passed for key, state in known.items() if state.passed and _keeps(calendar, key)}
    last = max((state.latest.recorded_at for state in known.values()), default=None)
    timely = None if asset.startswith("production/") else fresh(table, passed, datetime.now(UTC))
    return AssetSummary(
        asset,
        calendar,
        set(passed),
        set(due(calendar)) - passed.keys(),
        rows=sum(entry.rows for entry in passed.values()),
        quarantine={
            key: rows for key, entry in passed.items() if (rows := entry.rows_quarantined - entry.rows_given_up)
        },
        last=f"{last:%Y-%m-%d %H:%M:%S}" if last else "",
        flagged=_flagged(table, passed),
        stopped={key for key, state in known.items() if isinstance(table, StagedTable) and _has_stopped(state.latest)},
        owners=(table.source if isinstance(table, StagedTable) else table.derived).owners,
        late=timely.measured.reason if timely and timely.late else "",
    )


def _has_stopped(latest: Entry) -> bool:
    return latest.verdict == "failed" and bool(latest.checks)


def _flagged(table: StagedTable | DerivedTable, passed: Mapping[str, Entry]) -> list[Flagged]:
    """By the severities of the contract in force."""
    found = []
    for check in table.spec.checks:
        if not check.severity.rejects_rows:
            counts = {
                key: sum(each.get("failed", 0) for each in entry.checks if each["check"] == check.id)
                for key, entry in passed.items()
                if entry.checks
            }
            if rows := {key: count for key, count in counts.items() if count}:
                found.append(Flagged(check.id, check.severity, rows))
    return found


def _add_failed(summary: AssetSummary, raw: AssetSummary | None, finding: Finding) -> None:
    """Where there was nothing to load, it is the extraction that failed."""
    key, cause = finding.key, finding.cause
    if raw and key in raw.failed and key in raw.missing:
        summary.held[key] = HeldBack(f"{raw.asset} failed", key)
    elif raw and key in raw.loaded and cause and cause.code == "not_extracted":
        summary.held[key] = HeldBack(f"{raw.asset} failed, which is mended by now", key)
        summary.mended.add(key)
    else:
        summary.failed[key] = finding.words
        if cause and cause.code == "accepted":
            summary.accepted.add(key)


def _add_held_back(
    summary: AssetSummary, finding: Finding, found: Mapping[Place, Finding], summaries: Mapping[str, AssetSummary]
) -> None:
    """Say where it began, in the place of the whole chain of reasons."""
    key, cause = finding.key, finding.cause
    if cause and cause.code in DECISIONS:  # it is for people to go on
        summary.held[key] = HeldBack(finding.words)
        return
    began = found.get((cause.asset, cause.partition)) if cause else None
    if cause is None or (began is None and cause.asset == finding.asset):
        summary.held[key] = HeldBack(finding.words)
        return
    at = summaries.get(cause.asset)
    if at and cause.partition in at.held:
        summary.held[key] = at.held[cause.partition]
        summary.mended |= {key} if cause.partition in at.mended else set()
        return
    still = not finding.planned
    if cause.code == "failed":
        still = began is None or began.status in ("failed", "held")
    elif cause.code == "older_contract":
        still = began is None or began.status == "stale"
    words = f"{cause.asset} {CAUSES[cause.code]}"
    summary.held[key] = HeldBack(words if still else f"{words}, which is mended by now", cause.partition)
    if not still:
        summary.mended.add(key)


def _keeps(calendar: TimePartitions | None, key: str) -> bool:
    try:
        return calendar is None or calendar.keeps_key(key)
    except ValueError:  # Dagster knows it from another calendar
        return False
