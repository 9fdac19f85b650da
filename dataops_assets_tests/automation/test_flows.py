"""What is in a scheduled job: enough that a run needs nothing but itself, and nothing that another schedule does."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from dataops_assets.automation.flows import flows
from dataops_assets.layers.catalog import Catalog
from dataops_assets.model import Contract, Daily, Date, Derived, Hourly, Integer, Monthly, Source, column
from dataops_assets.sources import Files
from dataops_assets_tests.automation.place import Place, SeenVisits, city_visits, daily, make_place, sources


class Counts(Contract):
    """Counts."""

    day: Date = column("The day.")
    count: Integer = column("How many.")


def at(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


def derived(name: str, sql: str, **options) -> Derived:
    return Derived(name=name, contract=Counts, key=["day"], sql=sql, **options)


def flow_keys(*datasets) -> dict[str, list[str]]:
    found = [d for d in datasets if isinstance(d, Source)], [d for d in datasets if isinstance(d, Derived)]
    return {flow.name: flow.keys for flow in flows(Catalog.of(*found))}


def test_a_flow_brings_the_inputs_that_no_schedule_refreshes(tmp_path: Path) -> None:
    keys = flow_keys(*sources(tmp_path).values(), city_visits)
    assert keys == {
        "visits_daily": [
            *("raw/visits", "raw/rain", "raw/shops"),
            *("staged/visits", "staged/rain", "staged/shops"),
            *("transformed/city_visits", "production/city_visits"),
        ]
    }


def test_what_another_schedule_refreshes_is_left_to_it(tmp_path: Path) -> None:
    used = sources(tmp_path)
    used["rain"] = replace(used["rain"], schedule="0 3 * * *")
    used["shops"] = replace(used["shops"], schedule="0 2 * * *")
    of_rain = derived("wet", "select day, mm as count from staged.rain", partition=daily)
    joined = derived(
        "both", "select v.day, w.count from staged.visits v join transformed.wet w on true", partition=daily
    )
    keys = flow_keys(*used.values(), of_rain, joined)
    assert keys["shops_refresh"] == ["raw/shops", "staged/shops"]
    assert keys["visits_daily"] == ["raw/visits", "staged/visits", "transformed/both"]
    assert keys["rain_daily"] == ["raw/rain", "staged/rain", "transformed/wet", "transformed/both"]


def test_sources_with_one_schedule_share_a_run(tmp_path: Path) -> None:
    used = sources(tmp_path)
    used["rain"] = replace(used["rain"], schedule=used["visits"].schedule)
    assert list(flow_keys(*used.values(), city_visits)) == ["visits_and_rain_daily"]


def test_tables_of_another_calendar_are_no_part_of_it(tmp_path: Path) -> None:
    used = sources(tmp_path)
    monthly = Monthly(start="2026-01-01", column="day")
    of_month = derived("by_month", "select day, count(*) as count from staged.visits group by day", partition=monthly)
    whole = derived("in_all", "select day, count(*) as count from staged.visits group by day")
    other = Source(
        name="later",
        extract=Files("/nowhere/{partition.key}.csv"),
        contract=Counts,
        partition=Daily(start="2026-02-01", column="day"),
        key=["day"],
    )
    keys = flow_keys(*used.values(), other, of_month, whole)
    assert keys["visits_daily"] == ["raw/visits", "staged/visits", "transformed/in_all"]
    assert keys["by_month_monthly"] == ["transformed/by_month"]


def test_roll_ups_have_flows_of_their_own_one_after_the_other(tmp_path: Path) -> None:
    used = sources(tmp_path)
    hourly = Hourly(start="2026-01-01", column="seen_at")
    used["visits"] = replace(used["visits"], contract=SeenVisits, partition=hourly, schedule="5 * * * *")
    used["shops"] = replace(used["shops"], schedule="0 2 * * *")
    monthly, later = Monthly(start="2026-01-01", column="day"), replace(daily, start=at(5))
    tables = [
        derived("of_day", "select day, count(*) as count from staged.visits group by day", partition=daily),
        derived("of_day_too", "select day, count from transformed.of_day", partition=daily, publish=True),
        derived("of_month", "select day, count from transformed.of_day_too", partition=monthly),
        derived("of_shops", "select v.day, v.count from transformed.of_day v, staged.shops s", partition=daily),
        derived("of_later", "select day, count from transformed.of_day", partition=later),
        derived("with_rain", "select v.day, r.mm as count from staged.visits v, staged.rain r", partition=later),
    ]
    found = {flow.name: flow for flow in flows(Catalog.of(used.values(), tables))}
    assert {name: (flow.keys, flow.level, flow.crons) for name, flow in found.items()} == {
        "visits_hourly": (["raw/visits", "staged/visits"], 0, ["5 * * * *"]),
        "shops_refresh": (["raw/shops", "staged/shops"], 0, ["0 2 * * *"]),
        "of_day_daily": (
            ["transformed/of_day", "transformed/of_day_too", "production/of_day_too"],
            1,
            ("5 * * * *",),
        ),
        "of_month_monthly": (["transformed/of_month"], 2, ("5 * * * *",)),
        "of_shops_daily": (["transformed/of_shops"], 2, ("0 2 * * *", "5 * * * *")),
        "of_later_daily": (["transformed/of_later"], 2, ("5 * * * *",)),
        "with_rain_daily": (["transformed/with_rain"], 1, ("5 * * * *",)),
    }


def test_the_longest_lookback_counts(tmp_path: Path) -> None:
    used = sources(tmp_path)
    used["rain"] = replace(used["rain"], partition=replace(daily, lookback=5))
    (flow,) = flows(Catalog.of(used.values(), [city_visits]))
    assert flow.lookback == 5


def test_jobs_of_partitions_can_be_launched_for_one(place: Place) -> None:
    every = {job.name: job for job in place.repository.get_all_jobs() if not job.name.startswith("__")}
    jobs = {name: job for name, job in every.items() if job.asset_layer.executable_asset_keys}  # the others decide
    assert {name: job.partitions_def is not None for name, job in jobs.items()} == {
        "visits_daily": True,
        "visits_load": True,
        "rain_load": True,
        "reference_refresh": False,
    }
    days = jobs["visits_daily"].partitions_def
    assert days is not None
    assert days.get_last_partition_key() == "2026-01-10"


def test_a_job_for_a_partition_runs_from_source_to_production(place: Place) -> None:
    place.visits("2026-01-03", "A", "A", "B")
    place.rain("2026-01-03", 4)
    result = place.repository.get_job("visits_daily").execute_in_process(
        instance=place.instance, partition_key="2026-01-03", raise_on_error=False
    )
    assert result.success
    assert [tuple(row.values())[1:] for row in place.rows("select * from production.city_visits order by city")] == [
        ("Bonn", 1, 4),
        ("Kiel", 2, 4),
    ]


def test_the_job_of_reference_tables(place: Place) -> None:
    assert place.execute("reference_refresh", dg.RunRequest()).success
    assert len(place.rows("select * from staging.raw_shops")) == 2


def test_all_is_off_but_the_alerts(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    repository = make_place(tmp_path, instance).repository
    on = [d.name for d in (*repository.schedule_defs, *repository.sensor_defs) if d.default_status.value == "RUNNING"]
    assert sorted(on) == ["failed_checks", "failed_runs"]
