"""What is wrong in many partitions, of many assets or on many days is few messages."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from dataops_assets.alerting.alert import Alert, Gathering
from dataops_assets.alerting.book import Told
from dataops_assets.alerting.decide import decide
from dataops_assets.alerting.firing import Firing
from dataops_assets.alerting.judge import Unjudged
from dataops_assets.alerting.routes import NEVER, Log
from dataops_assets_tests.alerting.scene import DAY, HOUR, START, Scene, day, to

FAILED = "[stop] check id.ge of staged/t 2024-01-01 fails"


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
