"""Schedules: which partitions a tick asks for, and that the run it asks for is a run of everything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.schedule_definition import ScheduleExecutionData
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from dataops_assets.automation.unfinished import Unfinished, unfinished
from dataops_assets.model import Contract, Daily, Date, Derived, Hourly, Integer, Monthly, column
from dataops_assets.sources import Files
from dataops_assets_tests.automation.place import Place, SeenVisits, make_place


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """On disk: a schedule opens the instance by its reference."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as opened:
        yield opened


@pytest.fixture(scope="module")
def calendar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """For the ticks that nothing is run for."""
    folder = tmp_path_factory.mktemp("calendar")
    with dg.DagsterInstance.local_temp(str(folder)) as opened:
        yield make_place(folder, opened)


def tick(place: Place, moment: datetime, schedule: str = "visits_daily") -> ScheduleExecutionData:
    definition = place.repository.get_schedule_def(schedule)
    with dg.build_schedule_context(
        place.instance, scheduled_execution_time=moment, repository_def=place.repository
    ) as context:
        return definition.evaluate_tick(context)


def at(day: int, hour: int = 6, minute: int = 30, month: int = 1) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def requests(result: ScheduleExecutionData) -> Sequence[dg.RunRequest]:
    assert result.run_requests is not None
    return result.run_requests


def why_not(result: ScheduleExecutionData) -> str:
    assert not result.run_requests
    assert result.skip_message
    return result.skip_message


def asked(result: ScheduleExecutionData) -> tuple[str, str]:
    (request,) = requests(result)
    tags = request.tags
    if "dagster/partition" in tags:
        return tags["dagster/partition"], tags["dagster/partition"]
    return tags["dagster/asset_partition_range_start"], tags["dagster/asset_partition_range_end"]


@dataclass
class Queue:
    """The runs that ticks ask for, as the daemon runs them: in order, and none twice."""

    place: Place
    seen: set[str | None] = field(default_factory=set)

    def tick(self, moment: datetime, schedule: str, *, run: bool = True) -> list[tuple[str, str]]:
        """One tick, and its runs; of each the first of its assets, and its partitions."""
        definition = self.place.repository.get_schedule_def(schedule)
        done = []
        for request in tick(self.place, moment, schedule).run_requests or []:
            names = [key.to_user_string() for key in request.asset_selection or ()]
            assert request.run_key not in self.seen
            self.seen.add(request.run_key)
            done.append((names[0] if names else "all", span(request)))
            if run:
                result = self.place.execute(definition.job_name, request, *names)
                assert result.success, [event.message for event in result.get_step_failure_events()]
        return done


def span(request: dg.RunRequest) -> str:
    ends = (request.tags.get(f"dagster/asset_partition_range_{word}") for word in ("start", "end"))
    return request.partition_key or "..".join(filter(None, ends))


@pytest.mark.parametrize(
    ("moment", "first", "last"),
    [
        (at(8), "2026-01-05", "2026-01-07"),
        (at(3), "2026-01-01", "2026-01-02"),  # the lookback is cut off where the calendar starts
        (at(2), "2026-01-01", "2026-01-01"),
        (at(11), "2026-01-08", "2026-01-10"),
        (at(12), "2026-01-09", "2026-01-10"),  # past the end, the lookback still reaches back
        (at(13), "2026-01-10", "2026-01-10"),
    ],
)
def test_newest_closed_partition_and_lookback(calendar: Place, moment: datetime, first: str, last: str) -> None:
    assert asked(tick(calendar, moment)) == (first, last)


def test_a_calendar_that_ended_is_said_to_have_ended(calendar: Place) -> None:
    output = why_not(tick(calendar, at(14)))
    assert "the calendar ended with 2026-01-10" in output
    assert "dataops run --partitions 2026-01-10" in output


def test_a_calendar_that_has_not_begun(calendar: Place) -> None:
    output = why_not(tick(calendar, at(1)))
    assert "no partition is over yet; the calendar begins with 2026-01-01" in output


def test_a_tick_asks_for_one_run_however_often_it_is_evaluated(calendar: Place) -> None:
    again, once, later = (requests(tick(calendar, moment))[0] for moment in (at(8), at(8), at(8, 18)))
    assert again.run_key == once.run_key
    assert later.run_key != once.run_key


