"""The sensor `alerts`: real runs that fail, and when the warehouse is asked."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dataops_assets.automation import alert_sensor
from dataops_assets_tests.automation.place import Place, city_visits, make_place, sources
from dataops_assets_tests.automation.test_alerts import load
from dataops_assets_tests.support import make_project

ROUTES = """
[[route]]
to = "log"
remind_after = "never"
"""


@pytest.fixture
def at(tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> Place:
    (tmp_path / "alerts.toml").write_text(ROUTES)
    place = make_place(tmp_path, instance)
    used = [replace(source, owners=["team:v"]) for source in sources(place.folder).values()]
    project = make_project(tmp_path / "home", *used, city_visits, alerts=tmp_path / "alerts.toml")
    return Place(place.folder, project, instance)


def tick(at: Place, cursor: str | None) -> tuple[list[str], str, str | None]:
    """What the log was told, what the tick says of itself, and its cursor."""
    lines: list[str] = []
    with dg.build_sensor_context(at.instance, cursor=cursor, repository_def=at.repository) as context:
        for level in ("info", "warning", "error"):
            setattr(context.log, level, lines.append)
        result: Any = at.repository.get_sensor_def("alerts").evaluate_tick(context)
    return [line.split(" | ")[0] for line in lines], result.skip_message, result.cursor


def test_from_a_run_that_fails_to_one_that_mends_it(at: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []
    original = alert_sensor.tick
    monkeypatch.setattr(alert_sensor, "tick", lambda *args: looks.append(args) or original(*args))
    told, words, cursor = tick(at, None)
    assert (told, words) == ([], "0 alerts fire; 0 messages sent, 0 wait")
    at.visits("2026-01-05", "A", first=-5)
    (at.folder / "visits-2026-01-06.csv").write_bytes(b"\xff\xfe\x00 not a table")
    load(at, "2026-01-05", "2026-01-06")
    told, words, cursor = tick(at, cursor)
    assert told == [
        "[stop] check extraction of raw/visits 2026-01-06 fails",
        "[stop] check contract of staged/visits 2026-01-05 fails",
    ]
    assert words == "2 alerts fire; 2 messages sent, 0 wait"
    told, words, again = tick(at, cursor)
    assert (told, again, len(looks)) == ([], cursor, 2)
    assert words.startswith("no run has ended since the last look; the next one is at ")
    due = json.loads(cursor or "") | {"next": "2026-01-01T00:00:00+00:00"}
    assert tick(at, json.dumps(due))[1] == "2 alerts fire; 0 messages sent, 0 wait"
    (at.folder / "visits-2026-01-07.csv").write_bytes(b"\xff\xfe\x00 not a table")
    load(at, "2026-01-07")
    for day in ("2026-01-05", "2026-01-06", "2026-01-07"):
        at.visits(day, "A")
    load(at, "2026-01-05", "2026-01-06", "2026-01-07")
    told, words, cursor = tick(at, cursor)
    assert sorted(told) == [
        "[resolved] check contract of staged/visits 2026-01-05 no longer fails",
        "[resolved] check extraction of raw/visits 2026-01-06 no longer fails",
        "[resolved] check extraction of raw/visits 2026-01-07 no longer fails: it came and went",
    ]


def test_it_is_on_where_routes_are_configured_and_off_elsewhere(at: Place, place: Place) -> None:
    def status(one: Place) -> str:
        return one.repository.get_sensor_def("alerts").default_status.value

    assert (status(at), status(place)) == ("RUNNING", "STOPPED")
    assert tick(place, None)[1] == "DATAOPS_ALERTS names no file with routes"
