"""`dataops verify`: 0 where everything adds up, 1 with a line that names what does not."""

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from dataops_assets_tests.commands.conftest import Dataops
from dataops_assets_tests.proofs.shop import DAYS, offer

FIRST = DAYS[0]


@pytest.fixture
def published(dataops: Dataops, home: Path) -> None:
    offer(home, {FIRST: "old", DAYS[1]: "old"})
    said = dataops("run", "--select", "+production/sales", "--partitions", f"{FIRST}..{DAYS[1]}")
    assert said.code == 0, said.err


@pytest.mark.usefixtures("published")
def test_everything_adds_up_until_a_row_is_changed_by_hand(dataops: Dataops, home: Path) -> None:
    said = dataops("verify")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[-1] == "everything adds up"
    assert "4 raw attempts" in said.out

    with closing(duckdb.connect(str(home / "warehouse.duckdb"))) as connection:
        connection.execute(f"update production.sales set cents = cents + 1 where day = '{FIRST}' and item = 'item-0'")
    said = dataops("verify")
    assert said.code == 1
    [line] = said.err.splitlines()
    assert line.startswith(f"production/sales {FIRST}: production.sales holds 3 rows, version ")
    mend = f"dataops run --select production/sales --partitions {FIRST}"
    assert line.endswith(f"run: {mend}")
    assert said.out.splitlines()[-1] == "1 problem"


@pytest.mark.usefixtures("published")
def test_a_raw_file_that_was_changed_is_named(dataops: Dataops, home: Path) -> None:
    [file] = (home / "lake" / "staging" / "raw_orders" / f"date={FIRST}").glob("*/*.csv*")
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b"100", b"101"))
    said = dataops("verify")
    assert said.code == 1
    assert f"raw/orders {FIRST}: attempt " in said.err
    assert f"dataops run --select raw/orders --partitions {FIRST}" in said.err


@pytest.mark.usefixtures("published")
def test_a_warehouse_that_is_gone_is_noticed(dataops: Dataops, home: Path) -> None:
    for file in home.glob("warehouse.duckdb*"):
        file.unlink()
    said = dataops("verify")
    assert said.code == 1
    [line] = said.err.splitlines()
    span = f"{FIRST}..{DAYS[1]}"
    assert line.startswith(
        f"production/sales {span}: the lake shows a version of 2 partitions that the ledger does not"
    )
    assert line.endswith(f"dataops run --select +production/sales --partitions {span}")
    assert dataops("run", "--select", "+production/sales", "--partitions", span).code == 0
    assert dataops("verify").code == 0
