"""Schedules: which partitions a tick asks for, and that the run it asks for is a run of everything."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.schedule_definition import ScheduleExecutionData

from dataops_assets.model import Contract, Daily, Date, Hourly, Integer, Text, Timestamp, column
from dataops_assets_tests.automation.place import Place, make_place


class SeenVisits(Contract):
    """Visits, to the hour."""

    seen_at: Timestamp = column("Moment of the visit, UTC.")
    day: Date = column("Day of the visit.")
    visit: Integer = column("Number of the visit.", ge=1)
    shop: Text = column("The shop.")


@pytest.fixture(scope="module")
def calendar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """For the ticks that nothing is run for."""
    with dg.DagsterInstance.ephemeral() as opened:
        yield make_place(tmp_path_factory.mktemp("calendar"), opened)


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
    said = why_not(tick(calendar, at(14)))
    assert "the calendar ended with 2026-01-10" in said
    assert "dataops run --partitions 2026-01-10" in said


def test_a_calendar_that_has_not_begun(calendar: Place) -> None:
    said = why_not(tick(calendar, at(1)))
    assert "no partition is over yet; the calendar begins with 2026-01-01" in said


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
