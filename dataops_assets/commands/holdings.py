"""What each table holds and lacks, by partition, for `dataops status`: what `staleness` finds, in words for people."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dataops_assets.commands.wording import CAUSES, because
from dataops_assets.lake.history import current
from dataops_assets.lake.store import Store
from dataops_assets.layers.catalog import Catalog
from dataops_assets.model.partitions import TimePartitions
from dataops_assets.staleness.judge import Finding, Place
from dataops_assets.staleness.snapshot import Snapshot, due, tables_of


@dataclass(frozen=True)
class Held:
    """Why a partition was held back. words: shortly. at: the partition in which it began, if that is known."""

    words: str
    at: str | None = None


@dataclass
class Holding:
    """One asset; its partitions by key. Those that it no longer keeps (keep_days) are nowhere in here, nor those of
    another calendar.

    loaded: rows stand there; of raw, an attempt. missing: they are over, and nothing stands there. failed: with the
    reason. held: with what they were held back by; mended: those of them for which that is gone. stale: what would be
    made otherwise now, with what has changed, and was neither refused.
    """

    asset: str
    by: TimePartitions | None
    loaded: set[str]
    missing: set[str]
    failed: dict[str, str] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    mended: set[str] = field(default_factory=set)
    stale: dict[str, str] = field(default_factory=dict)
    rows: int | None = None
    quarantined: int | None = None
    last: str = ""

    @property
    def untried(self) -> set[str]:
        """Missing, and there is no failure that says why."""
        return self.missing - self.failed.keys() - self.held.keys()


def holdings(catalog: Catalog, lake: Store, snapshot: Snapshot, found: Mapping[Place, Finding]) -> list[Holding]:
    """Of all assets. found: what `judge` says of all partitions."""
    holdings = {f"raw/{name}": _raw(catalog, lake, snapshot, name) for name in catalog.staged}
    holdings |= {asset: _stored(asset, table.by, snapshot) for asset, table in tables_of(catalog).items()}
    for (asset, key), finding in found.items():
        holding = holdings[asset]
        if asset.startswith("raw/"):
            continue
        if finding.status == "failed":
            _add_failed(
                holding, holdings[f"raw/{asset.partition('/')[2]}"] if asset.startswith("staged/") else None, finding
            )
        elif finding.status == "held":
            _add_held(holding, finding, found, holdings)
        elif finding.status == "stale":
            holding.stale[key] = because(finding, own_only=True)
    return list(holdings.values())


def _raw(catalog: Catalog, lake: Store, snapshot: Snapshot, name: str) -> Holding:
    by, raw = catalog.staged[name].by, snapshot.raw[name]
    newest = current(lake, name, by.of(max(raw.there)) if by else None) if raw.there else None
    return Holding(
        f"raw/{name}",
        by,
        set(raw.there),
        set(due(by)) - raw.there,
        {key: reason for key, reason in raw.failed.items() if _keeps(by, key)},
        rows=newest.rows if newest and not by else None,
        last=newest.committed_at[:19].replace("T", " ") if newest else "",
    )


def _stored(asset: str, by: TimePartitions | None, snapshot: Snapshot) -> Holding:
    known = snapshot.states[asset]
    passed = {key: state.passed for key, state in known.items() if state.passed and _keeps(by, key)}
    last = max((state.latest.recorded_at for state in known.values()), default=None)
    return Holding(
        asset,
        by,
        set(passed),
        set(due(by)) - passed.keys(),
        rows=sum(entry.rows for entry in passed.values()),
        quarantined=sum(entry.rows_quarantined for entry in passed.values()),
        last=f"{last:%Y-%m-%d %H:%M:%S}" if last else "",
    )


def _add_failed(holding: Holding, raw: Holding | None, finding: Finding) -> None:
    """Where there was nothing to load, it is the extraction that failed."""
    key, cause = finding.key, finding.cause
    if raw and key in raw.failed and key in raw.missing:
        holding.held[key] = Held(f"{raw.asset} failed", key)
    elif raw and key in raw.loaded and cause and cause.code == "not_extracted":
        holding.held[key] = Held(f"{raw.asset} failed, which is mended by now", key)
        holding.mended.add(key)
    else:
        holding.failed[key] = finding.words


def _add_held(
    holding: Holding, finding: Finding, found: Mapping[Place, Finding], holdings: Mapping[str, Holding]
) -> None:
    """Say where it began, in the place of the whole chain of reasons."""
    key, cause = finding.key, finding.cause
    began = found.get((cause.asset, cause.partition)) if cause else None
    if cause is None or (began is None and cause.asset == finding.asset):
        holding.held[key] = Held(finding.words)
        return
    at = holdings.get(cause.asset)
    if at and cause.partition in at.held:
        holding.held[key] = at.held[cause.partition]
        holding.mended |= {key} if cause.partition in at.mended else set()
        return
    still = not finding.planned
    if cause.code == "failed":
        still = began is None or began.status in ("failed", "held")
    elif cause.code == "older_contract":
        still = began is None or began.status == "stale"
    words = f"{cause.asset} {CAUSES[cause.code]}"
    holding.held[key] = Held(words if still else f"{words}, which is mended by now", cause.partition)
    if not still:
        holding.mended.add(key)


def _keeps(by: TimePartitions | None, key: str) -> bool:
    try:
        return by is None or by.keeps_key(key)
    except ValueError:  # Dagster knows it from another calendar
        return False
