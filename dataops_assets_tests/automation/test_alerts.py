"""Alerts: one line says what failed, where, why, and what to do."""

import signal
from pathlib import Path

import dagster as dg

from dataops_assets.interrupts import WORDS
from dataops_assets.sources.base import Extraction, Request
from dataops_assets_tests.automation.place import Place, make_place


def load(place: Place, day: str, *more: str, job: str = "visits_load") -> dg.ExecuteInProcessResult:
    tags = {"dagster/partition": day}
    if more:
        tags = {"dagster/asset_partition_range_start": day, "dagster/asset_partition_range_end": more[-1]}
    return place.execute(job, dg.RunRequest(tags=tags))


def tick(place: Place, cursor: str | None) -> tuple[list[str], str | None]:
    """Lines of one tick of the check sensor, warnings marked as such, and its cursor."""
    lines: list[str] = []
    with dg.build_sensor_context(place.instance, cursor=cursor, repository_def=place.repository) as context:
        context.log.error = lines.append  # type: ignore[method-assign]
        context.log.warning = lambda line: lines.append(f"warning: {line}")  # type: ignore[method-assign]
        result = place.repository.get_sensor_def("failed_checks").evaluate_tick(context)
    assert result.skip_message
    return lines, result.cursor


def failed_run_line(place: Place, result: dg.ExecuteInProcessResult) -> str:
    lines: list[str] = []
    context = dg.build_run_status_sensor_context(
        sensor_name="failed_runs",
        dagster_event=result.get_run_failure_event(),
        dagster_instance=place.instance,
        dagster_run=result.dagster_run,
        repository_def=place.repository,
    ).for_run_failure()
    context.log.error = lines.append  # type: ignore[method-assign]
    place.repository.get_sensor_def("failed_runs")(context)
    (line,) = lines
    assert "\n" not in line
    return line


def test_a_failed_run(place: Place) -> None:
    place.visits("2026-01-05", "A", first=-5)
    result = load(place, "2026-01-05")
    assert not result.success
    line = failed_run_line(place, result)
    assert line.startswith(f"run {result.run_id} of visits_load [2026-01-05] failed at staged/visits: ")
    assert "staged/visits: 1 of 1 partitions" in line
    assert line.endswith("then: dataops run --select staged/visits+ --partitions 2026-01-05")


def test_a_failed_run_over_a_range(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    place = make_place(tmp_path, instance)
    for day in ("2026-01-05", "2026-01-06"):
        (place.folder / f"visits-{day}.csv").write_bytes(b"\xff\xfe\x00 not a table")
    result = load(place, "2026-01-05", "2026-01-06")
    assert not result.success
    line = failed_run_line(place, result)
    assert "[2026-01-05..2026-01-06] failed at raw/visits: " in line
    assert line.endswith("then: dataops run --select raw/visits+ --partitions 2026-01-05..2026-01-06")


class Interrupted:
    """A source during whose answer Ctrl-C comes, or the signal by which Kubernetes ends a process."""

    def extract(self, request: Request) -> Extraction:
        signal.raise_signal(signal.SIGTERM)
        raise AssertionError("it was not heard")


def test_a_run_that_was_interrupted(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    place = make_place(tmp_path, instance, visits={"extract": Interrupted()})
    result = place.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        partition_key="2026-01-05",
        asset_selection=[dg.AssetKey(["raw", "visits"])],
        raise_on_error=False,
    )
    assert failed_run_line(place, result).endswith(
        f"failed at raw/visits: {WORDS}. Next: dataops run --select raw/visits+ --partitions 2026-01-05"
    ), "there is nothing to be corrected"


def test_a_run_that_failed_outside_of_its_steps(place: Place) -> None:
    place.visits("2026-01-05", "A", first=-5)
    result = load(place, "2026-01-05")
    event = result.get_run_failure_event()
    run = place.instance.create_run_for_job(
        place.repository.get_job("visits_load"), tags={"dagster/partition": "2026-01-05"}
    )
    context = dg.build_run_status_sensor_context("failed_runs", event, place.instance, run).for_run_failure()
    lines: list[str] = []
    context.log.error = lines.append  # type: ignore[method-assign]
    place.repository.get_sensor_def("failed_runs")(context)
    assert "failed outside of its steps" in lines[0]
    assert lines[0].endswith("launch it again")


def test_checks_of_a_run_that_wrote_the_other_days(place: Place) -> None:
    """One bad day is held back, the others go through: the line says which."""
    _, cursor = tick(place, None)
    place.visits("2026-01-05", "A")
    place.visits("2026-01-06", "A", first=-5)
    place.visits("2026-01-07", "A")
    result = load(place, "2026-01-05", "2026-01-06", "2026-01-07")
    assert place.rows("SELECT COUNT(*) AS days FROM staging.raw_visits") == [{"days": 2}]
    lines, cursor = tick(place, cursor)
    (line,) = lines
    assert line.startswith(f"check contract of staged/visits [2026-01-06] failed in run {result.run_id}: ")
    assert line.endswith("dataops run --select staged/visits+ --partitions 2026-01-06..2026-01-06")
    assert "\n" not in line
    assert tick(place, cursor) == ([], cursor)


def test_checks_of_a_run_that_failed(place: Place) -> None:
    _, cursor = tick(place, None)
    place.visits("2026-01-06", "A", first=-5)
    assert not load(place, "2026-01-06").success
    (line,), _ = tick(place, cursor)
    assert line.startswith("check contract of staged/visits [2026-01-06] failed")


def test_a_check_that_warns_alerts_and_one_that_logs_does_not(place: Place) -> None:
    _, cursor = tick(place, None)
    days = ["2026-01-05", "2026-01-06", "2026-01-07"]
    for day, first in zip(days, (60, 200, 1), strict=True):  # above 50 is logged, above 100 warns
        place.visits(day, "A", first=first)
    result = load(place, *days)
    assert result.success
    (line,), _ = tick(place, cursor)
    assert line.startswith(f"warning: check contract of staged/visits [2026-01-06] warns in run {result.run_id}, and ")
    assert "1 of 1 rows: visit < 100 (warn)" in line
    found = place.instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(dg.AssetKey(["staged", "visits"]), "contract"), limit=9
    )
    shown = {each.evaluation.partition: each.evaluation for each in found if each.evaluation}
    assert {day: (shown[day].passed, shown[day].severity.value, shown[day].blocking) for day in days} == {
        days[0]: (True, "WARN", False),
        days[1]: (False, "WARN", False),
        days[2]: (True, "WARN", False),
    }
    assert shown[days[0]].metadata["some"].value == 1, "what is only logged is on record all the same"


def test_many_bad_days_are_one_line(place: Place) -> None:
    _, cursor = tick(place, None)
    days = [f"2026-01-{day:02d}" for day in range(1, 9)]
    for day in days:
        place.visits(day, "A", first=-5)
    load(place, *days)
    (line,), _ = tick(place, cursor)
    assert "2026-01-05 and 3 more]" in line


def test_history_is_not_told(place: Place) -> None:
    place.visits("2026-01-06", "A", first=-5)
    load(place, "2026-01-06")
    lines, cursor = tick(place, None)
    assert lines == []
    load(place, "2026-01-06")
    assert len(tick(place, cursor)[0]) == 1
