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
            "table,partition,check,rows,state",
            f"orders,{ONE},cents.type,1,set aside",
            f"orders,{TWO},cents.type,1,set aside",
            f"stock,{TWO},pieces.ge,3,stopped",
        ],
    )
    assert f"dataops quarantine show stock --partition {TWO}" in dataops("quarantine", "list").out
    assert len(dataops("quarantine", "list", "orders", "--format", "json").out.splitlines()) == 2

    said = dataops("quarantine", "show", "orders", "--partition", TWO).out
    assert "cents is a whole number of 64 bits" in said
    assert f"day={TWO}, id=900, item=item-0, cents=free" in said
    [row] = csv.DictReader(io.StringIO(dataops("quarantine", "show", "orders", "--partition", TWO, "--format=csv").out))
    assert (row["_checks"], row["_state"], row["id"], row["cents"]) == ("cents.type", "set aside", "900", "free")
    assert row["_row"] in said
    assert row["_attempt"] in said

    few = dataops("quarantine", "show", "stock", "--check", "pieces.ge", "--limit", "2", "--format", "json")
    assert [json.loads(line)["pieces"] for line in few.out.splitlines()] == ["-1", "-1"]
    assert few.err == "there are more than these 2; --limit says how many to show\n"
    assert dataops("quarantine", "show", "stock", "--check", "pieces").out == "no such row is in quarantine\n"


def test_rows_are_corrected_in_a_file_and_given_up(dataops: Dataops, home: Path, tmp_path: Path) -> None:
    offer(home, {ONE: "old", TWO: "old"})
    take(shop(home), [ONE, TWO])
    file = tmp_path / "bad.csv"
    file.write_text(dataops("quarantine", "show", "orders", "--partition", ONE, "--format", "csv").out)
    where = ("--partition", ONE, "--reason", "a typo", "--by", "anna")
    assert "nothing new was said" in dataops("quarantine", "replay", "orders", str(file), *where).out  # as it was

    file.write_text(file.read_text().replace("item-0,free", "item-9,-3"))
    result = dataops("quarantine", "replay", "orders", str(file), *where)
    assert (result.code, "is bad again: cents is at least 0" in result.err) == (1, True), result.out
    assert "read as day=2024-01-01, id=900, item=item-9, cents=-3" in dataops("quarantine", "show", "orders").out

    file.write_text(file.read_text().replace("-3", "3"))
    result = dataops("quarantine", "replay", "orders", *where, str(file))  # before or behind the options
    assert (result.code, result.err) == (0, "")
    assert f"staged/orders {ONE}: 1 rows replayed by anna" in result.out
    assert "dataops run --plan --partitions 2024-01-01" in result.out
    sql = "select cents from staging.raw_orders where id = 900"
    assert dataops("query", sql, "--format", "csv").out == "cents\n3\n"
    assert dataops("run", "--plan", "--partitions", ONE).code == 0

    assert dataops("quarantine", "discard", "orders", "--partition", TWO, "--reason", "a test").code == 0
    assert dataops("quarantine", "list").out == "no row is in quarantine\n"
    query = "select raw as _raw, '4' as cents from staging.quarantine_orders where not given_up"
    assert "nothing new was said" in dataops("quarantine", "replay", "orders", *where, "--sql", query).out
    assert f"orders,{TWO},cents.type,1,discarded" in dataops("quarantine", "list", "--all", "--format", "csv").out
    assert "because" not in (status := dataops("status", "--select", "staged/orders").out)
    assert "rows in quarantine" not in status
    assert dataops("verify").code == 0
    assert dataops("plan", "--select", "staged/orders", "--partitions", f"{ONE}..{TWO}").out.startswith("nothing")


def test_what_cannot_be_used_says_what_can(dataops: Dataops) -> None:
    for arguments, words in (
        (("show", "ordrs"), "no source 'ordrs'; did you mean orders?"),
        (("show", "sales"), "no source 'sales'"),
        (("show", "orders", "--limit", "0"), "--limit 0: how many rows to show, 1 or more"),
        (("discard", "orders", "--reason", "r"), "--partition: staged/orders has partitions; say which partition"),
        (
            ("discard", "orders", "--partition", "May", "--reason", "r"),
            "partition key 'May' is not of the form",
        ),
        (("replay", "orders", "--partition", ONE, "--reason", "r", "--sql", "select x"), "--sql: "),
        (("replay", "orders", "rows.xls", "--partition", ONE, "--reason", "r"), "are read from .csv, .json"),
        (("replay", "orders", "none.csv", "--partition", ONE, "--reason", "r"), "none.csv cannot be read"),
    ):
        result = dataops("quarantine", *arguments)
        assert (result.code, words in result.err) == (2, True), result.err
