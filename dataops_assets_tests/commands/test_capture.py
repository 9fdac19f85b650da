"""`dataops capture`: an incident becomes a test, which fails once its rows are not found any more."""

import json
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from dataops_assets import testing
from dataops_assets.discovery import Datasets
from dataops_assets.load.captured import NotCaptured
from dataops_assets.model import Contract, Date, Integer, Source, Text, column
from dataops_assets_tests.commands.conftest import Dataops, use
from dataops_assets_tests.proofs.shop import DAYS, Stock, offer, shop, sources, take
from dataops_assets_tests.support import make_project

ONE, TWO = DAYS[:2]


def datasets(home: Path, *sources: Source) -> testing.Datasets:
    return testing.Datasets(make_project(home, *sources), dg.DagsterInstance.ephemeral())


def of(home: Path, name: str, contract: type[Contract]) -> Source:
    [source] = [each for each in sources(home) if each.name == name]
    return replace(source, contract=contract)


@pytest.fixture
def incident(home: Path) -> Path:
    """A day of which a load was stopped, and one of which a row was set aside."""
    offer(home, {ONE: "old", TWO: "bad"})
    take(shop(home), [ONE, TWO])
    return home


def test_bad_rows_are_kept_and_found_again(dataops: Dataops, incident: Path, tmp_path: Path) -> None:
    to = ("--to", str(tmp_path / "captured"))
    done = dataops("capture", "stock", "--partition", TWO, "--reason", "counted twice", "--rows", "2", *to)
    file = tmp_path / "captured" / f"stock-{TWO}.json"
    assert (done.code, done.out) == (0, f"{file}: 2 rows (pieces.ge 2)\n")
    assert dataops("capture", "orders", "--partition", ONE, *to).code == 0
    assert dataops("capture", "stock", "--partition", TWO, "--rows", "2", *to).code == 0, "the same again"

    orders, stock = testing.captured(tmp_path / "captured")
    assert (str(stock), stock.reason) == (f"stock {TWO}", "counted twice")
    assert [row.fields["pieces"] for row in stock.rows] == ["-1", "-1"]
    assert stock.contract["pieces"].startswith("int64; pieces.not_null (quarantine): ")
    project = datasets(tmp_path / "fresh", *sources(incident))
    project.finds_again(stock)
    project.finds_again(orders)


def test_what_is_not_found_any_more_fails_and_says_what_has_changed(
    dataops: Dataops, incident: Path, tmp_path: Path
) -> None:
    class Lenient(Contract, quarantine_above=0.1):
        """One row per item and day."""

        day: Date = column("Day of the count.")
        item: Text = column("What was counted.")
        pieces: Integer = column("How many there were.", ge=-10)
        shelf: Text = column("Where.", nullable=True)

    to = tmp_path / "captured"
    assert dataops("capture", "stock", "--partition", TWO, "--to", str(to)).code == 0
    [case] = testing.captured(to)
    with pytest.raises(AssertionError) as raised:
        datasets(tmp_path / "fresh", of(incident, "stock", Lenient)).finds_again(case)
    said = str(raised.value).splitlines()
    assert len([line for line in said if line.endswith("failed pieces.ge, and now passes")]) == 3
    assert any(line.startswith("the contract has changed: shelf: nothing → string") for line in said)
    assert any("at least 0 → int64" in line and "at least -10" in line for line in said), said
    with pytest.raises(AssertionError, match="there is no source 'stock' any more"):
        datasets(tmp_path / "other", *[each for each in sources(incident) if each.name != "stock"]).finds_again(case)


def test_personal_data_stays_where_it_is(
    dataops: Dataops, incident: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Personal(Stock, quarantine_above=0.1):
        """One row per item and day."""

        item: Text = column("What was counted.", tags=["pii"])

    class Hidden(Stock, quarantine_above=0.1):
        """One row per item and day."""

        pieces: Integer = column("How many there were.", ge=0, tags=["pii"])

    to = tmp_path / "captured"
    use(monkeypatch, Datasets((of(incident, "stock", Personal),)))
    assert dataops("capture", "stock", "--partition", TWO, "--to", str(to)).code == 0
    [file] = to.iterdir()
    assert "item-" not in file.read_text()
    assert {row["fields"]["item"] for row in json.loads(file.read_text())["rows"]} == {"•••"}
    datasets(tmp_path / "fresh", of(incident, "stock", Personal)).finds_again(*testing.captured(to))

    use(monkeypatch, Datasets((of(incident, "stock", Hidden),)))
    refused = dataops("capture", "stock", "--partition", TWO, "--to", str(tmp_path / "none"))
    assert (refused.code, "none is bad without its personal data" in refused.err) == (2, True), refused.err
    assert not (tmp_path / "none").exists()


def test_what_cannot_be_kept_says_why(dataops: Dataops, incident: Path, tmp_path: Path) -> None:
    to = ("--to", str(tmp_path / "captured"))
    for arguments, words in (
        (("ordrs",), "did you mean orders?"),
        (("orders",), "--partition: staged/orders has partitions"),
        (("stock", "--partition", ONE), "no row is in quarantine that fails by itself"),
        (("orders", "--partition", ONE, "--rows", "0"), "--rows 0: how many of each check"),
    ):
        done = dataops("capture", *arguments, *to)
        assert (done.code, words in done.err) == (2, True), done.err
    assert dataops("capture", "stock", "--partition", TWO, "--rows", "1", *to).code == 0
    other = dataops("capture", "stock", "--partition", TWO, *to)
    assert (other.code, "is there with other rows" in other.err) == (2, True)
    (tmp_path / "captured" / "note.json").write_text("{}")
    with pytest.raises(NotCaptured, match="write it anew with dataops capture, or delete it"):
        testing.captured(tmp_path / "captured")
    assert testing.captured(tmp_path / "nowhere") == []
