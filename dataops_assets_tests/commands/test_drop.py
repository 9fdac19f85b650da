"""`dataops drop`: what `status` names as of no dataset is removed when asked, and nothing else ever."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dataops_assets.discovery import Datasets
from dataops_assets_tests.commands.conftest import Dataops, use
from dataops_assets_tests.commands.test_status import lines
from dataops_assets_tests.proofs.shop import DAYS, SALES, offer, sources

ONE = DAYS[0]


def test_a_renamed_dataset_is_named_asked_for_and_removed(
    dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(home, {ONE: "old"})
    use(monkeypatch, Datasets(sources(home), (SALES,)))
    assert dataops("run", "--partitions", ONE).code == 0
    use(monkeypatch, Datasets(sources(home), (replace(SALES, name="turnover"),)))
    shown = lines(dataops("status").out)
    assert "transformed/sales 1 partition, which no dataset makes any more" in shown
    assert "dataops drop sales" in shown
    assert "kept in the lake, of no dataset: sales" in shown

    found = [each for each in json.loads(dataops("status", "--format", "json").out) if "orphan" in each]
    assert sorted((each["asset"] or "", each["orphan"], each.get("drop")) for each in found) == [
        ("", "folder", None),
        ("production/sales", "dataset", "dataops drop sales"),
        ("transformed/sales", "dataset", "dataops drop sales"),
    ]

    asked = dataops("drop", "sales")
    assert (asked.code, "--yes" in asked.err) == (2, True)
    assert "dataops drop sales" in dataops("status").out, "nothing was removed"
    assert dataops("drop", "sales", "--yes").code == 0
    shown = dataops("status").out
    assert "dataops drop" not in shown
    assert (home / "lake" / "staging" / "sales").exists()
    assert "there is no table sales" in dataops("query", "from production.sales").err
    assert dataops("verify").code == 0

    refused = dataops("drop", "orders", "--yes")
    assert refused.code == 2
    assert "it is declared" in refused.err
