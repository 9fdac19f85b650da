"""`dataops status` and `verify` read lake, warehouse and ledger; Dagster is imported where it has something to add."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from dataops_assets import build
from dataops_assets.commands.dagster_files import is_silent
from dataops_assets.runs import runner
from dataops_assets_tests.commands.conftest import Dataops
from dataops_assets_tests.proofs.shop import DAYS, offer

WATCHED = """
import sys
from dataops_assets.cli import main
for command in sys.argv[1:]:
    assert main(command.split()) == 0
    print("imported:", *(name for name in ("dagster", "sqlalchemy", "google.cloud") if name in sys.modules))
"""
SOURCES = ["raw/orders", "raw/stock"]


MINE = """
from pathlib import Path
from dataops_assets.model import Contract, Daily, Date, Derived, Integer, Source, column
from dataops_assets.sources import Files

class Count(Contract):
    \"\"\"One row a day.\"\"\"

    day: Date = column("Day of the count.")
    pieces: Integer = column("How many there were.")

DAY = Daily(start="2024-01-01", end="2024-01-03", column="day")
count = Source(
    name="count",
    extract=Files(f"{Path(__file__).parent}/count-{{partition.start:%Y-%m-%d}}.csv"),
    contract=Count,
    partition=DAY,
    key=["day"],
)
total = Derived(name="total", contract=Count, partition=DAY, key=["day"], publish=True, sql=\"\"\"
    select day, sum(pieces) as pieces from staged.count
    where day >= @window_start and day < @window_end group by day
\"\"\")
"""


def watched(home: Path, *commands: str) -> list[str]:
    """What commands print in a process of their own, each with the heavy packages that are imported by then."""
    (home / "mine.py").write_text(MINE)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_"))}
    environment |= {
        "DATAOPS_HOME": str(home),
        "DATAOPS_DATASETS": "mine",
        "PYTHONPATH": os.pathsep.join([str(home), *filter(None, sys.path)]),
    }
    command = [sys.executable, "-c", WATCHED, *commands]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def test_after_a_good_run_they_need_no_dagster(home: Path) -> None:
    for day in ("2024-01-01", "2024-01-02"):
        (home / f"count-{day}.csv").write_text(f"day,pieces\n{day},1\n")
    result = watched(home, "status", "run --partitions 2024-01")
    assert result[result.index("imported:") - 1] == "    dataops run --partitions 2024-01-01..2024-01-02"
    assert result[-1] == "imported: dagster sqlalchemy"
    result = watched(home, "status", "verify")
    assert [place for place, line in enumerate(result) if line.startswith("imported:")][1] == len(result) - 1
    assert result[result.index("imported:") - 1] == "nothing failed, nothing is stale, nothing is missing"
    assert result[-2:] == ["everything adds up", "imported:"]


def test_an_extraction_that_failed_is_asked_for_until_it_succeeds(dataops: Dataops, home: Path) -> None:
    instance = build.load_project().settings.dagster_home
    offer(home, {DAYS[0]: "old"})
    run = ("run", "--select", "raw/*", "--partitions", f"{DAYS[0]}..{DAYS[1]}")
    assert dataops(*run).code == 1
    assert not is_silent(instance, SOURCES)
    assert is_silent(instance, ["another"])
    lines = [line.split() for line in dataops("status").out.splitlines()]
    assert ["raw/orders", DAYS[1], "nothing", "is", "there"] in lines
    offer(home, dict.fromkeys(DAYS[:2], "old"))
    assert dataops(*run).code == 0
    assert is_silent(instance, SOURCES)


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
def test_a_run_that_is_not_over_is_looked_at(dataops: Dataops, home: Path, status: dg.DagsterRunStatus) -> None:
    @dg.job
    def nothing() -> None: ...

    settings = build.load_project().settings
    with runner.open_instance(settings) as instance:
        assert is_silent(settings.dagster_home, SOURCES)
        instance.create_run_for_job(nothing, status=status)
    assert not is_silent(settings.dagster_home, SOURCES)


def test_what_the_files_do_not_say_beyond_doubt_is_asked(dataops: Dataops, home: Path) -> None:
    settings = build.load_project().settings
    folder = settings.dagster_home
    assert not is_silent(folder, SOURCES), "there is none"
    with runner.open_instance(settings):
        assert is_silent(folder, SOURCES)
    ours = (folder / "dagster.yaml").read_text()
    (folder / "dagster.yaml").write_text(f"{ours}\nrun_storage: …")
    assert not is_silent(folder, SOURCES), "somebody else's may keep its runs anywhere"
    (folder / "dagster.yaml").write_text(ours)
    for file in (folder / "history" / "runs.db", folder / "history" / "runs" / "index.db"):
        kept = file.read_bytes()
        file.write_bytes(b"no database")
        assert not is_silent(folder, SOURCES)
        file.unlink()
        assert not is_silent(folder, SOURCES)
        file.write_bytes(kept)
