"""Exit codes of `dataops run`: 0 done, 1 a run or a check failed, 2 what was asked for cannot be used."""

from pathlib import Path

import dagster as dg
import pytest

from dataops_assets.discovery import Datasets
from dataops_assets_tests.commands.conftest import Dataops, use
from dataops_assets_tests.proofs.shop import DAYS, offer, sources

FIRST = DAYS[0]


def test_done_is_0(dataops: Dataops, home: Path) -> None:
    offer(home, {FIRST: "old"})
    said = dataops("run", "--select", "raw/*,staged/*", "--partitions", FIRST)
    assert (said.code, said.err) == (0, "")
    last = said.out.splitlines()
    assert last[-2].endswith("done")
    assert last[-1].startswith("done in ")


def test_a_check_that_stops_is_1_and_is_said(dataops: Dataops, home: Path) -> None:
    offer(home, {FIRST: "old", DAYS[1]: "bad"})
    said = dataops("run", "--select", "+staged/stock", "--partitions", f"{FIRST}..{DAYS[1]}")
    assert said.code == 1
    assert "FAILED" in said.out
    assert f"staged/stock {DAYS[1]}: check 'contract' failed" in said.err
    assert dataops("run", "--select", "staged/stock", "--partitions", FIRST).code == 0, "the other day is sound"


def test_a_step_that_fails_is_1(dataops: Dataops, home: Path) -> None:
    said = dataops("run", "--select", "raw/orders", "--partitions", FIRST)
    assert said.code == 1
    assert f"orders-{FIRST}.csv" in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--select", "raw/nothing"), "matches no asset; there are production/sales"),
        (("--partitions", "2024-01-02.."), "give one partition, or the first and the last as A..B"),
        (("--partitions", "2024-01-03..2024-01-02"), "the first is after the last"),
        (("--partitions", "yesterday"), "is not a date such as"),
        (("--partitions", "2023-01-01"), "have partitions from 2024-01-01 to 2024-01-05"),
    ],
)
def test_what_cannot_be_used_is_2_and_runs_nothing(
    dataops: Dataops, home: Path, arguments: tuple[str, ...], words: str
) -> None:
    said = dataops("run", *arguments)
    assert said.code == 2
    [line] = said.err.splitlines()
    assert line.startswith("dataops run: ")
    assert words in line
    assert not (home / "lake").exists()


def test_a_setting_that_cannot_be_used_is_2(dataops: Dataops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAOPS_PROFILE", "azure")
    said = dataops("run")
    assert (said.code, said.err.splitlines()) == (2, ["dataops run: DATAOPS_PROFILE='azure': it is one of local, gcp"])


def test_definitions_that_dagster_refuses_are_2(dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @dg.asset(key=["raw", "orders"])
    def again() -> None: ...

    use(monkeypatch, Datasets(sources(home), (), (again,)))
    said = dataops("run")
    assert said.code == 2
    assert "orders" in said.err
    assert "Traceback" not in said.err
