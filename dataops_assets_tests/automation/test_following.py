"""Tables that follow their inputs, by the condition that the sensor `follow` evaluates: ticks, with real runs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dataops_assets.build import Project
from dataops_assets.layers.following import FOLLOW, follows
from dataops_assets.model import Completeness, Contract, Daily, DatasetError, Date, Derived, Integer, Monthly, column
from dataops_assets.model.partitions import contiguous
from dataops_assets.runs import runner
from dataops_assets_tests.automation.place import make_place
from dataops_assets_tests.proofs.shop import SALES, offer, sources, trend
from dataops_assets_tests.support import make_project, rows

DAYS = [f"2024-01-{day:02}" for day in range(1, 32)]
MONTH = Daily(start=DAYS[0], end="2024-02-01", column="day")


class Totals(Contract):
    """One row per month."""

    day: Date = column("First day of the month.")
    orders: Integer = column("How many orders.")


TOTALS = Derived(
    name="totals",
    contract=Totals,
    partition=Monthly(start="2024-01-01", end="2024-02-01", column="day"),
    key=["day"],
    publish=True,
    automation="follow",
    sql="""
        select date_trunc(day, month) as day, sum(orders) as orders from transformed.sales
        where day >= @window_start and day < @window_end group by 1
    """,
)


@dataclass
class Followed:
    """A project, its instance, and the sensor's cursor. runs: that ticks asked for, by the number of the tick."""

    project: Project
    instance: dg.DagsterInstance
    cursor: Any = None
    ticks: int = 0
    runs: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.definitions = self.project.definitions(logger=runner.progress_logger(lambda line: None))
        catalog = self.project.catalog
        self.assets = catalog.following
        self.tables = {asset: (catalog.staged | catalog.derived)[asset.partition("/")[2]] for asset in self.assets}

    def tick(self) -> dict[str, list[str]]:
        """One tick: the partitions that it asks for, made as by the daemon's backfill, those of one range in a run."""
        result = dg.evaluate_automation_conditions(
            defs=self.definitions,
            instance=self.instance,
            asset_selection=dg.AssetSelection.assets(*map(key_of, self.assets)),
            cursor=self.cursor,
        )
        self.cursor, self.ticks = result.cursor, self.ticks + 1
        found = {asset: result.get_requested_partitions(key_of(asset)) or () for asset in self.assets}
        asked = {asset: sorted(key or "" for key in keys) for asset, keys in found.items() if keys}
        together: dict[tuple[str, ...], list[str]] = {}
        for asset, keys in asked.items():
            calendar = self.tables[asset].calendar
            assert calendar
            for run in contiguous([calendar.of(key) for key in keys]):
                together.setdefault(tuple(partition.key for partition in run), []).append(asset)
        for keys, assets in together.items():
            self.runs[self.ticks] += 1
            self.run(assets, keys, by=FOLLOW)
        return asked

    def settle(self) -> dict[str, list[str]]:
        """Tick until nothing is asked for any more; all that was."""
        every: dict[str, list[str]] = {}
        for _ in range(5):
            if not (asked := self.tick()):
                return every
            for asset, keys in asked.items():
                every[asset] = [*every.get(asset, []), *keys]
        raise AssertionError(f"it goes round in a circle: {every}")

    def run(self, assets: Sequence[str], keys: Sequence[str], by: str = "") -> None:
        tags = {"dagster/sensor_name": by} if by else {}
        list(runner.run(self.definitions, self.instance, todo=[(assets, keys)], tags=tags))

    def arrive(self, days: Sequence[str], *assets: str) -> dict[str, list[str]]:
        """Extract these days, and what the next tick asks for."""
        self.run(assets or ("raw/orders", "raw/stock"), days)
        return self.tick()

    def decide(self, job: str, step: str, **config: str) -> None:
        given = {"by": "anna", "reason": "so it is", **config}
        self.definitions.get_job_def(job).execute_in_process(
            run_config={"ops": {step: {"config": given}}}, instance=self.instance
        )

    def made(self, asset: str) -> list[int]:
        """How often each day was written."""
        events = self.instance.fetch_materializations(key_of(asset), limit=1000).records
        counted = Counter(event.partition_key for event in events)
        return [counted[day] for day in DAYS]


def key_of(asset: str) -> dg.AssetKey:
    return dg.AssetKey(asset.split("/"))


