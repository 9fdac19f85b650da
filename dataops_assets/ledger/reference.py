"""What the partitions of a write are compared with: the profiles of those before them, and what people said of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dataops_assets.ledger import profiles, rulings
from dataops_assets.model.partitions import Partition
from dataops_assets.model.statistics import Statistic
from dataops_assets.validation.measured import Measured
from dataops_assets.validation.profile import Profile
from dataops_assets.validation.rulings import Rulings
from dataops_assets.validation.scores import Past
from dataops_assets.validation.seasons import depth_of, season_of, special
from dataops_assets.validation.statistics import Statistics, depth
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

_BLOCK = 500
"""Partitions that are measured at once."""


@dataclass(frozen=True)
class Reference:
    """What the partitions of a write are compared with.

    partitions: theirs and those before them, in the order of the calendar. known: profiles by key; those that are
    written meanwhile are added to it, if there is something to compare.
    """

    declared: Sequence[Statistic]
    partitions: Sequence[Partition] = ()
    season: int = 1
    special: Sequence[bool] = ()
    known: dict[str, Profile] = field(default_factory=dict)
    rulings: Rulings = field(default_factory=Rulings)

    @classmethod
    def ask(
        cls,
        session: Session,
        schema: str,
        table: StagedTable | DerivedTable,
        partitions: Sequence[Partition | None],
    ) -> "Callable[[], Reference]":
        """Ask for the profiles that these partitions are compared with, their own among them (`Session.later`)."""
        timed = sorted(partition for partition in partitions if partition)
        calendar = table.calendar
        if not table.statistics or not timed or not calendar:
            return lambda: cls(table.statistics)
        before = calendar.history(timed[0], depth_of(calendar))
        every = [*before, *calendar.between(timed[0].key, timed[-1].key)]
        stored = profiles.between(session, schema, table.asset, every[0].key, every[-1].key)
        said = rulings.of(session, schema, table.asset)
        season, near = season_of(calendar), special(every, table.holidays)
        return lambda: cls(table.statistics, every, season, near, stored(), said())

    def learn(self, profiles: Mapping[str, Profile]) -> None:
        """These were written."""
        if self.partitions:
            self.known.update(profiles)

    def measure(self, profiles: Mapping[str, Profile]) -> dict[str, list[Measured]]:
        """What the checks say of partitions of these profiles, each compared with the ones before it, which are as they
        are here or known.
        """
        if not self.partitions or not profiles:
            return {}
        every = {**self.known, **profiles}
        left_out, gapless = self.rulings.left_out(every), self.rulings.without_gaps()
        asked = [place for place, partition in enumerate(self.partitions) if partition.key in profiles]
        found: dict[str, list[Measured]] = {}
        while asked:
            # As far as is looked back, and no more at a time than fit into memory whatever the range.
            begin = max(asked[0] - depth(self.season), 0)
            block = [place for place in asked if place < asked[0] + _BLOCK]
            asked = asked[len(block) :]
            keys = [partition.key for partition in self.partitions[begin : block[-1] + 1]]
            near = self.special[begin : block[-1] + 1]
            now = Past(keys, [every.get(key) for key in keys], self.season, near)
            before = now
            if left_out.intersection(keys):
                there = [None if key in left_out else every.get(key) for key in keys]
                before = Past(keys, there, self.season, near)
            statistics = Statistics(self.declared, before, now, gapless)
            for place in block:
                key = self.partitions[place].key
                measured = statistics.measure(place - begin)
                found[key] = [self.rulings.applied(each, key, every[key].version) for each in measured]
        return found
