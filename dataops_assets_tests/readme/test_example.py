"""The README's example, added to a copy of the project and run as a user would."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def example() -> tuple[str, str]:
    """Path and content of the dataset file in the README."""
    text = (ROOT / "README.md").read_text()
    block = re.search(r"<!-- example:.*?-->\n```python\n# (\S+)\n(.*?)```", text, re.DOTALL)
    assert block, "the README has no example"
    return block[1], block[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project with the example in it, and two days of exports."""
    shutil.copytree(ROOT / "dataops_assets", tmp_path / "dataops_assets", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    path, content = example()
    (tmp_path / path).write_text(content)
    exports = tmp_path / "exports"
    exports.mkdir()
    header = "order_id,ordered_at,customer_email,country,status,amount\n"
    good = "".join(f"{n},2026-01-05T10:00:{n:02d}Z,a{n}@example.com,DE,paid,10.50\n" for n in range(1, 41))
    bad = "41,2026-01-05T11:00:00Z,b@example.com,Germany,paid,1\n"
    (exports / "orders-2026-01-05.csv").write_text(header + good + bad)
    (exports / "orders-2026-01-06.csv").write_text(header + "1,2026-01-06T10:00:00Z,a@example.com,FR,open,99\n")
    return tmp_path


def dataops(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line of the copy, as its user would call it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_"))}
    environment |= {"PYTHONPATH": str(copy), "SHOP_EXPORTS": str(copy / "exports"), "DATAOPS_HOME": str(copy / "home")}
    command = [sys.executable, "-m", "dataops_assets.cli", *arguments]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)


def test_one_file_is_a_dataset(copy: Path) -> None:
    command = ("run", "--select", "+production/daily_revenue", "--partitions", "2026-01-05..2026-01-06")
    ran = dataops(copy, *command)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    asked = dataops(copy, "query", "select * from production.daily_revenue", "--format", "csv")
    assert asked.stdout.splitlines() == [
        "order_date,country,orders,revenue",
        "2026-01-05,DE,40,420.000000000",
    ], asked.stdout + asked.stderr
    bad = dataops(copy, "query", "select checks, raw from staging.quarantine_orders", "--format", "json")
    assert "country.pattern" in bad.stdout
    assert "Germany" in bad.stdout
    verified = dataops(copy, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_file_that_cannot_be_imported_is_an_error_that_names_it(copy: Path) -> None:
    (copy / "dataops_assets" / "datasets" / "broken.py").write_text("import nothing_of_this_name\n")
    ran = dataops(copy, "status")
    assert ran.returncode == 2
    assert "dataops_assets.datasets.broken" in ran.stderr
    assert "nothing_of_this_name" in ran.stderr


@pytest.mark.slow
def test_unusable_arguments_are_said_and_exit_with_2(copy: Path) -> None:
    for arguments, words in [
        (("run", "--select", "raw/nothing"), "matches no asset"),
        (("run", "--select", "raw/orders", "--partitions", "2026-13-01"), "2026-13-01"),
        (("run", "--select", "raw/orders", "--partitions", "2025-01-01"), "2026-01-01"),
        (("query", "select * from nowhere"), "nowhere"),
    ]:
        ran = dataops(copy, *arguments)
        assert ran.returncode == 2, (arguments, ran.stdout, ran.stderr)
        assert words in ran.stderr
