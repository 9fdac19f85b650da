"""`dataops init`, and datasets in packages of their own: what is made runs, and nothing of the demo is there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dataops_assets.commands import init

ROOT = Path(__file__).resolve().parents[2]


def environment(**more: str) -> dict[str, str]:
    """Of a user who has set nothing."""
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_", "MAKE", "SHOP_", "PYTEST"))
    }
    return kept | more


def dataops(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command line, called in a folder. The folder stands for the environment that its package is installed in."""
    paths = os.pathsep.join([str(ROOT), str(folder)])
    return subprocess.run(
        [sys.executable, "-m", "dataops_assets.cli", *arguments],
        cwd=folder,
        env=environment(PYTHONPATH=paths, **more),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    made = dataops(folder, "init", "shop")
    assert made.returncode == 0, made.stderr
    assert "make demo" in made.stdout
    return folder / "shop"


@pytest.fixture
def shop(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "shop")


def test_what_is_made_runs(shop: Path) -> None:
    ran = dataops(shop, "run", "--partitions", "2026-01-05..2026-01-06")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    asked = dataops(shop, "query", "select * from production.daily_revenue order by 1, 2", "--format", "csv")
    assert asked.stdout.splitlines()[1:] == [
        "2026-01-05,DE,2,30.000000000",
        "2026-01-05,FR,1,12.900000000",
        "2026-01-06,DE,1,8.000000000",
    ]
    status = dataops(shop, "status")
    assert "orders" in status.stdout
    assert "flights" not in status.stdout + ran.stdout
    assert (shop / ".dataops" / "dagster" / "dagster.yaml").read_text() == (shop / "dagster.yaml").read_text()


def test_what_is_made_is_in_order(shop: Path) -> None:
    files = [path for path in shop.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"Dockerfile", "Makefile", "README.md", "workspace.yaml", ".env", "ci.yml"}
    for path in files:
        assert "your_datasets" not in path.read_text(), path
        if path.suffix in (".yaml", ".yml"):
            yaml.safe_load(path.read_text())
    for arguments in (("check",), ("format", "--check")):
        checked = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--no-cache", "."],
            cwd=shop,
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_instance_is_configured_as_the_projects_own() -> None:
    assert (init.TEMPLATE / "dagster.yaml").read_text() == (ROOT / "dagster.yaml").read_text()


def test_the_environment_goes_before_the_file(shop: Path) -> None:
    ran = dataops(shop, "status", DATAOPS_DATASETS="dataops_assets.datasets")
    assert "staged/flights" in ran.stdout
    assert "orders" not in ran.stdout


@pytest.mark.parametrize(
    ("name", "words"), [("My Shop", "lower case"), ("json", "Python's own"), ("class", "Python's own")]
)
def test_a_name_that_python_cannot_import_is_refused(tmp_path: Path, name: str, words: str) -> None:
    made = dataops(tmp_path, "init", name)
    assert made.returncode == 2
    assert words in made.stderr
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "notes.txt").write_text("mine")
    made = dataops(tmp_path, "init", "shop")
    assert made.returncode == 2
    assert "exists already" in made.stderr
    assert [path.name for path in (tmp_path / "shop").iterdir()] == ["notes.txt"]


@pytest.mark.slow
def test_a_package_that_is_not_there_is_named(tmp_path: Path) -> None:
    ran = dataops(tmp_path, "status", DATAOPS_DATASETS="nobody.datasets")
    assert ran.returncode == 2
    assert "DATAOPS_DATASETS names 'nobody.datasets'" in ran.stderr
    assert "'nobody'" in ran.stderr


def test_a_package_that_cannot_be_imported_says_why(shop: Path) -> None:
    (shop / "shop" / "datasets" / "__init__.py").write_text("import nothing_of_this_name\n")
    ran = dataops(shop, "status")
    assert ran.returncode == 2
    assert "shop.datasets cannot be imported" in ran.stderr
    assert "nothing_of_this_name" in ran.stderr


@pytest.mark.slow
def test_a_list_that_is_none_is_refused(tmp_path: Path) -> None:
    ran = dataops(tmp_path, "status", DATAOPS_DATASETS="shop.datasets,,")
    assert ran.returncode == 2
    assert "DATAOPS_DATASETS='shop.datasets,,'" in ran.stderr


@pytest.mark.slow
def test_two_packages_are_one_graph_and_share_no_name(shop: Path) -> None:
    both = dataops(shop, "status", DATAOPS_DATASETS="shop.datasets, dataops_assets.datasets")
    assert "staged/orders" in both.stdout, both.stderr
    assert "staged/flights" in both.stdout
    (shop / "again").mkdir()
    (shop / "again" / "__init__.py").write_text("")
    (shop / "again" / "orders.py").write_text((shop / "shop" / "datasets" / "orders.py").read_text())
    twice = dataops(shop, "status", DATAOPS_DATASETS="shop.datasets,again")
    assert twice.returncode == 2
    assert "again.orders: a dataset called 'orders' exists already in shop.datasets.orders" in twice.stderr


def test_the_demo_is_not_run_where_it_is_not(shop: Path) -> None:
    ran = dataops(shop, "demo")
    assert ran.returncode == 2
    assert "DATAOPS_DATASETS=shop.datasets" in ran.stderr


@pytest.mark.slow
def test_in_a_fresh_environment(shop: Path, tmp_path: Path) -> None:
    """As its user does: `make demo`, `make test`, `make lint`, with a wheel of this checkout and nothing else."""
    wheels = tmp_path / "wheels"
    packed = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), str(ROOT)]
    subprocess.run(packed, check=True, capture_output=True, text=True)
    (wheel,) = wheels.iterdir()
    settings = environment(PIP_CONSTRAINT=str(ROOT / "constraints.txt"), PIP_DISABLE_PIP_VERSION_CHECK="1")
    settings["PIP_NO_COMPILE"] = "1"  # most modules of the packages are never imported
    for target in ("demo", "test", "lint"):
        made = subprocess.run(
            ["make", target, f"DATAOPS_ASSETS={wheel}", f"PYTHON={sys.executable}"],
            cwd=shop,
            env=settings,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stdout + made.stderr
        if target == "demo":
            assert "30.000000000" in made.stdout
            assert "/site-packages/dataops_assets/" in _where(shop)


def _where(shop: Path) -> str:
    """Where the package lies that the repository's own environment imports."""
    command = [str(shop / ".venv/bin/python"), "-c", "import dataops_assets; print(dataops_assets.__file__)"]
    return subprocess.run(command, cwd=shop, check=True, capture_output=True, text=True).stdout
