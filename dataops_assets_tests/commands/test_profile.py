"""`dataops profile`: what is known of a table's partitions, as text and as JSON."""

import json
from pathlib import Path

import pytest

from dataops_assets_tests.commands.conftest import Dataops
from dataops_assets_tests.proofs.shop import DAYS, offer


def test_the_newest_partition_and_several_together(dataops: Dataops, home: Path) -> None:
    offer(home, {DAYS[0]: "old", DAYS[1]: "old"})
    assert dataops("profile", "orders").err.startswith("dataops profile: staged/orders has no profile; ")
    assert dataops("run", "--select", "+transformed/sales", "--partitions", f"{DAYS[0]}..{DAYS[1]}").code == 0

    newest = dataops("profile", "orders")
    assert (newest.code, newest.err) == (0, "")
    title, header, *lines = newest.out.splitlines()
    assert title.startswith(f"staged/orders {DAYS[1]}: ")
    assert header.split()[:2] == ["column", "missing"]
    rows = dataops("query", f"select count(*) as n from staging.raw_orders where day = '{DAYS[1]}'", "--format", "csv")
    count = int(rows.out.split()[1])
    assert title.endswith(f": {count} rows")

    both = json.loads(
        dataops("profile", "staged/orders", "--partitions", f"{DAYS[0]}..{DAYS[1]}", "--format", "json").out
    )
    assert both["partitions"] == [DAYS[0], DAYS[1]]
    total = dataops(
        "query", "select count(*) as n, avg(cents) as m, max(cents) as most from staging.raw_orders", "--format", "json"
    )
    said = json.loads(total.out)
    cents = next(each for each in both["columns"] if each["column"] == "cents")
    assert (both["rows"], cents["mean"], cents["most"]) == (said["n"], pytest.approx(said["m"]), str(said["most"]))
    assert sum(rows for _, rows in cents["histogram"]) == said["n"]
    assert [line.split()[0] for line in lines] == [each["column"] for each in both["columns"]]

    assert dataops("profile", "sales").out.startswith(f"transformed/sales {DAYS[1]}: ")


def test_what_cannot_be_used_says_what_can(dataops: Dataops) -> None:
    for arguments, words in (
        (("profile", "ordrs"), "there is no table 'ordrs'; did you mean"),
        (("profile", "orders", "--partitions", "May"), "--partitions 'May' is not a date such as 2013-01-05"),
    ):
        result = dataops(*arguments)
        assert result.code == 2
        assert words in result.err
