"""A project in which nothing is defined says so, whatever it is asked for."""

from pathlib import Path

import dagster as dg
import pytest

from dataops_assets.build import load_project
from dataops_assets.discovery import Datasets
from dataops_assets_tests.commands.conftest import Dataops, use

EMPTY = "the project is empty: there is no dataset and no plain asset in dataops_assets.datasets (DATAOPS_DATASETS)"


@pytest.fixture(autouse=True)
def empty(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Datasets((), (), ()))


@pytest.mark.parametrize(
    "command",
    [["run"], ["run", "--dry-run"], ["run", "--full-refresh"], ["run", "--select", "x"], ["rebuild"]],
    ids=str,
)
def test_there_is_nothing_to_run(dataops: Dataops, command: list[str]) -> None:
    result = dataops(*command)
    assert result.code == 2
    [line] = result.err.splitlines()
    assert line.startswith(f"dataops {command[0]}: {EMPTY}")


@pytest.mark.parametrize("command", ["status", "verify"])
def test_there_is_nothing_to_look_at(dataops: Dataops, command: str) -> None:
    result = dataops(command)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(EMPTY)


def test_the_warehouse_can_be_asked(dataops: Dataops) -> None:
    assert dataops("query", "select 1 as one").code == 0


def test_the_code_location_loads() -> None:
    repository = load_project().definitions().get_repository_def()
    assert not repository.asset_graph.get_all_asset_keys()
    dg.Definitions.validate_loadable(load_project().definitions())


def test_assets_that_only_others_make_are_nothing_to_run(dataops: Dataops, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Datasets((), (), (dg.AssetSpec("elsewhere"),)))
    result = dataops("run")
    assert (result.code, result.err.strip()) == (2, "dataops run: there is no asset that can be run")
    assert dataops("status").code == 0
