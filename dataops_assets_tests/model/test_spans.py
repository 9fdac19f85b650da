"""Partitions as ranges."""

import pytest

from dataops_assets.model import Daily, Hourly, Monthly
from dataops_assets.model.spans import options, spans_text

DAILY = Daily(start="2013-01-01", column="day")


def days(*numbers: int) -> set[str]:
    return {f"2013-01-{number:02}" for number in numbers}


@pytest.mark.parametrize(
    ("keys", "by", "words"),
    [
        (days(3, 4, 5, 6, 7, 8, 9, 12), DAILY, "2013-01-03..2013-01-09 (7), 2013-01-12"),
        (days(1, 3), DAILY, "2013-01-01, 2013-01-03"),
        ({"2013-01-31", "2013-02-01"}, DAILY, "2013-01-31..2013-02-01 (2)"),
        (
            {"2012-12-01-22:00", "2012-12-01-23:00", "2012-12-02-00:00"},
            Hourly(start="2012-12-01", column="at"),
            "2012-12-01-22:00..2012-12-02-00:00 (3)",
        ),
        (
            {"2012-12-01", "2013-01-01", "2013-03-01"},
            Monthly(start="2012-01-01", column="day"),
            "2012-12-01..2013-01-01 (2), 2013-03-01",
        ),
        ({""}, None, "the whole table"),
        (days(1, 3, 5, 7, 9, 11, 13), DAILY, ", ".join(sorted(days(1, 3, 5, 7, 9, 11, 13)))),
        (
            days(1, 2, 4, 6, 8, 10, 12, 14, 16, 17),
            DAILY,
            "2 earlier ranges (3 partitions), 2013-01-06, 2013-01-08, 2013-01-10, 2013-01-12, 2013-01-14, "
            "2013-01-16..2013-01-17 (2)",
        ),
        ({"2012-12-31", "2013-01-01"}, DAILY, "2012-12-31, 2013-01-01"),  # the calendar began earlier then
    ],
)
def test_ranges(keys, by, words) -> None:
    assert spans_text(keys, by) == words


def test_what_runs_them() -> None:
    assert options(days(1, 2, 4), DAILY) == [" --partitions 2013-01-01..2013-01-02", " --partitions 2013-01-04"]
    assert options({""}, None) == [""]
