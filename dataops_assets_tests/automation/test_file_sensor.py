"""The file sensor: every new or changed file is loaded, none is started twice, however often and late it looks."""

import hashlib
import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from dataops_assets.automation import arrivals
from dataops_assets.automation.arrivals import RUNS_A_TICK, Seen
from dataops_assets.model import Daily
from dataops_assets.sources import Files
from dataops_assets_tests.automation.place import Place, make_place


def spans(result) -> list[tuple[str, str]]:
    """First and last partition of each run that a tick asks for."""
    found = []
    for request in result.run_requests:
        one = request.tags.get("dagster/partition")
        first, last = (request.tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end"))
        found.append((one or first, one or last))
    return found


def test_from_the_file_to_the_rows(place: Place) -> None:
    place.visits("2026-01-05", "A", "B")
    result = place.tick("visits_files")
    (request,) = result.run_requests
    assert place.execute("visits_load", request).success
    rows = place.rows("select visit, shop from staging.raw_visits order by visit")
    assert [tuple(row.values()) for row in rows] == [(1, "A"), (2, "B")]
    assert not place.tick("visits_files", result.cursor).run_requests


def test_nothing_there(place: Place) -> None:
    result = place.tick("visits_files")
    assert not result.run_requests
    assert result.skip_message == "visits: no new or changed file; there are none"


def test_adjacent_days_share_a_run(place: Place) -> None:
    for day in ("2026-01-02", "2026-01-03", "2026-01-05"):
        place.visits(day, "A")
    result = place.tick("visits_files")
    assert spans(result) == [("2026-01-02", "2026-01-03"), ("2026-01-05", "2026-01-05")]
    for request in result.run_requests:
        assert place.execute("visits_load", request).success
    assert len(place.rows("select * from staging.raw_visits")) == 3


def test_a_changed_file_is_a_new_run(place: Place) -> None:
    place.visits("2026-01-05", "A")
    first = place.tick("visits_files")
    place.visits("2026-01-05", "A", "B")
    second = place.tick("visits_files", first.cursor)
    assert spans(second) == [("2026-01-05", "2026-01-05")]
    assert second.run_requests[0].run_key != first.run_requests[0].run_key
    os.utime(place.folder / "visits-2026-01-05.csv", ns=(1, 1))
    assert spans(place.tick("visits_files", second.cursor)) == [("2026-01-05", "2026-01-05")]


def test_the_same_tick_again_asks_for_the_same_runs(place: Place) -> None:
    for day in ("2026-01-02", "2026-01-05"):
        place.visits(day, "A")
    keys = [[request.run_key for request in place.tick("visits_files").run_requests] for _ in range(2)]
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == 2


def test_a_restart_goes_on_from_the_cursor(tmp_path: Path, place: Place) -> None:
    place.visits("2026-01-05", "A")
    cursor = place.tick("visits_files").cursor
    with dg.DagsterInstance.ephemeral() as other:  # it knows of no run: all there is to go by is the cursor
        again = make_place(tmp_path, other)
        assert not again.tick("visits_files", cursor).run_requests
        again.visits("2026-01-06", "A")
        assert spans(again.tick("visits_files", cursor)) == [("2026-01-06", "2026-01-06")]


def test_a_file_that_went_and_came_back_unchanged(place: Place) -> None:
    place.visits("2026-01-05", "A")
    cursor = place.tick("visits_files").cursor
    file = place.folder / "visits-2026-01-05.csv"
    away = file.rename(place.folder / "away")
    cursor = place.tick("visits_files", cursor).cursor
    away.rename(file)
    assert not place.tick("visits_files", cursor).run_requests


def test_what_is_loaded_already_counts_as_seen_before_the_first_tick(place: Place) -> None:
    place.visits("2026-01-05", "A")
    (request,) = place.tick("visits_files").run_requests
    place.execute("visits_load", request)
    place.visits("2026-01-06", "A")
    assert spans(place.tick("visits_files")) == [("2026-01-06", "2026-01-06")]


def load(place: Place) -> None:
    """Load visits of January 5 as a person would, not knowing of the sensor."""
    for layer in ("raw", "staged"):
        run(place, layer)


def run(place: Place, layer: str) -> None:
    """One asset of January 5."""
    place.execute("visits_load", dg.RunRequest(partition_key="2026-01-05"), f"{layer}/visits")


def shops(place: Place) -> list[str]:
    """What is loaded, in the order of visits."""
    return [row["shop"] for row in place.rows("select shop from staging.raw_visits order by visit")]


@pytest.mark.parametrize("size", ["same", "other"])
def test_a_file_that_changes_after_its_load_and_before_the_first_tick(place: Place, size: str) -> None:
    place.visits("2026-01-05", "A")
    load(place)
    place.visits("2026-01-05", "B", *(["A"] if size == "other" else []))
    result = place.tick("visits_files")
    assert spans(result) == [("2026-01-05", "2026-01-05")]
    assert place.execute("visits_load", result.run_requests[0]).success
    assert shops(place) == (["B"] if size == "same" else ["B", "A"])
    assert not place.tick("visits_files", result.cursor).run_requests
    assert place.tick("visits_files").skip_message == "visits: no new or changed file; 1 are known"


def test_a_file_that_changes_while_the_cursor_is_reset(place: Place) -> None:
    place.visits("2026-01-05", "A")
    assert place.execute("visits_load", place.tick("visits_files").run_requests[0]).success
    place.visits("2026-01-05", "A", "B")
    assert place.execute("visits_load", place.tick("visits_files", None).run_requests[0]).success
    assert shops(place) == ["A", "B"]
    assert not place.tick("visits_files", None).run_requests


@pytest.mark.parametrize("loads_before", [0, 1])
def test_a_reset_starts_again_what_has_failed(place: Place, loads_before: int) -> None:
    """Dagster leaves out a run whose key it knows."""
    for _ in range(loads_before):
        place.visits("2026-01-05", "A")
        load(place)
    (place.folder / "visits-2026-01-05.csv").write_text("day,visit,shop\n2026-01-05,many,A\n")
    keys = []
    for _ in range(3):
        (request,) = place.tick("visits_files", None).run_requests
        assert [again.run_key for again in place.tick("visits_files", None).run_requests] == [request.run_key]
        assert not place.execute("visits_load", request).success
        keys.append(request.run_key)
    assert len(set(keys)) == 3


def test_a_run_that_is_not_over_is_not_started_twice(place: Place) -> None:
    place.visits("2026-01-05", "A")
    (request,) = place.tick("visits_files").run_requests
    place.instance.create_run_for_job(
        place.repository.get_job("visits_load"), tags={"dagster/run_key": request.run_key or ""}
    )
    assert [again.run_key for again in place.tick("visits_files", None).run_requests] == [request.run_key]


def test_the_same_content_under_a_new_time_is_loaded_once(place: Place) -> None:
    place.visits("2026-01-05", "A")
    load(place)
    os.utime(place.folder / "visits-2026-01-05.csv", ns=(1, 1))
    (request,) = place.tick("visits_files").run_requests
    assert place.execute("visits_load", request).success
    assert not place.tick("visits_files").run_requests


def test_a_file_that_is_what_it_was_before_is_a_run_of_its_own(place: Place) -> None:
    file, cursor, keys = place.folder / "visits-2026-01-05.csv", None, set()
    for shop, time_of_change in (("A", 1), ("B", 2), ("A", 1), ("B", 2)):
        place.visits("2026-01-05", shop)
        os.utime(file, ns=(time_of_change, time_of_change))
        result = place.tick("visits_files", cursor)
        cursor = result.cursor
        assert place.execute("visits_load", result.run_requests[0]).success
        assert shops(place) == [shop]
        keys.add(result.run_requests[0].run_key)
    assert len(keys) == 4  # Dagster leaves out a run whose key it knows


def test_what_somebody_else_has_loaded_is_not_loaded_again(place: Place) -> None:
    place.visits("2026-01-05", "A")
    cursor = place.tick("visits_files").cursor
    place.visits("2026-01-05", "A", "B")
    load(place)
    result = place.tick("visits_files", cursor)
    assert not result.run_requests
    assert result.cursor != cursor


def test_what_is_extracted_and_not_loaded_is_loaded(place: Place) -> None:
    place.visits("2026-01-05", "A")
    load(place)
    place.visits("2026-01-05", "A", "B")
    run(place, "raw")
    (request,) = place.tick("visits_files").run_requests
    assert place.execute("visits_load", request).success
    assert shops(place) == ["A", "B"]


def test_files_of_an_attempt_that_did_not_note_their_versions_are_loaded_once(place: Place) -> None:
    place.visits("2026-01-05", "A")
    load(place)
    (path,) = place.project.settings.home.rglob("manifest.json")
    manifest = json.loads(path.read_bytes())
    for file in manifest["files"]:
        del file["source_version"]
    path.chmod(0o644)
    path.write_text(json.dumps(manifest))
    (request,) = place.tick("visits_files").run_requests
    assert place.execute("visits_load", request).success
    assert not place.tick("visits_files").run_requests


def test_files_in_folders_of_their_own_are_known_by_what_was_loaded(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    path = Files(f"{tmp_path}/incoming/{{partition.start:%Y}}/**/v?-{{partition.key}}.csv")
    place = make_place(tmp_path, instance, visits={"extract": path})
    for number, name in enumerate(("a b/v1", "c/v1", "c/v2"), 1):
        file = place.folder / "2026" / f"{name}-2026-01-05.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"day,visit,shop\n2026-01-05,{number},A\n")
    load(place)
    assert not place.tick("visits_files").run_requests
    (place.folder / "2026" / "c" / "v2-2026-01-05.csv").unlink()
    (request,) = place.tick("visits_files").run_requests
    assert place.execute("visits_load", request).success
    assert shops(place) == ["A", "A"]
    assert not place.tick("visits_files").run_requests


def test_many_known_files_take_several_ticks(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "COMPARED_A_TICK", 1)
    monkeypatch.setattr(arrivals, "RUNS_A_TICK", 0)
    for day in ("2026-01-05", "2026-01-06"):
        place.visits(day, "A")
        assert place.execute("visits_load", dg.RunRequest(partition_key=day)).success
    first = place.tick("visits_files")
    second = place.tick("visits_files", first.cursor)
    assert [list(Seen.of(tick.cursor).files) for tick in (first, second)] == [
        ["2026-01-05"],
        ["2026-01-05", "2026-01-06"],
    ]


def test_a_cursor_of_something_else(place: Place) -> None:
    with pytest.raises(Exception, match="reset it in the UI"):
        place.tick("visits_files", "2026-01-05")


def test_strangers_are_named_once(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    place.visits("2026-01-05", "A")
    for name in ("visits-2025-12-31.csv", "visits-2026-02-30.csv", "visits-final.csv"):
        (place.folder / name).write_text("day,visit,shop\n")
    messages: list[str] = []
    cursor = None
    for _ in range(2):
        with dg.build_sensor_context(place.instance, cursor=cursor, repository_def=place.repository) as context:
            context.log.warning = messages.append  # type: ignore[method-assign]
            result = place.repository.get_sensor_def("visits_files").evaluate_tick(context)
            cursor = result.cursor
            assert len(result.run_requests or []) in (0, 1)
    (line,) = messages
    assert "files that belong to no partition are left alone, 3 in all" in line
    assert "visits-2025-12-31.csv: partition '2025-12-31' is not between '2026-01-01' and '2026-01-10'" in line
    assert "visits-2026-02-30.csv: " in line
    assert "visits-final.csv: its name does not say which partition it belongs to" in line


def test_the_file_of_a_day_that_is_not_over_waits(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    now = datetime.now(UTC)
    today, before = f"{now:%Y-%m-%d}", f"{now - timedelta(days=1):%Y-%m-%d}"
    place = make_place(tmp_path, instance, visits={"partition": Daily(start="2026-01-01", column="day")})
    place.visits(before, "A")
    place.visits(today, "A")
    result = place.tick("visits_files")
    assert spans(result) == [(before, before)]
    assert today not in Seen.of(result.cursor).files


@pytest.mark.slow
def test_ten_thousand_files(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    place = make_place(tmp_path, instance, visits={"partition": Daily(start="1990-01-01", column="day")})
    first = datetime(1990, 1, 1, tzinfo=UTC)
    for number in range(10_000):
        (place.folder / f"visits-{first + timedelta(days=number):%Y-%m-%d}.csv").touch()
    started = time.process_time()
    result = place.tick("visits_files")
    assert len(result.run_requests) == RUNS_A_TICK
    assert spans(result)[0] == ("1990-01-01", "1990-01-04")  # the project's partitions per run
    following = place.tick("visits_files", result.cursor)
    assert spans(following)[0] == ("1990-01-21", "1990-01-24")
    assert time.process_time() - started < 10


def test_a_cursor_of_ten_thousand_files_is_small() -> None:
    day = datetime(1990, 1, 1, tzinfo=UTC)
    keys = [f"{day + timedelta(days=number):%Y-%m-%d}" for number in range(10_000)]
    seen = Seen({key: hashlib.sha256(key.encode()).hexdigest()[:8] for key in keys}, "stranger")
    assert len(seen.cursor()) < 105_000
    assert Seen.of(seen.cursor()) == seen


def test_only_files_with_a_partition_in_their_path_are_watched(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    place = make_place(tmp_path, instance, rain={"extract": Files(f"{tmp_path}/all.csv")})
    assert {sensor.name for sensor in place.repository.sensor_defs} == {
        "visits_files",
        "failed_runs",
        "failed_checks",
        "alerts",
    }


def test_a_path_that_cannot_be_read_back_says_so(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    path = Files(f"{tmp_path}/visits-{{partition.start:%A}}.csv")
    place = make_place(tmp_path, instance, visits={"extract": path})
    with pytest.raises(Exception, match="cannot be read back"):
        place.tick("visits_files")
