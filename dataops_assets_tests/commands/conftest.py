"""The commands in this process, on a small shop of their own: `dataops("status")` is what one would type."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dataops_assets import build
from dataops_assets.cli import main
from dataops_assets.discovery import Datasets
from dataops_assets_tests.proofs import shop


@dataclass
class Result:
    """What a command ended with."""

    code: int
    out: str
    err: str


Dataops = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """DATAOPS_HOME of the shop, empty, with no other setting; the source lies in `home/source`."""
    # What is there now is put back in the end, and what the commands set themselves is gone.
    for name in {*os.environ, "DAGSTER_HOME", "DAGSTER_EVENT_BATCH_SIZE"}:
        if name.startswith(("DATAOPS_", "DAGSTER_")) and not name.startswith("DATAOPS_TEST_"):
            monkeypatch.setenv(name, "")
            monkeypatch.delenv(name)
    monkeypatch.setenv("DATAOPS_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "1000")  # `test_layout.py` sees to it that what is said fits a narrow terminal
    use(monkeypatch, Datasets(shop.sources(tmp_path), (shop.SALES, shop.trend)))
    build.load_project.cache_clear()
    yield tmp_path
    build.load_project.cache_clear()


def use(monkeypatch: pytest.MonkeyPatch, datasets: Datasets) -> None:
    """Let these be what is found in `datasets/`."""
    monkeypatch.setattr(build, "discover", lambda *_: datasets)
    build.load_project.cache_clear()


@pytest.fixture
def dataops(home: Path, capsys: pytest.CaptureFixture[str]) -> Dataops:
    def call(*arguments: str) -> Result:
        capsys.readouterr()
        code = main(arguments)
        result = capsys.readouterr()
        return Result(code, result.out, result.err)

    return call
