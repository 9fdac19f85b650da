"""Schedules: which partitions a tick asks for, and that the run it asks for is a run of everything."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.schedule_definition import ScheduleExecutionData

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


def test_a_tick_takes_the_range_from_the_source_to_production(place: Place) -> None:
    for day in ("2026-01-05", "2026-01-06", "2026-01-07"):
        place.visits(day, "A", "B", "B")
        place.rain(day, 1)
    (request,) = requests(tick(place, at(8)))
    result = place.execute("visits_daily", request)
    assert result.success, [event.message for event in result.get_step_failure_events()]
    published = place.rows("select day, sum(visits) as visits from production.city_visits group by day order by day")
    assert [(f"{row['day']}", row["visits"]) for row in published] == [
        ("2026-01-05", 3),
        ("2026-01-06", 3),
        ("2026-01-07", 3),
    ]
    found = place.instance.get_materialized_partitions(dg.AssetKey(["production", "city_visits"]))
    assert found == {"2026-01-05", "2026-01-06", "2026-01-07"}


class VisitsOf(Contract):
    """Visits by the first day that they were made on."""

    day: Date = column("The day.")
    visits: Integer = column("How many.")


def test_a_day_of_hours_and_what_is_rolled_up_of_it(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    """A daily tick loads the hours that closed; the next one finds them loaded, and runs the day and the month."""
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
    place = make_place(tmp_path, instance, *roll_ups, visits=hours)
    for hour in range(24):
        (tmp_path / "incoming" / f"2026-01-31T{hour:02}.csv").write_text(
            f"seen_at,day,visit,shop\n2026-01-31T{hour:02}:30:00Z,2026-01-31,{hour + 1},A\n"
        )
    done = []
    for moment in (at(31), at(1, month=2), at(2, month=2)):
        for name in ("visits_hourly", "by_date_daily", "by_month_monthly"):
            for request in tick(place, moment, name).run_requests or []:
                if moment.day != 2 or name != "visits_hourly":
                    done.append((moment.day, name))
                    result = place.execute(name, request)
                    assert result.success, [event.message for event in result.get_step_failure_events()]
    assert done == [(31, "visits_hourly"), (1, "visits_hourly"), (2, "by_date_daily"), (2, "by_month_monthly")]
    for table in ("by_date", "by_month"):
        assert [row["visits"] for row in place.rows(f"select visits from staging.{table}")] == [24]
