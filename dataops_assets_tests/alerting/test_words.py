"""What a message says, and what it says is to be typed."""

from pathlib import Path
from typing import Any

import pytest

from dataops_assets.alerting.alert import Alert
from dataops_assets.alerting.judge import Unjudged
from dataops_assets.alerting.wording import commands
from dataops_assets.ledger.entry import Cause
from dataops_assets_tests.alerting.scene import DAYS, ERROR, HOUR, START, WARNING, Scene, day


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


def test_a_check_that_warns(tmp_path: Path) -> None:
    at = Scene(tmp_path)
    at.succeed(day(0), checks=[{"attempt": "a", "check": "few", "failed": 3}])
    at.tick()
    ((level, line),) = at.said
    assert level == WARNING
    assert line.startswith("[warn] check few of staged/t 2024-01-01 warns | 3 of 5 rows: id < 100 | 3 rows | since")
    assert "?view=checks" in line


def test_what_a_statistical_check_stopped_can_be_accepted(tmp_path: Path) -> None:
    """Then it is wrong no more, and what it held back, and itself, is to be built."""
    at = Scene(tmp_path)
    at.measure(day(0), "failed", "stop")
    stopped: dict[str, Any] = {"reason": f"staged/t {day(0)}: volume: half of the rows", "checks": [], "run_id": "r"}
    at.fail(day(0), **stopped)
    at.hold(day(0))
    at.tick()
    assert at.said[0][1].startswith(
        "[stop] check volume of staged/t 2024-01-01 fails | volume: half of the rows | value 0.5, threshold 0.2 | since"
    )
    accept = "dataops accept staged/t --partition 2024-01-01 --check volume --reason …"
    assert f" | if this is how it is: {accept} | correct the source" in at.said[0][1]
    at.measure(day(0), "accepted", "stop")
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