def test_hours(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    hourly = {"partition": Hourly(start="2026-01-01", column="seen_at", lookback=1), "contract": SeenVisits}
    place = make_place(tmp_path, instance, visits={**hourly, "schedule": "5 * * * *"})
    assert asked(tick(place, at(2, 10, 5), "visits_hourly")) == ("2026-01-02-08:00", "2026-01-02-09:00")


def test_a_calendar_without_an_end(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    endless = Daily(start="2026-01-01", column="day", lookback=1)
    place = make_place(tmp_path, instance, visits={"partition": endless})
    assert asked(tick(place, at(1, month=3))) == ("2026-02-27", "2026-02-28")


def test_a_reference_table_with_a_schedule(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    place = make_place(tmp_path, instance, shops={"schedule": "0 6 * * *"})
    (request,) = requests(tick(place, at(8, 6, 0), "shops_refresh"))
    assert request.run_key == "2026-01-08T06:00"
    assert place.execute("shops_refresh", request).success
    assert len(place.rows("select * from staging.raw_shops")) == 2
    of_visits = place.repository.get_job("visits_daily")
    assert dg.AssetKey(["raw", "shops"]) not in of_visits.asset_layer.executable_asset_keys


@pytest.mark.slow
def test_a_tick_takes_the_range_from_the_source_to_production(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    place = make_place(tmp_path, instance)
    for day in ("2026-01-05", "2026-01-06", "2026-01-07"):
        place.visits(day, "A", "B", "B")
        place.rain(day, 1)
    assert Queue(place).tick(at(8), "visits_daily") == [("all", "2026-01-05..2026-01-07")]
    published = place.rows("select day, sum(visits) as visits from production.city_visits group by day order by day")
    assert [(f"{row['day']}", row["visits"]) for row in published] == [
        ("2026-01-05", 3),
        ("2026-01-06", 3),
        ("2026-01-07", 3),
    ]
    found = place.instance.get_materialized_partitions(dg.AssetKey(["production", "city_visits"]))
    assert found == {"2026-01-05", "2026-01-06", "2026-01-07"}
    changed = make_place(tmp_path, instance, rain={"code_version": "2"})
    (tmp_path / "incoming" / "visits-2026-01-05.csv").unlink()  # which nobody asks for
    queue = Queue(changed)
    assert queue.tick(at(9), "visits_daily") == [
        ("all", "2026-01-06..2026-01-08"),
        ("staged/rain", "2026-01-05"),
    ]
    assert len(changed.rows("select * from staging.raw_visits where day = '2026-01-05'")) == 3
    (tmp_path / "home" / "warehouse.duckdb").write_bytes(b"no database")
    assert queue.tick(at(10), "visits_daily", run=False) == [("all", "2026-01-07..2026-01-09")]


ORIGIN = RemoteJobOrigin(
    RemoteRepositoryOrigin(
        ManagedGrpcPythonEnvCodeLocationOrigin(LoadableTargetOrigin(module_name="nowhere"), "nowhere"), "nowhere"
    ),
    "visits_daily",
)
"""Without one Dagster takes no run as queued."""


def test_what_unfinished_runs_make(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    """A run that was created and not submitted is none of them: the daemon submits it if its tick asks for it again."""
    place = make_place(tmp_path, instance)
    job, status = place.repository.get_job("visits_daily"), dg.DagsterRunStatus
    (request,) = requests(tick(place, at(8)))

    def create(state: dg.DagsterRunStatus, **about: Any) -> None:
        instance.create_run_for_job(job, status=state, remote_job_origin=ORIGIN, **about)

    create(status.NOT_STARTED, tags=request.tags)
    assert requests(tick(place, at(8)))[0].run_key == request.run_key
    create(status.STARTED, tags={"dagster/partition": "2026-01-04"}, asset_selection={dg.AssetKey(["raw", "rain"])})
    create(status.SUCCESS, tags={"dagster/partition": "2026-01-05"})
    create(status.QUEUED, tags=request.tags)
    calendars = {"raw/visits": place.project.catalog.staged["visits"].calendar, "raw/shops": None}
    calendars["raw/rain"] = calendars["raw/visits"]
    found = unfinished(instance, "visits_daily", {"visits_daily": ["raw/visits", "raw/shops", "no/table"]}, calendars)
    queued = frozenset({("raw/shops", ""), *(("raw/visits", f"2026-01-0{day}") for day in (5, 6, 7))})
    assert found == Unfinished(queued, queued, frozenset({("raw/rain", "2026-01-04")}))
    assert "waits in the queue already" in why_not(tick(place, at(8)))
    assert asked(tick(place, at(9))) == ("2026-01-08", "2026-01-08")


class VisitsOf(Contract):
    """Visits by the first day that they were made on."""

    day: Date = column("The day.")
    visits: Integer = column("How many.")


@pytest.mark.slow
def test_a_day_of_hours_and_what_is_rolled_up_of_it(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    """A daily tick loads the hours that closed, in runs of as many as a run has, and then the day and the month."""
    roll_ups = [
        Derived(
            name=f"by_{by.unit.name}",
            contract=VisitsOf,
            partition=by,
            key=["day"],
            sql="""
                select min(day) as day, count(*) as visits from staged.visits
                where seen_at >= @window_start and seen_at < @window_end
            """,
        )
        for by in (Daily(start="2026-01-31", column="day"), Monthly(start="2026-01-01", column="day"))
    ]
    hours = {
        "partition": Hourly(start="2026-01-31", column="seen_at"),
        "contract": SeenVisits,
        "extract": Files(f"{tmp_path}/incoming/{{partition.start:%Y-%m-%dT%H}}.csv", missing="empty"),
    }
    place = make_place(tmp_path, instance, *roll_ups, visits=hours, partitions_per_run=10)
    for hour in range(24):
        (tmp_path / "incoming" / f"2026-01-31T{hour:02}.csv").write_text(
            f"seen_at,day,visit,shop\n2026-01-31T{hour:02}:30:00Z,2026-01-31,{hour + 1},A\n"
        )
    queue = Queue(place)
    assert {each.name for each in place.repository.schedule_defs} == {"visits_hourly", "report_daily"}
    assert queue.tick(at(31), "visits_hourly") == [("raw/visits", "2026-01-31-00:00..2026-01-31-05:00")]
    assert queue.tick(at(1, month=2), "visits_hourly") == [
        ("raw/visits", "2026-01-31-06:00..2026-01-31-15:00"),
        ("raw/visits", "2026-01-31-16:00..2026-02-01-01:00"),
        ("raw/visits", "2026-02-01-02:00..2026-02-01-05:00"),
        ("transformed/by_date", "2026-01-31"),
        ("transformed/by_month", "2026-01-01"),
    ]
    for table in ("by_date", "by_month"):
        assert [row["visits"] for row in place.rows(f"select visits from staging.{table}")] == [24]
