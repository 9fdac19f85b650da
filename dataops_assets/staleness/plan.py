"""What a run has to make, in the order in which it can be made."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dataops_assets.layers.catalog import Catalog
from dataops_assets.model.partitions import TimePartitions, contiguous
from dataops_assets.ordering import next_group
from dataops_assets.staleness.finding import Finding, Place


@dataclass(frozen=True)
class Step:
    """Assets that are made together, each after what it reads, for partitions without a gap; none for whole tables."""

    assets: Sequence[str]
    keys: Sequence[str]


def steps(catalog: Catalog, judged: Iterable[Finding], per_run: int) -> list[Step]:
    """All that is planned, each step after those that it needs. per_run: how many partitions one has at most."""
    wanted: dict[str, list[str]] = {}
    for finding in judged:
        if finding.planned:
            wanted.setdefault(finding.asset, []).append(finding.key)
    parents, calendars = parents_of(catalog), calendars_of(catalog)
    found: list[Step] = []
    todo = set(wanted)
    while todo:
        best = _next(todo, wanted, parents, calendars)
        calendar, keys = calendars[best[0]], wanted[best[0]]
        found += [Step(best, chunk) for chunk in _chunks(calendar, keys, per_run)]
        todo -= set(best)
    return found


def _next(
    todo: set[str],
    wanted: Mapping[str, Sequence[str]],
    parents: Mapping[str, Sequence[str]],
    calendars: Mapping[str, TimePartitions | None],
) -> list[str]:
    """The most assets that can be made together, of those that read nothing else that is still to be made."""
    best = next_group(
        (asset for asset in parents if asset in todo),
        lambda asset: (_cut(calendars[asset]), frozenset(wanted[asset])),
        lambda asset, others: all(parent in others or parent not in todo for parent in parents[asset]),
    )
    return [asset for asset in parents if asset in best]  # which are in an order in which they can be made


def _cut(calendar: TimePartitions | None) -> object:
    """The same for calendars that have the same partitions."""
    return calendar and (calendar.unit.name, calendar.start, calendar.end)


def _chunks(calendar: TimePartitions | None, keys: Sequence[str], per_run: int) -> Iterable[list[str]]:
    if calendar is None:
        return [[]]
    runs = contiguous([calendar.of(key) for key in keys])
    return [[p.key for p in run[i : i + per_run]] for run in runs for i in range(0, len(run), per_run)]


def parents_of(catalog: Catalog) -> dict[str, list[str]]:
    """What each asset reads; the assets in an order in which they can be made."""
    found: dict[str, list[str]] = {}
    for name, staged in catalog.staged.items():
        found |= {f"raw/{name}": [], staged.asset: [f"raw/{name}"]}
    for name, table in catalog.derived.items():
        found[table.asset] = [needed.table.asset for needed in catalog.inputs[name]]
        if table.derived.publish:
            found[f"production/{name}"] = [table.asset]
    return found


def calendars_of(catalog: Catalog) -> dict[str, TimePartitions | None]:
    """The partitions of each asset."""
    found: dict[str, TimePartitions | None] = {}
    for name, staged in catalog.staged.items():
        found |= {f"raw/{name}": staged.calendar, staged.asset: staged.calendar}
    for name, table in catalog.derived.items():
        found |= {table.asset: table.calendar, f"production/{name}": table.calendar}
    return found


def ranges(found: Mapping[Place, Finding]) -> list[tuple[Finding, list[str]]]:
    """Findings that say the same of an asset, with all their partitions: the first of them stands for all."""
    groups: dict[object, tuple[Finding, list[str]]] = {}
    for finding in found.values():
        began = finding.cause and (finding.cause.code, finding.cause.asset)
        same = (finding.asset, finding.status, finding.reasons, finding.planned, began)
        if finding.status in ("failed", "held"):
            same = (*same, finding.words.replace(finding.key, "") if finding.key else finding.words)
        groups.setdefault(same, (finding, []))[1].append(finding.key)
    return list(groups.values())
