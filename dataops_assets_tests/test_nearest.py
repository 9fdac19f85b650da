"""What a name that does not exist is answered by."""

import pytest

from dataops_assets.nearest import nearest, suggestion

ASSETS = [
    *("raw/flights", "staged/flights", "raw/planes", "staged/planes"),
    *("transformed/carrier_daily", "production/carrier_daily", "my_report"),
]
TABLES = [
    *("staging._ledger", "staging.raw_flights", "staging.quarantine_flights"),
    *("staging.carrier_daily", "production.carrier_daily"),
]


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("flights", ASSETS, ["raw/flights", "staged/flights"]),
        ("flihgts", ASSETS, ["raw/flights", "staged/flights"]),
        ("raw/flihgts", ASSETS, ["raw/flights"]),
        ("+raw/flihgts*", ASSETS, ["raw/flights"]),
        ("Raw/Flights", ASSETS, ["raw/flights"]),
        ("stage/flights", ASSETS, ["staged/flights"]),
        ("prod/carrier_daly", ASSETS, ["production/carrier_daily"]),
        ("production.carrier_daily", ASSETS, ["production/carrier_daily"]),
        ("myreport", ASSETS, ["my_report"]),
        ("raw/nothing", ASSETS, []),
        ("flights", TABLES, ["staging.raw_flights"]),
        ("staged.flights", TABLES, ["staging.raw_flights"]),
        ("carrier_dayly", TABLES, ["production.carrier_daily", "staging.carrier_daily"]),
        ("production/carrier_daily", TABLES, ["production.carrier_daily"]),
        ("ledger", TABLES, ["staging._ledger"]),
        ("", TABLES, []),
    ],
)
def test_the_nearest(name: str, known: list[str], expected: list[str]) -> None:
    assert nearest(name, known) == expected


def test_in_words() -> None:
    assert suggestion("flights", ASSETS) == "did you mean raw/flights or staged/flights?"
    assert suggestion("nothing", ["raw/b", "raw/a"]) == "there are raw/a, raw/b"
    assert suggestion("nothing", (f"raw/t{n:02}" for n in range(25))).endswith("raw/t19 and 5 more")
    assert suggestion("nothing", []) == "there are none"
