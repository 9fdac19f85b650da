"""Which partitions a text names, behind `--partitions`: keys that there are, in any time zone, or days and months."""

import re

import dagster as dg
import pytest

from dataops_assets.runs.partition_keys import BadRequest, NoneInRange, keys_in

NEW_YORK = "America/New_York"
DAYS = dg.DailyPartitionsDefinition(start_date="2024-01-01", end_date="2024-01-05")
MULTI = dg.MultiPartitionsDefinition(
    {
        "day": dg.DailyPartitionsDefinition(start_date="2024-01-01", end_date="2024-01-06"),
        "colour": dg.StaticPartitionsDefinition(["red", "green", "blue"]),
    }
)


@pytest.mark.parametrize(
    ("definition", "text", "keys"),
    [
        (dg.DailyPartitionsDefinition("2024-03-01", timezone=NEW_YORK), "2024-03-10", ["2024-03-10"]),
        (
            dg.DailyPartitionsDefinition("2024-03-01", timezone=NEW_YORK),
            "2024-03-09..2024-03-11",
            ["2024-03-09", "2024-03-10", "2024-03-11"],
        ),
        (dg.DailyPartitionsDefinition("2024-11-01", timezone=NEW_YORK), "2024-11-03", ["2024-11-03"]),
        (dg.DailyPartitionsDefinition("2024-03-01", timezone="Pacific/Kiritimati"), "2024-03-10", ["2024-03-10"]),
        (dg.DailyPartitionsDefinition("2024-09-01", timezone="America/Santiago"), "2024-09-08", ["2024-09-08"]),
        (dg.DailyPartitionsDefinition("2024-03-01", hour_offset=6), "2024-03-10", ["2024-03-10"]),
        (dg.WeeklyPartitionsDefinition("2024-03-03", timezone=NEW_YORK), "2024-03-10", ["2024-03-10"]),
        (dg.WeeklyPartitionsDefinition("2024-03-03", timezone=NEW_YORK), "2024-03-12", ["2024-03-10"]),
        (dg.MonthlyPartitionsDefinition("2024-01-01", timezone=NEW_YORK), "2024-03", ["2024-03-01"]),
        (
            dg.MonthlyPartitionsDefinition("2024-01-01", timezone=NEW_YORK),
            "2024-02-01..2024-03-10",
            ["2024-02-01", "2024-03-01"],
        ),
        (dg.DailyPartitionsDefinition("20240101", fmt="%Y%m%d", timezone=NEW_YORK), "20240310", ["20240310"]),
        (dg.HourlyPartitionsDefinition("2024-03-01-00:00", timezone=NEW_YORK), "2024-03-10-02:00", []),
        (
            dg.HourlyPartitionsDefinition("2024-03-01-00:00", timezone=NEW_YORK),
            "2024-03-10-02:00..2024-03-10-04:00",
            ["2024-03-10-03:00", "2024-03-10-04:00"],
        ),
        (
            dg.HourlyPartitionsDefinition("2024-11-01-00:00", timezone=NEW_YORK),
            "2024-11-03-01:00..2024-11-03-02:00",
            ["2024-11-03-01:00", "2024-11-03-01:00-0500", "2024-11-03-02:00"],
        ),
        (
            dg.HourlyPartitionsDefinition("2024-11-01-00:00", timezone=NEW_YORK),
            "2024-11-03-01:00-0500",
            ["2024-11-03-01:00-0500"],
        ),
        (dg.StaticPartitionsDefinition(["a", "b", "c"]), "b..c", ["b", "c"]),
        (MULTI, "green|2024-01-02", ["green|2024-01-02"]),
        (MULTI, "red|2024-01-02..green|2024-01-03", [f"{c}|2024-01-0{d}" for c in ("red", "green") for d in (2, 3)]),
        (MULTI, "2024-01-05..2024-01-31", [f"{c}|2024-01-05" for c in ("red", "green", "blue")]),
        (MULTI, "blue", [f"blue|2024-01-{d:02}" for d in range(1, 6)]),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_key_means_itself(definition: dg.PartitionsDefinition, text: str, keys: list[str]) -> None:
    first, _, last = text.partition("..")
    with dg.DagsterInstance.ephemeral() as instance:
        try:
            found = keys_in(definition, (first, last or first), instance, "it")
        except NoneInRange:
            found = []
    assert found == keys


@pytest.mark.parametrize(("days", "count"), [("2024-03-10", 23), ("2024-11-03", 25), ("2024-03-11..2024-03-12", 48)])
def test_a_day_of_hours_is_that_of_their_time_zone(days: str, count: int) -> None:
    definition = dg.HourlyPartitionsDefinition("2024-01-01-00:00", timezone=NEW_YORK)
    first, _, last = days.partition("..")
    with dg.DagsterInstance.ephemeral() as instance:
        found = keys_in(definition, (first, last or first), instance, "it")
    assert len(found) == count
    assert (found[0][:10], found[-1][:10]) == (first, last or first)


@pytest.mark.parametrize(
    ("definition", "text", "words"),
    [
        (dg.StaticPartitionsDefinition(["a", "b"]), "b..a", "the first is after the last"),
        (dg.StaticPartitionsDefinition(["a", "b"]), "a..c", "have no partition 'c'; they have a, b"),
        (MULTI, "red|2024-01-03..red|2024-01-02", "the first is after the last"),
        (MULTI, "violet", "give such keys, or those of one dimension (colour, day)"),
        (DAYS, "2024-01-03..2024-01-02", "the first is after the last"),
        (DAYS, "2024-01-09", "have partitions from 2024-01-01 to 2024-01-04"),
        (DAYS, "soon", "is not a date such as"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_text_that_names_nothing(definition: dg.PartitionsDefinition, text: str, words: str) -> None:
    first, _, last = text.partition("..")
    with dg.DagsterInstance.ephemeral() as instance, pytest.raises(BadRequest, match=re.escape(words)):
        keys_in(definition, (first, last or first), instance, "it")
