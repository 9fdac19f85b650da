"""What each statistical check finds, lets through, and says where it does not know; from profiles alone."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from dataops_assets.model import (
    Categories,
    Completeness,
    Correlation,
    Daily,
    Distinct,
    Drift,
    Hourly,
    Mean,
    Monthly,
    NullShare,
    Scale,
    Volume,
)
from dataops_assets.model.statistics import Statistic
from dataops_assets.validation.measured import Measured
from dataops_assets.validation.profile import PER_E, ZERO_AT, ColumnProfile, PairProfile, Profile
from dataops_assets.validation.scores import Past
from dataops_assets.validation.seasons import depth_of, season_of, special
from dataops_assets.validation.statistics import Statistics

DAYS = 115
WEEK = np.array([1.0, 1.02, 1.0, 1.01, 1.03, 0.8, 0.9])
ALL = [
    Volume(),
    Completeness(),
    NullShare(),
    Distinct(),
    Categories(),
    Scale(),
    Mean(),
    Drift(),
    Correlation(one="delay", other="distance"),
]
Rows = dict[str, list[Any]]


def rows_of(day: int, count: int | None = None) -> Rows:
    """Flights, as it were: a number with missing values, one that lacks the same ones, one without, a text."""
    random = np.random.default_rng(day)
    rows = count or int(400 * WEEK[day % 7] * random.normal(1, 0.01))
    delay = random.gamma(2, 12, rows) - 10 + random.normal(0, 2)
    missing = random.random(rows) < random.uniform(0.01, 0.02)
    return {
        "delay": [None if gone else round(value) for value, gone in zip(delay, missing, strict=True)],
        "arrival": [None if gone else round(value + 3) for value, gone in zip(delay, missing, strict=True)],
        "distance": [round(value) for value in delay * 3 + random.normal(900, 60, rows)],
        "airline": [str(value) for value in random.choice(["AA", "UA", "WN", "HA"], rows, p=[0.48, 0.3, 0.18, 0.04])],
    }


def profile_of(rows: Rows) -> Profile:
    columns = {name: column_of(values) for name, values in rows.items()}
    both = [(a, b) for a, b in zip(rows["delay"], rows["distance"], strict=True) if a is not None]
    one, two = np.array(both, float).T if both else (np.zeros(0), np.zeros(0))
    pair = PairProfile(0)
    if len(one):
        pair = PairProfile(
            len(one), one.mean(), two.mean(), one.var(), two.var(), float(np.cov(one, two, bias=True)[0, 1])
        )
    return Profile(len(rows["delay"]), columns, {("delay", "distance"): pair})


def column_of(values: Sequence[Any]) -> ColumnProfile:
    filled = [value for value in values if value is not None]
    rows, nulls, distinct = len(values), len(values) - len(filled), len(set(filled))
    found, counts = np.unique(np.array(filled), return_counts=True)
    if filled and isinstance(filled[0], str):
        text = ",".join(f'{{"v":"{value}","n":{count}}}' for value, count in zip(found, counts, strict=True))
        return ColumnProfile("text", rows, nulls, distinct, distinct, counts=text)
    by_bucket: dict[int, int] = {}
    for value, count in zip(found.tolist(), counts.tolist(), strict=True):
        place = ZERO_AT + math.floor(math.log(abs(value)) * PER_E) if value else 0
        bucket = -place if value < 0 else place
        by_bucket[bucket] = by_bucket.get(bucket, 0) + count
    numbers = np.array(filled, float)
    return ColumnProfile(
        "number",
        rows,
        nulls,
        distinct,
        distinct,
        least=str(min(filled, default="")) or None,
        most=str(max(filled, default="")) or None,
        mean=float(numbers.mean()) if filled else None,
        variance=float(numbers.var()) if filled else None,
        counts=",".join(f"{bucket},{count}" for bucket, count in by_bucket.items()),
        whole=True,
    )


@pytest.fixture(scope="module")
def ordinary() -> list[Profile | None]:
    return [profile_of(rows_of(day)) for day in range(DAYS)]


def past_of(profiles: Sequence[Profile | None], near: Sequence[int] = ()) -> Past:
    first = date(2024, 1, 1)
    keys = [str(first + timedelta(days=day)) for day in range(len(profiles))]
    return Past(keys, profiles, 7, [day in near for day in range(len(profiles))])


def measured(
    profiles: Sequence[Profile | None], now: Profile, statistics: Sequence[Statistic] = ALL, near: Sequence[int] = ()
) -> dict[str, Measured]:
    """What the checks say of the last day, if this is its profile."""
    every = [*profiles[:-1], now]
    found = Statistics(statistics, past_of(every, near)).measure(len(every) - 1)
    return {each.statistic.name: each for each in found}


def failed(found: dict[str, Measured]) -> dict[str, list[str]]:
    """The columns that failed, by check."""
    bad = {name: [f.column for f in each.figures if f.verdict == "failed"] for name, each in found.items()}
    return {name: columns for name, columns in bad.items() if columns}


def test_an_ordinary_day_passes_every_check(ordinary: list[Profile | None]) -> None:
    every = Statistics(ALL, past_of(ordinary))
    found = [each for place in range(100, DAYS) for each in every.measure(place)]
    verdicts = [each.verdict for each in found]
    assert "no history" not in verdicts
    assert verdicts.count("failed") <= 0.004 * len(verdicts), [each.reason for each in found if each.reason]
    assert all(each.worst and each.worst.threshold is not None for each in found)


def without(name: str) -> Callable[[Rows], Rows]:
    def gone(rows: Rows) -> Rows:
        kept = [place for place, value in enumerate(rows["airline"]) if value != name]
        return {column: [values[place] for place in kept] for column, values in rows.items()}

    return gone


def times(column: str, factor: float) -> Callable[[Rows], Rows]:
    return lambda rows: rows | {column: [None if v is None else round(v * factor) for v in rows[column]]}


def lacking(column: str, every: int) -> Callable[[Rows], Rows]:
    return lambda rows: rows | {column: [None if i % every == 0 else v for i, v in enumerate(rows[column])]}


DEFECTS = {
    "half a day": (lambda rows: {name: values[::2] for name, values in rows.items()}, "volume", ""),
    "a day twice": (lambda rows: {name: values * 2 for name, values in rows.items()}, "volume", ""),
    "an empty day": (lambda rows: {name: [] for name in rows}, "volume", ""),
    "a fifth missing": (lacking("distance", 5), "null_share", "distance"),
    "one of twins lacks more": (lacking("delay", 50), "null_share", "delay, arrival"),
    "an airline gone": (without("WN"), "categories", "airline"),
    "a small airline gone": (without("HA"), "categories", "airline"),
    "a code renamed": (
        lambda rows: rows | {"airline": [v.replace("WN", "W9") for v in rows["airline"]]},
        "categories",
        "airline",
    ),
    "seconds": (times("delay", 60), "scale", "delay"),
    "hours": (times("delay", 1 / 60), "scale", "delay"),
    "a quarter more": (lambda rows: rows | {"distance": [v + 40 for v in rows["distance"]]}, "mean", "distance"),
    "another spread": (times("distance", 1.1), "drift", "distance"),
    "values stuck": (lambda rows: rows | {"distance": [900] * len(rows["distance"])}, "drift", "distance"),
    "shuffled": (lambda rows: rows | {"distance": sorted(rows["distance"])}, "correlation", "delay,distance"),
    "many values": (
        lambda rows: rows | {"airline": [f"{v}{i % 9}" for i, v in enumerate(rows["airline"])]},
        "distinct",
        "airline",
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_fails_the_check_that_is_for_it(defect: str, ordinary: list[Profile | None]) -> None:
    damage, check, column = DEFECTS[defect]
    found = measured(ordinary, profile_of(damage(rows_of(DAYS - 1))))
    assert column in failed(found).get(check, []), failed(found)
    assert found[check].reason


def test_what_is_said_of_a_defect(ordinary: list[Profile | None]) -> None:
    found = measured(ordinary, profile_of(without("WN")(rows_of(DAYS - 1, 200))))
    assert found["categories"].reason == "airline: gone: 'WN', in each of 28 partitions before"
    usual = found["volume"].reason
    assert re.fullmatch(r"\d{3} rows where \d{3} are usual \(-\d\d%; \d{3} to \d{3} would pass\)", usual), usual


def test_too_little_history_is_neither_a_pass_nor_a_failure(ordinary: list[Profile | None]) -> None:
    found = measured(ordinary[:30], profile_of(times("delay", 60)(rows_of(29))))
    assert {name for name, each in found.items() if each.verdict == "no history"} == {
        "volume",
        "null_share",
        "distinct",
        "scale",
        "mean",
        "drift",
        "correlation",
    }
    assert "not enough partitions before" in found["scale"].reason
    assert found["scale"].worst is None


def test_no_row_at_all_needs_little_history(ordinary: list[Profile | None]) -> None:
    nothing = profile_of({name: [] for name in rows_of(0)})
    for near in ((), [19]):
        found = measured(ordinary[:20], nothing, near=near)
        assert found["volume"].reason.startswith("no row, where each of 19 partitions before had some (")
    unusual = [*ordinary[:10], nothing, *ordinary[10:19]]
    assert measured(unusual, nothing)["volume"].verdict == "no history"


def test_partitions_that_are_not_there_are_left_out_and_named(ordinary: list[Profile | None]) -> None:
    holes: list[Profile | None] = [None if day in (95, 105, 106) else each for day, each in enumerate(ordinary)]
    found = measured(holes, profile_of(rows_of(DAYS - 1)))
    assert failed(found) == {"completeness": [""]}
    assert found["completeness"].reason == "partitions before it are missing: 2024-04-05, 2024-04-15, 2024-04-16"


def test_near_a_holiday_more_is_usual(ordinary: list[Profile | None]) -> None:
    fewer = profile_of(rows_of(DAYS - 1, 280))
    assert "volume" in failed(measured(ordinary, fewer))
    assert failed(measured(ordinary, fewer, near=[DAYS - 1])) == {}
    assert "volume" in failed(measured(ordinary, profile_of(rows_of(DAYS - 1, 130)), near=[DAYS - 1]))


def test_columns_and_least_change_are_as_declared(ordinary: list[Profile | None]) -> None:
    seconds = profile_of(times("delay", 60)(rows_of(DAYS - 1)))
    assert failed(measured(ordinary, seconds, [Scale(columns=["arrival"])])) == {}
    assert failed(measured(ordinary, seconds, [Scale(columns=["delay"], least=100)])) == {}
    assert failed(measured(ordinary, seconds, [Scale(columns=["delay"], least=10)])) == {"scale": ["delay"]}


def test_of_three_values_no_spread_is_told(ordinary: list[Profile | None]) -> None:
    """Neither now nor in the partitions before: gusts are rare on calm days."""
    few = [profile_of(rows_of(day, 3) if day % 9 == 0 else rows_of(day)) for day in range(DAYS)]
    assert all(each.verdict == "no history" for each in measured(few, few[0], [Scale(columns=["delay"])]).values())
    assert measured(few, few[0], [Scale()])["scale"].figures == []
    seconds = profile_of(times("delay", 60)(rows_of(DAYS - 1)))
    assert failed(measured(few, seconds, [Scale()])) == {"scale": ["delay"]}


def test_what_chance_does_in_few_rows_is_no_defect(ordinary: list[Profile | None]) -> None:
    """A day that has lost nearly all of its rows lacks some airlines, and strays in all else: that is one defect."""
    found = [failed(measured(ordinary, profile_of(rows_of(seed, 8)))) for seed in range(20)]
    assert all("volume" in each for each in found)
    assert sum(len(columns) for each in found for name, columns in each.items() if name != "volume") <= 8


def test_one_far_value_is_no_other_mean(ordinary: list[Profile | None]) -> None:
    rows = rows_of(DAYS - 1)
    rows["distance"][7] = 200_000
    assert failed(measured(ordinary, profile_of(rows), [Mean()])) == {}
    assert failed(measured(ordinary, profile_of(times("distance", 1.2)(rows_of(DAYS - 1))), [Mean()])) != {}


def test_a_spread_finer_than_the_profile_tells_is_no_other_unit() -> None:
    """Prices of a calm month lie in one bucket."""

    def index(day: int, spread: float = 0.02) -> Profile:
        values = np.random.default_rng(day).normal(1000, 1000 * spread, 21).tolist()
        return Profile(21, {"price": structs.replace(column_of(values), whole=False)})

    profiles: list[Profile | None] = [index(day) for day in range(DAYS)]
    calm = index(DAYS, spread=0.002)
    assert calm.columns["price"].quantile(0.75) == calm.columns["price"].quantile(0.25)
    assert failed(measured(profiles, calm, [Scale()])) == {}
    assert failed(measured(profiles, index(7, spread=0.2), [Scale()])) == {"scale": ["price"]}


def test_a_column_that_is_the_same_in_a_partition_is_not_compared() -> None:
    """The number of the month has one value a day, and another one each month."""
    days = [date(2024, 1, 1) + timedelta(days=day) for day in range(122)]
    profiles = [profile_of(rows_of(day, 200) | {"month": [when.month] * 200}) for day, when in enumerate(days)]
    assert days[-1].day == 1
    found = measured(profiles, profiles[-1], [Drift(), Mean(), Scale()])
    assert not any(figure.column == "month" for each in found.values() for figure in each.figures)


def test_what_an_earlier_defect_was_does_not_hide_others(ordinary: list[Profile | None]) -> None:
    """It calibrates its own column's checks for five weeks, and no other column's."""
    profiles = list(ordinary)
    profiles[DAYS - 10] = profile_of(times("delay", 60)(rows_of(DAYS - 10)))
    now = replace(profile_of(times("distance", 60)(rows_of(DAYS - 1))))
    assert "distance" in failed(measured(profiles, now))["scale"]


HOLIDAYS = {
    "2024-07-03": True,  # the day before
    "2024-07-04": True,
    "2024-07-05": True,
    "2024-07-06": True,  # a weekend that joins them
    "2024-07-08": False,
    "2024-05-25": True,  # Memorial Day is on Monday
    "2024-05-24": False,
}


@pytest.mark.parametrize("day", HOLIDAYS)
def test_days_near_a_holiday(day: str) -> None:
    calendar = Daily(start="2024-01-01", column="day")
    partition = calendar.of(day)
    assert special([partition], "US") == [HOLIDAYS[day]]
    assert special([partition], [date(2024, 7, 4), date(2024, 5, 27)]) == [HOLIDAYS[day]]
    assert special([partition], ()) == [False]


def test_seasons() -> None:
    hourly, daily, monthly = (kind(start="2024-01-01", column="at") for kind in (Hourly, Daily, Monthly))
    assert [season_of(each) for each in (hourly, daily, monthly)] == [24, 7, 1]
    assert [depth_of(each) for each in (hourly, daily, monthly)] == [275, 105, 63]
    assert special([hourly.of("2024-07-04-13:00")], "US") == [True]
    assert special([monthly.of("2024-07-01")], "US") == [False]
