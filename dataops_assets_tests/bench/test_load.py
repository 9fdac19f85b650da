"""The figures of an image under load: what is too much, and that the load is ten times the flights of a day."""

import json
from typing import Any

from bench.load import LAST, TIMES, day, problems
from dataops_assets.demo.data import flights

BEFORE: dict[str, Any] = {
    "release": "1.0",
    "budget": {"cpu_seconds_per_million_rows": 100, "peak_mib": 1000},
    "figures": {"cpu_ratio": 5.0, "peak_mib": 500},
}


def figures(**other: float) -> dict[str, float]:
    return {"cpu_ratio": 5.0, "peak_mib": 500, "cpu_seconds_per_million_rows": 90} | other


def test_what_is_a_fifth_more_passes_and_what_is_more_does_not() -> None:
    assert problems(figures(cpu_ratio=6.0, peak_mib=600), BEFORE, 20) == []
    assert problems(figures(cpu_ratio=6.1), BEFORE, 20) == ["cpu_ratio is 6.1, 22 % more than the 5.0 of 1.0"]
    assert problems(figures(cpu_ratio=1.0), BEFORE, 20) == []


def test_the_budget_holds_whatever_the_last_release_took() -> None:
    assert problems(figures(cpu_seconds_per_million_rows=101), BEFORE, 20) == [
        "cpu_seconds_per_million_rows is 101, over its budget of 100"
    ]


def test_the_last_release_keeps_to_its_own_budget() -> None:
    last = json.loads(LAST.read_text())
    assert problems(last["figures"], last, 20) == []


def test_a_day_has_ten_times_its_flights_and_each_is_one() -> None:
    records = [json.loads(record) for record in day(2013, 1, 1)]
    assert len(records) == TIMES * len(flights().day(2013, 1, 1))
    assert len({(each["carrier"], each["flight"], each["origin"]) for each in records}) == len(records)
    assert max(each["flight"] for each in records) <= 9999
