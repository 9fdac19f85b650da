"""The same trouble is told once, reminded of after a while, and its end is told; whatever happens in between."""

from pathlib import Path
from typing import Any

import pytest

from dataops_assets.alerting.judge import Past, Unjudged
from dataops_assets.alerting.routes import NEVER, Log, Webhook
from dataops_assets.ledger.entry import Cause
from dataops_assets_tests.alerting.scene import DAY, HOUR, INFO, START, Scene, day, to
from dataops_assets_tests.alerting.servers import hook

FAILED = "[stop] check id.ge of staged/t 2024-01-01 fails"
RESOLVED = "[resolved] check id.ge of staged/t 2024-01-01 no longer fails"
WARNED = "[warn] check volume of staged/t 2024-01-01 warns"
NO_LONGER = "[resolved] check volume of staged/t 2024-01-01 no longer warns"


@pytest.mark.usefixtures("each_backend")
def test_an_alert_is_told_once_then_again_after_a_day_and_its_end(tmp_path: Path) -> None:
    """Of a check of rows and of a statistical one; the same refusal again is nothing new."""
    at = Scene(tmp_path)
    assert at.told() == []
    at.fail(day(0))
    at.measure(day(0), "failed")
    assert at.told() == [FAILED, WARNED]
    assert at.said[1][1].split(" | ")[1:3] == ["id: half of the rows", "value 0.5, threshold 0.2"]
    at.fail(day(0))
    assert at.told(23 * HOUR) == []
    assert at.told(HOUR) == [FAILED.replace("fails", "still fails"), WARNED.replace("warns", "still warns")]
    at.succeed(day(0))
    at.measure(day(0), "passed")
    assert at.told() == [RESOLVED, NO_LONGER]
    at.fail(day(0))
    at.succeed(day(0))
    at.measure(day(0), "failed")
    at.measure(day(0), "passed")
    assert at.told(2 * DAY) == [f"{RESOLVED}: it came and went", f"{NO_LONGER}: it came and went"]
    assert at.told() == []


def test_what_is_wrong_at_the_first_look_is_told_since_when_and_history_is_not(tmp_path: Path) -> None:
    """Since the first refusal after it last passed. To a route that is new as well; a look without news writes none."""
    at = Scene(tmp_path, to(Log(), remind_after=NEVER))
    at.fail(day(0), day(1))
    at.succeed(day(0), day(1))
    at.now += HOUR
    at.fail(day(0))
    at.now += HOUR
    at.fail(day(0))
    assert [alert.key for alert in at.peek().firing.alerts.values()] == ["staged/t id.ge"]
    assert at.told() == [FAILED]
    assert "since 2026-03-01 04:00 UTC" in at.said[0][1]
    before = at.place.rows("SELECT book FROM staging._alerts_told")
    assert at.told(100 * DAY) == [], "this route is never reminded"
    assert at.place.rows("SELECT book FROM staging._alerts_told") == before
    at.routes.append(to(Log(), "later"))
    assert at.told() == [FAILED]


def test_another_partition_is_told_and_one_that_failed_before(tmp_path: Path) -> None:
    at = Scene(tmp_path)
    at.fail(day(0))
    at.tick()
    at.fail(day(1))
    assert at.told(HOUR) == ["[stop] check id.ge of staged/t 2024-01-01..2024-01-02 (2) fails; new: 2024-01-02"]
    at.succeed(day(1))
    assert at.told() == []
    at.fail(day(1))
    assert at.told(HOUR) == ["[stop] check id.ge of staged/t 2024-01-01..2024-01-02 (2) fails; new: 2024-01-02"]


def test_alerts_of_another_project_on_the_same_warehouse_are_not_resolved(tmp_path: Path) -> None:
    """Nor are those that only the event log of another Dagster knows."""
    at = Scene(tmp_path)
    at.unjudged = Unjudged(
        extractions={"t": {day(0): "no answer"}}, plain={"report": {"": "no paper"}}, assets=["report"], instance="A"
    )
    assert len(at.told()) == 2
    here, at.unjudged = at.unjudged, Unjudged(instance="B")
    assert at.told() == []
    at.unjudged = here
    assert at.told() == []
    at.unjudged = Unjudged(assets=["report"], instance="A")
    assert sorted(at.told()) == [
        "[resolved] check extraction of raw/t 2024-01-01 no longer fails",
        "[resolved] report no longer has a write that failed",
    ]


def test_what_a_clock_that_was_ahead_has_written_keeps_nobody_from_being_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = Scene(tmp_path, to(Webhook("HOOK"), "hook"), to(Log()))
    monkeypatch.delenv("HOOK", raising=False)
    at.fail(day(0))
    at.tick(400 * DAY)
    at.now = START + HOUR
    at.fail(day(1))
    at.fail(day(2))
    at.succeed(day(2))
    with hook() as there:
        monkeypatch.setenv("HOOK", f"http://127.0.0.1:{there.port}/")
        assert at.told() == ["[resolved] check id.ge of staged/t 2024-01-03 no longer fails: it came and went"]
        assert at.told(HOUR)[0].endswith("; new: 2024-01-02")
        assert len(at.told(DAY)) == 1, "a reminder"
    assert len(there.texts) == 4


