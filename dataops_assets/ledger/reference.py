"""What the partitions of a write are compared with: the profiles of those before them, and what people said of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dataops_assets.ledger import profiles, rulings
from dataops_assets.model.partitions import Partition
from dataops_assets.model.statistics import Against, Freshness, Statistic
from dataops_assets.validation.comparing import Compared
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
        if not table.statistics:
            return lambda: cls(())
        timed = sorted(partition for partition in partitions if partition)
        declared = [each for each in table.statistics if not isinstance(each, Against | Freshness)]
        calendar = table.calendar
        if not timed or not calendar or not declared:
            said = rulings.of(session, schema, table.asset)
            return lambda: cls(declared, rulings=said())
        before = calendar.history(timed[0], depth_of(calendar))
        every = [*before, *calendar.between(timed[0].key, timed[-1].key)]
        stored = profiles.between(session, schema, table.asset, every[0].key, every[-1].key)
        said = rulings.of(session, schema, table.asset)
        season, near = season_of(calendar), special(every, table.holidays)
        return lambda: cls(declared, every, season, near, stored(), said())

    def learn(self, profiles: Mapping[str, Profile]) -> None:
        """These were written."""
        if self.partitions:
            self.known.update(profiles)

    def measure(self, profiles: Mapping[str, Profile], compared: Compared | None = None) -> dict[str, list[Measured]]:
        """What the checks say of partitions of these profiles, each compared with the ones before it, which are as they
        are here or known. compared: what is said of them against other tables.
        """
        found = {key: self._ruled(key, profile, (compared or {}).get(key, ())) for key, profile in profiles.items()}
        for key, measured in self._by_profile(profiles).items():
            found[key] = [*self._ruled(key, profiles[key], measured), *found[key]]
        return {key: measured for key, measured in found.items() if measured}

    def _ruled(self, key: str, profile: Profile, measured: Sequence[Measured]) -> list[Measured]:
        return [self.rulings.written(each, key, profile.version) for each in measured]

    def _by_profile(self, profiles: Mapping[str, Profile]) -> dict[str, list[Measured]]:
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
            found |= {self.partitions[place].key: statistics.measure(place - begin) for place in block}
        return found