def follow(dataset: Any, **changes: Any) -> Any:
    return replace(dataset, partition=MONTH, automation="follow", **changes)


def often(**other: int) -> list[int]:
    """Once each day, but for these: d3=2."""
    return [other.get(f"d{day}", 1) for day in range(1, 32)]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Project:
    orders, stock = sources(tmp_path_factory.mktemp("source"))
    return make_project(tmp_path_factory.mktemp("home"), orders, stock, follow(SALES), replace(trend, partition=MONTH))


def test_what_follows_says_so_and_one_sensor_asks_for_it_once_it_is_started(small: Project) -> None:
    definitions = small.definitions()
    sensor = definitions.get_sensor_def(FOLLOW)
    assert isinstance(sensor, dg.AutomationConditionSensorDefinition)
    assert sensor.default_status is dg.DefaultSensorStatus.STOPPED
    graph = definitions.resolve_asset_graph()
    with_condition = {
        key.to_user_string() for key in graph.materializable_asset_keys if graph.get(key).automation_condition
    }
    assert with_condition == {"transformed/sales", "production/sales"}
    assert {key.to_user_string() for key in sensor.asset_selection.resolve(graph)} == with_condition
    alone = Project(small.settings, replace(small.datasets, derived=()))
    assert FOLLOW not in [each.name for each in alone.definitions().sensors or ()]
    with pytest.raises(DatasetError, match="source 'orders': automation is 'follow' or None, not 'eager'"):
        replace(small.datasets.sources[0], automation="eager")


def test_no_two_parts_of_the_condition_share_what_they_remember() -> None:
    condition: Any = follows()

    def remembering(part: Any) -> Iterator[Any]:
        if part.name == "SINCE":
            yield part
        for child in part.children:
            yield from remembering(child)

    parts = list(remembering(condition))
    ids = [part.get_node_unique_id(parent_unique_id=None, index=None, target_key=None) for part in parts]
    assert len({*ids}) == len({*map(repr, parts)}) == 6
    something, ready = condition.children
    assert [part.get_label() for part in (condition, something, ready)] == [
        "follows its inputs",
        "there is something to do",
        "nothing keeps it from being made",
    ]