def test_a_refusal_that_was_committed_late_is_told_as_well(tmp_path: Path) -> None:
    """Its clock was read before the last look, which did not see it."""
    at = Scene(tmp_path)
    at.fail(day(1))
    at.tick(HOUR)
    at.now -= HOUR / 2
    at.fail(day(0))
    at.succeed(day(0))
    at.now += HOUR / 2
    assert at.told() == ["[resolved] check id.ge of staged/t 2024-01-01 no longer fails: it came and went"]
    assert at.told() == []


def test_what_is_held_back_is_no_alert_of_its_own_and_is_named_when_it_can_be_built(tmp_path: Path) -> None:
    at = Scene(tmp_path)
    at.tick()
    at.fail(day(0))
    at.hold(day(0))
    assert at.told() == [FAILED]
    at.succeed(day(0))
    at.tick()
    ((level, line),) = at.said
    assert level == INFO
    assert line.startswith(RESOLVED)
    assert line.endswith("what it held back is not built yet (transformed/made: 1 partition): dataops run --plan")


def test_what_is_held_back_by_rows_that_somebody_changed_is_told_where_it_began(tmp_path: Path) -> None:
    at = Scene(tmp_path)
    at.succeed(day(0))
    at.hold(day(0), code="changed_rows")
    assert at.told() == ["[stop] staged/t 2024-01-01 has rows that somebody changed"]
    assert "holds back transformed/made 2024-01-01" in at.said[0][1]


def test_a_statistical_check_that_is_only_recorded_by_now(tmp_path: Path) -> None:
    at = Scene(tmp_path, volume="log")
    at.succeed(day(0))
    at.measure(day(0), "failed")
    assert at.told() == []


def test_an_extraction_that_failed_and_what_it_keeps_from_being_loaded(tmp_path: Path) -> None:
    at = Scene(tmp_path)
    at.unjudged = Unjudged(extractions={"t": {day(0): "connection refused"}})
    at.hold(day(0), code="not_loaded")
    at.tick()
    assert at.said[0][1].startswith(
        "[stop] check extraction of raw/t 2024-01-01 fails | connection refused | since 2026-03-01 03:01 UTC; "
        "owners: team:t | holds back transformed/made 2024-01-01 | "
    )
    assert len(at.said) == 1
    assert "dataops run --select raw/t+ --partitions 2024-01-01" in at.said[0][1]
    at.unjudged = Unjudged()
    at.succeed(day(0))
    assert at.told() == ["[resolved] check extraction of raw/t 2024-01-01 no longer fails"]


def test_an_extraction_that_failed_and_passed_between_two_looks(tmp_path: Path) -> None:
    """Told once, also if it is still in the event log, and if somebody else has looked who cannot see that one."""
    at = Scene(tmp_path)
    old, new = (Past(f"extraction 2026-03-01 t {day(n)} {n}", "raw/t", day(n), at.now, "no answer") for n in (0, 1))
    at.unjudged = Unjudged(past=[old])
    assert at.told() == [], "history"
    at.unjudged = Unjudged(past=[old, new])
    assert at.told() == ["[resolved] check extraction of raw/t 2024-01-02 no longer fails: it came and went"]
    at.unjudged = Unjudged()
    at.fail(day(2))
    assert len(at.told()) == 1
    at.unjudged = Unjudged(past=[old, new])
    assert at.told() == []


def test_what_was_not_extracted_is_one_alert_also_where_the_event_log_is_gone(tmp_path: Path) -> None:
    at = Scene(tmp_path)
    at.fail(day(0), cause=Cause("not_extracted", "staged/t", day(0)), reason="there is no raw attempt")
    at.hold(day(0), code="not_extracted")
    at.tick()
    ((_, line),) = at.said
    assert line.startswith("[stop] check extraction of raw/t 2024-01-01 fails | there is no raw attempt | since")
    assert " | holds back staged/t 2024-01-01; transformed/made 2024-01-01 | " in line


def test_a_route_takes_what_it_says(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"tables": ("staged/*",)}, ["staged/t"]),
        ({"tables": ("*/made", "raw/*")}, ["transformed/made"]),
        ({"owners": ("team:made",)}, ["transformed/made"]),
        ({"severities": ("warn",)}, ["transformed/made"]),
        ({"severities": ("stop",), "owners": ("team:made",)}, []),
        ({}, ["staged/t", "transformed/made"]),
    ]
    at = Scene(tmp_path, *(to(Log(), str(number), **filters) for number, (filters, _) in enumerate(cases)))
    expected = [sorted((str(number), asset) for number, (_, assets) in enumerate(cases) for asset in assets)] * 2
    found = []
    at.fail(day(0))
    at.succeed(day(1), asset="transformed/made", checks=[{"check": "few", "failed": 3}])
    found.append(sorted((m.route, m.subject.split(" of ")[1].split()[0]) for m in at.tick().sent))
    at.succeed(day(0))
    at.succeed(day(1), asset="transformed/made")
    found.append(sorted((m.route, m.subject.split(" of ")[1].split()[0]) for m in at.tick().sent))
    assert found == expected
