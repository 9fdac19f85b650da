"""The check `freshness`: told by the clock and what the table holds, in Dagster, by the commands and as an alert."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dataops_assets.alerting.firing import Firing, firing
from dataops_assets.alerting.judge import Unjudged, look
from dataops_assets.automation.freshness import freshness_sensors
from dataops_assets.layers.assets import layer_assets
from dataops_assets.ledger.freshness import fresh
from dataops_assets.model import Contract, Daily, Date, Freshness, Integer, column
from dataops_assets.warehouse.tables import StagedTable
from dataops_assets_tests.place import Place, Scripted, csv, place, source

DAYS = Daily(start="2024-01-01", end="2024-01-04", column="day")
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


class Rows(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")


def declared(calendar: Any, scripted: Scripted | None = None, **freshness: Any) -> Any:
    return source(Rows, scripted or Scripted(), partition=calendar, statistics=[Freshness(**freshness)])


@pytest.mark.parametrize(
    ("newest", "hours", "verdict"),
    [
        ("", 24 + 24, "passed"),
        ("", 24 + 24.1, "no partition is there; 2024-01-01 had to be there by 2024-01-03 00:00 UTC"),
        ("2024-01-01", 3 * 24, "passed"),
        (
            "2024-01-01",
            3 * 24 + 1,
            "the newest partition is 2024-01-01; 2024-01-02 had to be there by 2024-01-04 00:00",
        ),
        ("2024-01-03", 1000, None),  # the last one of all
    ],
)
def test_by_the_calendar(newest: str, hours: float, verdict: str | None) -> None:
    now = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    found = fresh(StagedTable(declared(DAYS)), [newest] if newest else [], now)
    said = found and (found.measured.reason if found.late else found.measured.verdict)
    assert (said or "").startswith(verdict or "")
    assert (said is None) == (verdict is None)
    if found:
        (figure,) = found.measured.figures
        assert found.late == ((figure.value or 0) > (figure.threshold or 0))


def day(back: int) -> str:
    return f"{TODAY - timedelta(days=back):%Y-%m-%d}"


@pytest.fixture
def at(tmp_path: Path) -> Place:
    scripted = Scripted({day(back): [csv("day,id", f"{day(back)},1")] for back in (1, 2, 3)})
    found = place(tmp_path, declared(Daily(start=day(3), column="day"), scripted, within=timedelta(0)))
    found.take("t", day(3))
    return found


def test_the_sensor_says_it_once_and_when_it_is_over(at: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def storage() -> Any:
        asked.append(1)
        return at.project.storage

    (sensor,) = freshness_sensors(at.project.catalog, storage)
    with dg.DagsterInstance.ephemeral() as instance:
        cursor = None

        def tick() -> list[tuple[bool, str]]:
            nonlocal cursor
            asked.clear()
            with dg.build_sensor_context(instance, cursor=cursor) as context:
                ticked: Any = sensor.evaluate_tick(context)
            cursor = ticked.cursor
            return [(each.passed, each.description or "") for each in ticked.asset_events]

        late = f"the newest partition is {day(3)}; {day(2)} had to be there by {day(1)} 00:00 UTC"
        assert tick() == [(False, late)]
        assert (tick(), asked) == ([], [1]), "it is said once"
        at.take("t", day(2), day(1))
        assert tick() == [(True, f"the newest partition is {day(1)}")]
        assert (tick(), asked) == ([], []), "nothing can be late before midnight"
        cursor = json.dumps({"staged/t": ["2024-01", False]})
        assert (tick(), asked) == ([], [1]), "of another calendar"
    assert not freshness_sensors(replace(at.project.catalog, staged={}), storage)


def test_it_is_a_check_of_the_asset(at: Place) -> None:
    specs = [spec for asset in layer_assets(at.project.catalog, at.project.settings) for spec in asset.check_specs]
    (check,) = [spec for spec in specs if spec.name == "freshness"]
    assert (check.asset_key, check.blocking, check.partitions_def) == (dg.AssetKey(["staged", "t"]), False, None)


def test_it_alerts_until_the_partition_is_there(at: Place) -> None:
    def fires(now: datetime) -> Firing:
        warehouse = at.project.storage.warehouse
        with warehouse.session() as session, session.reading():
            return firing(at.project.catalog, look(session, warehouse.staging, now), Unjudged(), set(), now)

    (alert,) = fires(TODAY + timedelta(hours=1)).alerts.values()
    assert (alert.asset, alert.check, alert.severity, alert.partitions) == ("staged/t", "freshness", "warn", (day(3),))
    assert alert.since == TODAY - timedelta(days=1)
    at.take("t", day(2), day(1))
    found = fires(TODAY + timedelta(hours=1))
    assert (dict(found.alerts), found.due) == ({}, TODAY + timedelta(days=1))