@pytest.mark.slow
def test_a_month_of_ticks_builds_each_partition_as_often_as_its_inputs_changed(tmp_path: Path) -> None:
    orders, stock = sources(tmp_path)
    datasets = [
        follow(orders, write="replace", statistics=[Completeness(severity="stop")]),
        follow(stock),
        follow(SALES),
        follow(trend, publish="approval"),
        TOTALS,
    ]
    project = make_project(tmp_path / "home", *datasets)
    variants = dict.fromkeys(DAYS, "old")
    offer(tmp_path, variants | {DAYS[5]: "bad", DAYS[6]: "many"})
    with dg.DagsterInstance.ephemeral() as instance:
        month = Followed(project, instance)
        assert month.tick() == {}
        month.arrive(DAYS[0:4])
        month.arrive(DAYS[4:8])  # a day whose stock breaks its contract, and one whose sales break theirs
        assert month.made("production/sales")[:8] == [1, 1, 1, 1, 1, 0, 0, 1]
        assert month.made("transformed/trend")[:8] == [1, 1, 1, 1, 1, 0, 0, 0]
        assert month.settle() == {}, "what is held is not asked for again"
        # Data that come late: the orders are there, and nothing is made of them before the stock is.
        month.arrive(DAYS[8:18], "raw/orders")
        assert month.arrive([*DAYS[10:18]], "raw/stock").keys() >= {"staged/stock", "production/sales"}
        assert month.made("transformed/sales")[8:12] == [0, 0, 1, 1]
        assert month.made("transformed/trend")[8:12] == [0, 0, 0, 1]
        assert month.arrive(DAYS[8:10], "raw/stock")["transformed/trend"] == DAYS[8:11]
        # What was held is released by a correction.
        offer(tmp_path, changed := {DAYS[2]: "new", DAYS[5]: "old", DAYS[6]: "new"})
        variants |= changed
        assert month.arrive(DAYS[2:3])["production/sales"] == DAYS[2:3]
        assert month.arrive(DAYS[5:7])["transformed/trend"] == DAYS[5:8]
        # A day that comes before the one before it is held by a check, and let through by somebody.
        month.arrive(DAYS[19:20])
        assert month.made("production/sales")[18:20] == [0, 0]
        month.decide("accept", "accept_partition", table="staged/orders", partition=DAYS[19], check="completeness")
        assert month.settle()["production/sales"] == DAYS[19:20]
        month.arrive(DAYS[18:19])

        # A run of everything, as a schedule asks for it: nothing is left to do.
        month.run(["raw/orders", "raw/stock", *(a for a in month.assets if "totals" not in a)], DAYS[20:24])
        assert month.settle().keys() <= {"production/trend"}
        month.arrive(DAYS[24:31])
        assert month.tick().keys() == {"transformed/totals", "production/totals"}, "the month is whole"
        # What waits for an approval is published once it has one, and nothing else.
        assert month.made("production/trend") == [0] * 31
        month.decide("approve", "approve_partitions", table="trend", partitions=f"{DAYS[0]}..{DAYS[19]}")
        assert month.settle() == {"production/trend": DAYS[0:20]}
        offer(tmp_path, changed := {DAYS[27]: "new"})
        variants |= changed
        month.arrive(DAYS[27:28])
        assert month.settle().keys() == {"transformed/totals", "production/totals"}

        made = {asset: month.made(asset) for asset in month.assets if "totals" not in asset}
        totals = len(instance.fetch_materializations(key_of("production/totals"), limit=99).records)
    assert made == {
        "staged/orders": often(d3=2, d6=2, d7=2, d28=2),
        "staged/stock": often(d3=2, d7=2, d28=2),
        "transformed/sales": often(d3=2, d28=2),
        "production/sales": often(d3=2, d28=2),
        "transformed/trend": often(d3=2, d4=2, d28=2, d29=2),
        "production/trend": [1] * 20 + [0] * 11,
    }
    assert totals == 2
    assert max(month.runs.values()) <= 2
    anew = make_project(tmp_path / "anew", *datasets)
    with dg.DagsterInstance.ephemeral() as instance:
        other = Followed(anew, instance)
        other.run(["raw/orders", "raw/stock", *(a for a in other.assets if "totals" not in a)], DAYS)
        other.run(["transformed/totals", "production/totals"], ["2024-01-01"])
    for table in ("staging.sales", "staging.trend", "production.sales", "production.totals"):
        assert rows(project, f"SELECT * FROM {table} ORDER BY ALL") == rows(anew, f"SELECT * FROM {table} ORDER BY ALL")
    published = rows(project, "SELECT * FROM production.trend ORDER BY ALL")
    assert published == rows(anew, f"SELECT * FROM staging.trend WHERE day <= '{DAYS[19]}' ORDER BY ALL")


@pytest.mark.slow
def test_what_came_between_two_ticks_is_taken_in_its_order_and_a_reference_table_starts_nothing(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    place = make_place(tmp_path, instance)
    derived = tuple(replace(table, automation="follow") for table in place.project.datasets.derived)
    project = Project(place.project.settings, replace(place.project.datasets, derived=derived))
    visits = Followed(project, instance)
    day = "2026-01-01"
    place.visits(day, "A", "B")
    place.rain(day, 3)
    everything = ["raw/visits", "raw/rain", "staged/visits", "staged/rain"]
    visits.run(["raw/shops", "staged/shops"], [])
    visits.run([*everything, "transformed/city_visits", "production/city_visits"], [day])
    assert visits.tick() == {}, "what was made before is left alone"

    def counted() -> int:
        return rows(project, "SELECT CAST(SUM(visits) AS BIGINT) AS n FROM production.city_visits")[0]["n"]

    for shops in (("A", "B", "B"), ("A", "A", "B", "B")):
        place.visits(day, *shops)
        visits.run(["raw/visits", "staged/visits"], [day])
        if len(shops) == 3:  # made by hand, before the next change comes
            visits.run(["transformed/city_visits", "production/city_visits"], [day])
    assert counted() == 3
    assert visits.tick() == {"transformed/city_visits": [day], "production/city_visits": [day]}
    assert counted() == 4
    assert visits.tick() == {}
    visits.run(["raw/shops", "staged/shops"], [])
    assert visits.settle() == {}
    # Made by hand after the change, all between two ticks: there is nothing left to do.
    visits.run(["raw/visits", "staged/visits"], [day])
    visits.run(["transformed/city_visits", "production/city_visits"], [day])
    assert visits.settle() == {}
