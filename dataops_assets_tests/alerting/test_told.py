"""The same trouble is told once, reminded of after a while, and its end is told; whatever happens in between."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.alerting.alert import Alert, Gathering
from dataops_assets.alerting.book import Told
from dataops_assets.alerting.decide import decide
from dataops_assets.alerting.firing import Firing
from dataops_assets.alerting.judge import Past, Unjudged
from dataops_assets.alerting.routes import NEVER, Log, Webhook
from dataops_assets.alerting.wording import commands
from dataops_assets.ledger import measuring
from dataops_assets.ledger.entry import Cause
from dataops_assets.model import Volume
from dataops_assets.model.severity import SeverityName
from dataops_assets.validation.measured import Figure, Measured, MeasuredVerdict
from dataops_assets_tests.alerting.scene import DAY, DAYS, ERROR, HOUR, INFO, START, WARNING, Scene, day, to
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
    measure(at, day(0), "failed")
    assert at.told() == [FAILED, WARNED]
    assert at.said[1][1].split(" | ")[1:3] == ["id: half of the rows", "value 0.5, threshold 0.2"]
    at.fail(day(0))
    assert at.told(23 * HOUR) == []
    assert at.told(HOUR) == [FAILED.replace("fails", "still fails"), WARNED.replace("warns", "still warns")]
    at.succeed(day(0))
    measure(at, day(0), "passed")
    assert at.told() == [RESOLVED, NO_LONGER]
    at.fail(day(0))
    at.succeed(day(0))
    measure(at, day(0), "failed")
    measure(at, day(0), "passed")
    assert at.told(2 * DAY) == [f"{RESOLVED}: it came and went", f"{NO_LONGER}: it came and went"]
    assert at.told() == []


def test_what_it_says(tmp_path: Path) -> None:
    at = Scene(tmp_path)
    at.tick()
    at.fail(day(0), day(1), day(2), day(9))
    at.hold(day(0), day(1))
    at.hold(day(0), asset="production/made")
    at.tick(HOUR)
    assert at.said == [
        (
            ERROR,
            "[stop] check id.ge of staged/t 2024-01-01..2024-01-03 (3), 2024-01-10 fails | "
            "2024-01-10: 2 of 5 rows break the check 'id.ge' | 2 rows | since 2026-03-01 03:01 UTC; owners: team:t | "
            "holds back production/made 2024-01-01; transformed/made 2024-01-01..2024-01-02 (2) | "
            "https://dagster.example.com/assets/staged/t?view=partitions&partition=2024-01-10 | "
            "look at the rows: dataops quarantine show t --partition 2024-01-10 | "
            "put corrected ones in: dataops quarantine replay t --partition 2024-01-10 FILE --reason … | "
            "correct the source or the contract, then: dataops run --select +staged/t+ --partitions "
            "2024-01-01..2024-01-03 | correct the source or the contract, then: dataops run --select +staged/t+ "
            "--partitions 2024-01-10",
        )
    ]


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


def test_partitions_that_fail_one_after_another_are_told_together_once_an_hour(tmp_path: Path) -> None:
    """A backfill that loads a partition in each run; one of them passes again meanwhile."""
    at = Scene(tmp_path)
    for number in range(3):
        at.fail(day(number))
        assert at.told() == ([FAILED] if number == 0 else [])
    at.succeed(day(1))
    report = at.tick()
    assert report.next_look == START + 61 * timedelta(minutes=1), "also where no run ends"
    assert at.told(HOUR) == [
        "[stop] check id.ge of staged/t 2024-01-01, 2024-01-03 fails; new: 2024-01-02..2024-01-03 (2)"
    ]
    assert " | passed again meanwhile: 2024-01-02 | " in at.said[0][1]
    at.fail(day(4))
    at.tick()
    at.succeed(*(day(number) for number in range(5)))
    assert at.told() == ["[resolved] check id.ge of staged/t 2024-01-01, 2024-01-03, 2024-01-05 no longer fails"]


def test_a_check_that_warns_on_too_many_days_says_so_once(tmp_path: Path) -> None:
    """Other checks and what stops are told as ever; with fewer days of late it is told again."""
    at = Scene(tmp_path, to(Log(), remind_after=NEVER, budget=2))
    said, lines = [], []
    for number in range(4):
        at.succeed(day(number), checks=[{"attempt": "a", "check": "few", "failed": 1}])
        said += at.told(DAY)
        lines += [line for _, line in at.said]
    assert said[:2] == [
        "[warn] check few of staged/t 2024-01-01 warns",
        "[warn] check few of staged/t 2024-01-01..2024-01-02 (2) warns; new: 2024-01-02",
    ]
    assert said[2:] == ["[warn] check few of staged/t warns on 3 of the last 28 days: adjust or accept it"]
    assert lines[2].split(" | ")[1:] == [
        "2024-01-03: 1 of 5 rows: id < 100",
        "1 row",
        "since 2026-03-01 03:00 UTC; owners: team:t",
        "https://dagster.example.com/assets/staged/t?view=checks",
        "until these are fewer, no alert of it is sent here; all there are: dataops alerts",
        "look at it: dataops checks --select staged/t --partitions 2024-01-01..2024-01-03 --failed",
        "correct the source or the contract, then: dataops run --select +staged/t+ --partitions 2024-01-01..2024-01-03",
    ]
    at.fail(day(7))
    assert at.told() == ["[stop] check id.ge of staged/t 2024-01-08 fails"]
    at.succeed(day(8), checks=[{"attempt": "a", "check": "few", "failed": 1}])
    (told,) = at.told(40 * DAY)
    assert told.endswith(" warns; new: 2024-01-09")


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


def test_causes_of_one_check_are_named_each_once_and_the_gravest_severity_counts(tmp_path: Path) -> None:
    at = Scene(tmp_path)
    at.fail(day(0), day(2), check="", reason="the column is gone")
    at.fail(day(1), day(3), check="", reason="9 of 20 rows would go to quarantine")
    at.fail(day(4), check="", reason="7 of 30 rows would go to quarantine")
    at.tick()
    assert at.said[0][1].split(" | ")[1:3] == [
        "2024-01-05: 7 of 30 rows would go to quarantine",
        "2024-01-03: the column is gone",
    ]
    gathering = Gathering()
    for key, severity in (("a", "stop"), ("b", "warn")):
        gathering.add(Alert("staged/t", "volume", severity, (key,), START, "so it is"))  # type: ignore[arg-type]
    assert gathering.alerts({})["staged/t volume"].severity == "stop"


def test_ten_thousand_partitions_are_gathered_in_no_time() -> None:
    gathering, began = Gathering(), time.process_time()
    for number in range(10_000):
        key = f"{number:05}"
        gathering.add(Alert("staged/t", "volume", "stop", (key,), START, "so it is"))
        gathering.hold("staged/t volume", "transformed/made", key)
    (alert,) = gathering.alerts({}).values()
    firing = Firing({alert.key: alert}, assets=frozenset({"staged/t"}))
    told = [replace(Told.of(alert, START), partitions=alert.partitions[:-1])]
    assert decide(to(Log()), firing, told, START)[1][0].growing == ("09999",)
    assert time.process_time() - began < 2, "it was 70 s when each was put into its place"


def test_what_is_held_back_by_rows_that_somebody_changed_is_told_where_it_began(tmp_path: Path) -> None:
    at = Scene(tmp_path)
    at.succeed(day(0))
    at.hold(day(0), code="changed_rows")
    assert at.told() == ["[stop] staged/t 2024-01-01 has rows that somebody changed"]
    assert "holds back transformed/made 2024-01-01" in at.said[0][1]


def test_a_check_that_warns(tmp_path: Path) -> None:
    at = Scene(tmp_path)
    at.succeed(day(0), checks=[{"attempt": "a", "check": "few", "failed": 3}])
    at.tick()
    ((level, line),) = at.said
    assert level == WARNING
    assert line.startswith("[warn] check few of staged/t 2024-01-01 warns | 3 of 5 rows: id < 100 | 3 rows | since")
    assert "?view=checks" in line


def test_a_statistical_check_that_is_only_recorded_by_now(tmp_path: Path) -> None:
    at = Scene(tmp_path, volume="log")
    at.succeed(day(0))
    measure(at, day(0), "failed")
    assert at.told() == []


def test_what_a_statistical_check_stopped_can_be_accepted(tmp_path: Path) -> None:
    """Then it is wrong no more, and what it held back, and itself, is to be built."""
    at = Scene(tmp_path)
    measure(at, day(0), "failed", "stop")
    stopped: dict[str, Any] = {"reason": f"staged/t {day(0)}: volume: half of the rows", "checks": [], "run_id": "r"}
    at.fail(day(0), **stopped)
    at.hold(day(0))
    at.tick()
    assert at.said[0][1].startswith(
        "[stop] check volume of staged/t 2024-01-01 fails | volume: half of the rows | value 0.5, threshold 0.2 | since"
    )
    accept = "dataops accept staged/t --partition 2024-01-01 --check volume --reason …"
    assert f" | if this is how it is: {accept} | correct the source" in at.said[0][1]
    measure(at, day(0), "accepted", "stop")
    at.fail(day(0), **stopped, cause=Cause("accepted", "staged/t", day(0)))
    at.tick()
    ((_, line),) = at.said
    assert line.startswith("[resolved] check volume of staged/t 2024-01-01 no longer fails")
    assert line.endswith(
        "what it held back is not built yet (staged/t: 1 partition, transformed/made: 1 partition): dataops run --plan"
    )
    assert at.told() == []


def test_a_version_that_waits_for_an_approval_and_one_that_was_rolled_back(tmp_path: Path) -> None:
    at = Scene(tmp_path)
    for number, code in enumerate(("not_approved", "rolled_back")):
        at.hold(day(number), asset="production/made", began="production/made", code=code)
    at.tick()
    first, second = (line.split(" | ") for _, line in at.said)
    assert first[0] == "[stop] production/made 2024-01-01 waits for an approval"
    assert first[-2:] == [
        "look at it: dataops diff made --partitions 2024-01-01",
        "if it is right: dataops approve made --partitions 2024-01-01 --reason …",
    ]
    assert second[0] == "[stop] production/made 2024-01-02 is rolled back"
    assert second[-1] == "when it may be published again: dataops release made --partitions 2024-01-02 --reason …"
    at.hold(day(0), asset="production/made", began="production/made", code="approved")
    at.tick()
    ((_, line),) = at.said
    assert line.startswith("[resolved] production/made 2024-01-01 no longer waits for an approval")
    assert line.endswith("what it held back is not built yet (production/made: 1 partition): dataops run --plan")


@pytest.mark.parametrize(
    ("check", "command"),
    [
        ("history", "once what it reads is loaded: dataops run --plan"),
        ("freshness", "when the source has it: dataops run --plan"),
        ("few", "look at it: dataops checks --select transformed/made --partitions 2024-01-01 --failed"),
    ],
)
def test_what_is_to_be_typed_for_a_check_that_warns(check: str, command: str) -> None:
    alert = Alert("transformed/made", check, "warn", (day(0),), START, "so it is")
    assert commands(alert, {"transformed/made": DAYS})[0] == command


def measure(at: Scene, key: str, verdict: MeasuredVerdict, severity: SeverityName = "warn") -> None:
    """What a statistical check says of a partition when it is written."""
    figures = [Figure("", "passed", 0.1, 0.2), Figure("id", verdict, 0.5, 0.2, "half of the rows")]
    warehouse = at.project.storage.warehouse
    with warehouse.session() as session, session.swapping("staged/t") as swap:
        found = {key: [Measured(Volume(severity=severity), figures)]}
        measuring.record(session, swap, warehouse.staging, "staged/t", found, "r")


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


def test_errors_and_plain_assets(tmp_path: Path) -> None:
    at = Scene(tmp_path)
    at.unjudged = Unjudged(
        writes={"staged/t": {day(0): "the disk is full"}},
        plain={"report": {"": "no paper"}},
        owners={"report": ("team:r",)},
    )
    assert at.told() == [
        "[stop] staged/t 2024-01-01 has a write that failed",
        "[stop] report has a write that failed",
    ]
    assert at.said[1][1].endswith(
        "owners: team:r | https://dagster.example.com/assets/report?view=partitions | "
        "mend what the error names, then: dataops run --select report"
    )


def test_a_thousand_partitions_are_one_message(tmp_path: Path) -> None:
    at = Scene(tmp_path)
    at.fail(*(day(number) for number in range(-365, 635)))
    assert at.told() == ["[stop] check id.ge of staged/t 2023-01-01..2025-09-26 (1000) fails"]
    assert len(at.said[0][1]) < 2000
    assert len(at.outbox("id")) == 1


def test_a_storm_is_one_message_that_sums_it_up(tmp_path: Path) -> None:
    at = Scene(tmp_path, to(Log(), storm=3))
    assets = [f"plain_{n}" for n in range(40)]
    at.unjudged = Unjudged(plain={asset: {str(k): "no" for k in range(30)} for asset in assets}, assets=assets)
    at.tick()
    ((_, line),) = at.said
    lines = line.split(" | ")
    assert lines[0] == "40 alerts of 40 assets: 40 stop"
    assert len(lines) == 25
    assert lines[-4:] == ["and 20 more", "https://dagster.example.com", "dataops status", "dataops alerts"]
    assert [row["kind"] for row in at.outbox("kind")] == ["summary"]
    at.unjudged = Unjudged(plain={"plain_1": {"0": "no"}}, assets=assets)
    assert at.told() == ["39 alerts of 39 assets: 39 resolved"]
    assert at.told() == []


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
