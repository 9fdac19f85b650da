"""`dataops diff` and `dataops history`: what would change in production, what has, and which versions stood there."""

import json
from pathlib import Path

import pytest

from dataops_assets_tests.commands.conftest import Dataops
from dataops_assets_tests.proofs.shop import DAYS, offer, shop, take

ONE, TWO, *_ = DAYS


def test_what_would_change_what_has_and_what_stood_there(
    dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(home, {ONE: "old", TWO: "old"})
    assert "nothing is validated or published yet" in dataops("diff", "sales").out
    project = shop(home)
    take(project, [ONE, TWO])
    first = dataops("diff", "sales", "--partitions", ONE)
    assert "0 → 3 rows: 3 added, nothing was published before" in first.out

    offer(home, {ONE: "new"})
    take(project, [ONE], ["raw/orders", "raw/stock", "staged/orders", "staged/stock", "transformed/sales"])
    result = dataops("diff", "production/sales")
    assert (result.code, result.err) == (0, "")
    assert f"production/sales {ONE}: version" in result.out
    assert "is to be published" in result.out
    assert TWO not in result.out, "nothing would change there"
    assert "3 → 3 rows: 3 changed" in result.out
    assert "cents" in result.out

    [pending] = json.loads(dataops("diff", "sales", "--format", "json").out)
    take(project, [ONE], ["production/sales"])
    [found] = json.loads(dataops("diff", "sales", "--partitions", ONE, "--format", "json").out)
    assert found == pending | {"status": "published"}
    assert found["columns"]["pieces"]["rows"] == 3

    take(project, [ONE], ["production/sales"])  # once more, with nothing new
    versions = json.loads(dataops("history", "sales", "--partition", ONE, "--format", "json").out)
    assert [each["version"] for each in versions] == [found["version"], found["before"]]
    assert versions[0]["difference"]["rows_changed"] == 3
    assert {each["raw"] for each in versions[0]["raw"]} == {f"raw/orders {ONE}", f"raw/stock {ONE}"}
    monkeypatch.delenv("COLUMNS")
    shown = dataops("history", "sales", "--partition", ONE).out
    assert "3 → 3 rows: 3 changed" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_what_cannot_be_asked(dataops: Dataops) -> None:
    assert "no published table 'slaes'; did you mean sales?" in dataops("diff", "slaes").err
    assert "say which one, --partition KEY" in dataops("history", "sales").err
    assert dataops("diff", "sales", "--partitions", "1999-01-01").code == 2
