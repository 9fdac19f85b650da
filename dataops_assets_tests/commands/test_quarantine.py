"""`dataops quarantine`: which rows are not in the tables, and why."""

import csv
import io
import json
from pathlib import Path

from dataops_assets_tests.commands.conftest import Dataops
from dataops_assets_tests.proofs.shop import DAYS, offer, shop, take

ONE, TWO = DAYS[:2]


def test_rows_that_were_set_aside_and_those_of_a_stopped_load(dataops: Dataops, home: Path) -> None:
    assert dataops("quarantine", "list").out == "no row is in quarantine\n"
    offer(home, {ONE: "old", TWO: "bad"})
    take(shop(home), [ONE, TWO])

    listed = dataops("quarantine", "list", "--format", "csv")
    assert (listed.code, listed.out.splitlines()) == (
        0,
        [
            "table,partition,check,rows,load",
            f"orders,{ONE},cents.type,1,passed",
            f"orders,{TWO},cents.type,1,passed",
            f"stock,{TWO},pieces.ge,3,stopped",
        ],
    )
    assert f"dataops quarantine show stock --partition {TWO}" in dataops("quarantine", "list").out
    assert len(dataops("quarantine", "list", "orders", "--format", "json").out.splitlines()) == 2

    said = dataops("quarantine", "show", "orders", "--partition", TWO).out
    assert "cents is a whole number of 64 bits" in said
    assert f"day={TWO}, id=900, item=item-0, cents=free" in said
    [row] = csv.DictReader(io.StringIO(dataops("quarantine", "show", "orders", "--partition", TWO, "--format=csv").out))
    assert (row["_checks"], row["_load"], row["id"], row["cents"]) == ("cents.type", "passed", "900", "free")
    assert row["_row"] in said
    assert row["_attempt"] in said

    few = dataops("quarantine", "show", "stock", "--check", "pieces.ge", "--limit", "2", "--format", "json")
    assert [json.loads(line)["pieces"] for line in few.out.splitlines()] == ["-1", "-1"]
    assert few.err == "there are more than these 2; --limit says how many to show\n"
    assert dataops("quarantine", "show", "stock", "--check", "pieces").out == "no such row is in quarantine\n"


def test_what_cannot_be_used_says_what_can(dataops: Dataops) -> None:
    for arguments, words in (
        (("show", "ordrs"), "no source 'ordrs'; did you mean orders?"),
        (("show", "sales"), "no source 'sales'"),
        (("show", "orders", "--limit", "0"), "--limit 0: how many rows to show, 1 or more"),
    ):
        result = dataops("quarantine", *arguments)
        assert (result.code, words in result.err) == (2, True), result.err
