"""Keys and windows are those of Dagster's own partitions definitions."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import dagster as dg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataops_assets.layers.partitioning import partitions_def
from dataops_assets.model import Daily, Hourly, Monthly, TimePartitions
from dataops_assets.model.partitions import contiguous

NOW = datetime(2100, 1, 1, tzinfo=UTC)
MAKERS: dict[str, tuple[Callable[..., TimePartitions], timedelta]] = {
    "daily": (Daily, timedelta(days=60)),
    "hourly": (Hourly, timedelta(days=4)),
    "monthly": (Monthly, timedelta(days=900)),
}
STARTS = st.dates(date(1970, 1, 2), date(2050, 1, 1))


def calendar(kind: str, first: date, after: date) -> TimePartitions:
    if kind == "monthly":
        first, after = first.replace(day=1), (after.replace(day=1) + timedelta(days=32)).replace(day=1)
    return MAKERS[kind][0](start=first, end=after, column="at")


@pytest.mark.parametrize("kind", MAKERS)
def test_keys_and_windows_are_dagsters(kind: str) -> None:
    @settings(max_examples=25, deadline=None)
    @given(STARTS, st.timedeltas(timedelta(days=1), MAKERS[kind][1]))
    def proof(first: date, length: timedelta) -> None:
        by = calendar(kind, first, first + length)
        theirs = partitions_def(by)
        assert isinstance(theirs, dg.TimeWindowPartitionsDefinition)
        keys = theirs.get_partition_keys(current_time=NOW)
        ours = by.between(keys[0], keys[-1])
        assert [partition.key for partition in ours] == list(keys)
        for partition in ours[:3] + ours[-3:]:
            window = theirs.time_window_for_partition_key(partition.key)
            assert (partition.start, partition.end) == (window.start, window.end)
            assert by.of(partition.key) == partition == by.of_folder(partition.folder)
            assert by.at(partition.start) == by.at(partition.end - timedelta(microseconds=1)) == partition
            assert by.before(partition.end) == partition
        assert contiguous(ours[::-1]) == [ours]

    proof()


@pytest.mark.parametrize("kind", MAKERS)
def test_history_ends_where_the_calendar_starts(kind: str) -> None:
    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 40), st.integers(0, 10))
    def proof(place: int, count: int) -> None:
        by = calendar(kind, date(2024, 1, 31), date(2024, 1, 31) + MAKERS[kind][1])
        theirs = partitions_def(by)
        assert theirs is not None
        keys = theirs.get_partition_keys(current_time=NOW)
        place = min(place, len(keys) - 1)
        history = by.history(by.of(keys[place]), count)
        assert [partition.key for partition in history] == list(keys[max(0, place - count) : place])

    proof()


def test_a_gap_splits_a_range() -> None:
    by = Daily(start="2024-01-01", column="at")
    days = [by.of(f"2024-01-{n:02d}") for n in (5, 1, 2, 4, 8)]
    assert [[p.key[-2:] for p in run] for run in contiguous(days)] == [["01", "02"], ["04", "05"], ["08"]]


def test_moments_of_other_zones_fall_into_utc_partitions() -> None:
    east = timezone(timedelta(hours=14))
    assert Daily(start="2024-01-01", column="at").at(datetime(2024, 1, 2, 13, tzinfo=east)).key == "2024-01-01"
    by = Daily(start="2024-01-01T00:00:00+00:00", column="at")
    assert by.start == datetime(2024, 1, 1, tzinfo=UTC)


BAD_KEYS: dict[str, tuple[TimePartitions, str, str]] = {
    "no day": (Daily(start="2024-01-01", column="at"), "2024-02-30", "is not of the form '2024-01-01'"),
    "not padded": (Daily(start="2024-01-01", column="at"), "2024-1-5", "is not between"),
    "before": (Daily(start="2024-01-01", column="at"), "2023-12-31", "is not between '2024-01-01' and 'now'"),
    "after": (Daily(start="2024-01-01", end="2024-02-01", column="at"), "2024-02-01", "and '2024-01-31'"),
    "other unit": (Hourly(start="2024-01-01", column="at"), "2024-01-01", "is not of the form '2024-01-01-00:00'"),
    "inside a month": (Monthly(start="2024-01-01", column="at"), "2024-01-15", "is not between"),
}


@pytest.mark.parametrize("case", BAD_KEYS)
def test_a_bad_key_is_refused_with_the_form(case: str) -> None:
    by, key, words = BAD_KEYS[case]
    with pytest.raises(ValueError, match="partition") as raised:
        by.of(key)
    assert repr(key) in str(raised.value)
    assert words in str(raised.value)


BAD_CALENDARS: dict[str, tuple[dict[str, Any], str]] = {
    "ends first": ({"start": "2024-02-01", "end": "2024-01-01"}, "ends (2024-01-01) before it starts (2024-02-01)"),
    "lookback": ({"start": "2024-02-01", "lookback": -1}, "lookback counts partitions and cannot be -1"),
}


@pytest.mark.parametrize("case", BAD_CALENDARS)
def test_a_bad_calendar_is_refused(case: str) -> None:
    options, words = BAD_CALENDARS[case]
    with pytest.raises(ValueError, match="") as raised:
        Daily(column="at", **options)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("make", "start"), [(Monthly, "2024-01-15"), (Daily, "2024-01-15T06:00:00"), (Hourly, "2024-01-15T06:30:00")]
)
def test_a_calendar_starts_where_a_partition_does(make: Any, start: str) -> None:
    with pytest.raises(ValueError, match="starts inside a partition"):
        make(start=start, column="at")
