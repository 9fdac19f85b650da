"""`dataops verify`: 0 where everything adds up, 1 with a line that names what does not."""

import json
import shutil
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from dataops_assets_tests.commands.conftest import Dataops
from dataops_assets_tests.proofs.shop import DAYS, offer

FIRST = DAYS[0]


MADE: list[Path] = []
"""A home as `published` leaves it, once one has been made."""


@pytest.fixture
def published(dataops: Dataops, home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    if MADE:
        shutil.copytree(MADE[0], home, dirs_exist_ok=True)
        return
    offer(home, {FIRST: "old", DAYS[1]: "old"})
    result = dataops("run", "--select", "+production/sales", "--partitions", f"{FIRST}..{DAYS[1]}")
    assert result.code == 0, result.err
    MADE.append(shutil.copytree(home, tmp_path_factory.mktemp("made") / "home"))


@pytest.mark.usefixtures("published")
def test_everything_adds_up_until_a_row_is_changed_by_hand(dataops: Dataops, home: Path) -> None:
    result = dataops("verify")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[-1] == "everything adds up"
    assert "4 raw attempts" in result.out

    with closing(duckdb.connect(str(home / "warehouse.duckdb"))) as connection:
        connection.execute(f"update production.sales set cents = cents + 1 where day = '{FIRST}' and item = 'item-0'")
    result = dataops("verify")
    assert result.code == 1
    [line] = result.err.splitlines()
    assert line.startswith(f"production/sales {FIRST}: production.sales holds 3 rows, version ")
    mend = f"dataops run --select production/sales --partitions {FIRST}"
    assert line.endswith(f"run: {mend}")
    assert result.out.splitlines()[-1] == "1 problem"


@pytest.mark.usefixtures("published")
def test_a_raw_file_that_was_changed_is_named(dataops: Dataops, home: Path) -> None:
    [file] = (home / "lake" / "staging" / "raw_orders" / f"date={FIRST}").glob("*/*.csv*")
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b"100", b"101"))
    result = dataops("verify")
    assert result.code == 1
    assert f"raw/orders {FIRST}: attempt " in result.err
    assert f"dataops run --select +staged/orders --partitions {FIRST}" in result.err


@pytest.mark.usefixtures("published")
def test_a_warehouse_that_is_gone_is_noticed(dataops: Dataops, home: Path) -> None:
    for file in home.glob("warehouse.duckdb*"):
        file.unlink()
    result = dataops("verify")
    assert result.code == 1
    [line] = result.err.splitlines()
    assert line.startswith("warehouse: has no staging._ledger, and the lake has what was made with one")
    assert line.endswith("run: dataops rebuild")
    result = dataops("rebuild")
    assert (result.code, result.err) == (0, "")
    assert "production/sales: 2 partitions, 6 rows" in result.out
    assert dataops("verify").code == 0


@pytest.mark.usefixtures("published")
def test_a_warehouse_that_cannot_be_read_is_named_by_every_command_and_made_again(dataops: Dataops, home: Path) -> None:
    whole = dataops("query", "select * from production.sales order by all", "--format", "csv").out
    file = home / "warehouse.duckdb"
    file.write_bytes(file.read_bytes()[:9000])
    for command in (
        ["query", "select 1"],
        ["status"],
        ["verify"],
        ["run", "--select", "production/sales", "--partitions", FIRST],
    ):
        result = dataops(*command)
        assert result.code == 1, command
        assert f"{file} is damaged: " in result.err
        assert "dataops rebuild" in result.err
        assert "Traceback" not in result.err
    assert "4 raw attempts" in dataops("verify").out
    result = dataops("rebuild")
    assert (result.code, result.err) == (0, "")
    assert f"it is moved to {file}.damaged-" in result.out
    assert dataops("query", "select * from production.sales order by all", "--format", "csv").out == whole
    assert dataops("verify").code == 0


@pytest.mark.usefixtures("published")
def test_what_is_verified_can_be_chosen_and_told_to_programs(dataops: Dataops, home: Path) -> None:
    manifests = sorted((home / "lake" / "staging" / "raw_orders").glob("*/*/manifest.json"))
    manifests[0].write_bytes(b"")
    result = dataops("verify", "--format", "json")
    assert (result.code, result.err) == (1, "")
    first, second = json.loads(result.out)
    assert first | {"problem": ""} == {
        "asset": "raw/orders",
        "partition": FIRST,
        "problem": "",
        "command": f"dataops run --select +staged/orders --partitions {FIRST}",
    }
    assert str(manifests[0]) in first["problem"]
    assert (second["asset"], second["command"]) == ("staged/orders", first["command"])
    assert dataops("verify", "--select", "raw/stock,+production/*").code == 1
    assert dataops("verify", "--select", "raw/stock,transformed/*").code == 0
    result = dataops("verify", "--select", "raw/nothing")
    assert (result.code, "matches no asset; there are production/sales, " in result.err) == (2, True)
    for command in ("verify", "rebuild"):
        result = dataops(command, "--select", "+sales")
        words = "--select '+sales' matches no asset; did you mean production/sales or transformed/sales?"
        assert (result.code, result.err) == (2, f"dataops {command}: {words}\n")
    assert dataops(*first["command"].split()[1:]).code == 0
    result = dataops("verify")
    assert (result.code, result.err) == (0, "")
    assert f"raw/orders {FIRST}: attempt " in result.out
    assert "later attempts have it all" in result.out
