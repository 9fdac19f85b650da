"""Defects that are seeded into all partitions of a table, and what the checks say of each, from profiles alone."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import pyarrow as pa

from dataops_assets.model import Partition
from dataops_assets.validation.profile import Profile
from dataops_assets.validation.profiling import profiling_of
from dataops_assets.validation.scores import Past
from dataops_assets.validation.seasons import season_of, special
from dataops_assets.validation.statistics import Statistics
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import StagedTable
from dataops_assets_tests.delivery.project import text

MOST_CHECKS, MOST_PARTITIONS = 0.004, 0.04
"""Shares of the figures, and of the partitions, that may alarm without a defect."""
WORTH_SAYING = 0.05


def profiles_of(
    session: Session, table: StagedTable, rows: pd.DataFrame, partitions: Sequence[Partition]
) -> dict[str, Profile]:
    """As a load makes them. rows: with the partition of each as `_slice`."""
    wanted = pa.schema([("_slice", pa.string()), *(field.with_nullable(True) for field in table.spec.schema)])
    columns = {name: rows[name] for name in wanted.names}
    session.scratch_arrow(
        "_rows", pa.Table.from_pandas(pd.DataFrame(columns), wanted, preserve_index=False, safe=False)
    )
    profiling, slices = profiling_of(table), table.slices(partitions)
    slices.stage(session, "_parts")
    found = profiling.ask(session, "_rows", slices, "COUNT(*) AS again")()
    return {key: profiling.read(count, more) for key, count, _, *more in found}


def past_of(table: StagedTable, profiles: Mapping[str, Profile], partitions: Sequence[Partition]) -> Past:
    """One that has no profile has no rows."""
    assert table.calendar
    nothing, keys = profiling_of(table).empty, [each.key for each in partitions]
    near = special(partitions, table.holidays)
    return Past(keys, [profiles.get(key, nothing) for key in keys], season_of(table.calendar), near)


def quiet(table: StagedTable, before: Past, first: int) -> tuple[float, float, dict[str, int]]:
    """Of the untouched partitions from place `first` on: the share of the figures that fail, of the partitions with
    any, and how many partitions by check.
    """
    statistics, judged = Statistics(table.statistics, before), range(first, len(before.keys))
    found = [(place, each) for place in judged for each in statistics.measure(place)]
    figures = [figure.verdict for _, each in found for figure in each.figures if figure.verdict != "no history"]
    failed = [(place, each.statistic.name) for place, each in found if each.verdict == "failed"]
    by_check: dict[str, int] = {}
    for _, name in failed:
        by_check[name] = by_check.get(name, 0) + 1
    return figures.count("failed") / len(figures), len({place for place, _ in failed}) / len(judged), by_check


def damaged(table: StagedTable, before: Past, now: Past, places: Iterable[int]) -> dict[str, set[str]]:
    """The checks that fail, of each partition in these places that the defect has changed."""
    statistics = Statistics(table.statistics, before, now)
    return {
        before.keys[place]: {each.statistic.name for each in statistics.measure(place) if each.verdict == "failed"}
        for place in places
        if _known(before.profiles[place]) != _known(now.profiles[place])
    }


def _known(profile: Profile | None) -> object:
    """What does not depend on the order in which an engine adds up."""
    columns = profile.columns if profile else {}
    return [
        (name, each.rows, each.nulls, each.distinct, each.least, each.most, each.values, *map(tuple, each.buckets))
        for name, each in columns.items()
    ]


def line(defect: str, found: Mapping[str, set[str]]) -> tuple[str, float]:
    """The line of the docs' table, and the share of the partitions in which the defect is found."""
    share = sum(map(bool, found.values())) / len(found)
    names = sorted({name for checks in found.values() for name in checks})
    by = {name: sum(name in checks for checks in found.values()) / len(found) for name in names}
    shown = ", ".join(f"{name} {part * 100:.0f} %" for name, part in by.items() if part >= WORTH_SAYING)
    return f"| {defect} | {share * 100:.0f} % | {shown} |".replace("|  |", "| |"), share


def not_in_the_docs(lines: Iterable[str]) -> list[str]:
    """Those of the lines that `docs/statistics.md` has not."""
    known = text("docs/statistics.md").splitlines()
    return [each for each in lines if each not in known]
