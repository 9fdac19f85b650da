"""Exit codes of `dataops run`: 0 done, 1 a run or a check failed, 2 what was asked for cannot be used."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from dataops_assets import build
from dataops_assets.discovery import Datasets
from dataops_assets.io.values import Load
from dataops_assets.model import Daily
from dataops_assets.runs import orphans, runner
from dataops_assets_tests.commands.conftest import Dataops, use
from dataops_assets_tests.proofs.shop import DAYS, offer, sources

FIRST = DAYS[0]


def test_done_is_0(dataops: Dataops, home: Path) -> None:
    offer(home, {FIRST: "old"})
    result = dataops("run", "--select", "raw/*,staged/*", "--partitions", FIRST)
    assert (result.code, result.err) == (0, "")
    last = result.out.splitlines()
    assert last[-2].endswith("done")
    assert last[-1].startswith("done in ")
    with runner.open_instance(build.load_project().settings) as instance:
        [run] = instance.get_runs(limit=1)
    assert run.remote_job_origin, "or Dagster's timeline does not show it"
    assert run.remote_job_origin.location_name == "dataops_assets.definitions", "as `dataops ui` calls it"
    assert run.tags["dagster/max_retries"] == "0", "the daemon does not start it again, should it be killed"


def test_a_check_that_stops_is_1_and_is_said(dataops: Dataops, home: Path) -> None:
    offer(home, {FIRST: "old", DAYS[1]: "bad"})
    result = dataops("run", "--select", "+staged/stock", "--partitions", f"{FIRST}..{DAYS[1]}")
    assert result.code == 1
    assert "FAILED" in result.out
    assert f"staged/stock {DAYS[1]}: check 'contract' failed" in result.err
    assert dataops("run", "--select", "staged/stock", "--partitions", FIRST).code == 0, "the other day is sound"


def test_a_step_that_fails_is_1(dataops: Dataops, home: Path) -> None:
    result = dataops("run", "--select", "raw/orders", "--partitions", FIRST)
    assert result.code == 1
    assert f"orders-{FIRST}.csv" in result.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--select", "raw/nothing"), "matches no asset; there are production/sales"),
        (("--select", "raw/odrers"), "--select 'raw/odrers' matches no asset; did you mean raw/orders?"),
        (("--select", "+orders"), "--select '+orders' matches no asset; did you mean raw/orders or staged/orders?"),
        (("--partitions", "2024-01-02.."), "give one partition, or the first and the last as A..B"),
        (("--partitions", "2024-01-03..2024-01-02"), "the first is after the last"),
        (("--partitions", "yesterday"), "is not a date such as"),
        (("--partitions", "2023-01-01"), "have partitions from 2024-01-01 to 2024-01-05"),
    ],
)
def test_what_cannot_be_used_is_2_and_runs_nothing(
    dataops: Dataops, home: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = dataops("run", *arguments)
    assert result.code == 2
    [line] = result.err.splitlines()
    assert line.startswith("dataops run: ")
    assert words in line
    assert not (home / "lake").exists()


def test_a_setting_that_cannot_be_used_is_2(dataops: Dataops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAOPS_PROFILE", "azure")
    result = dataops("run")
    assert (result.code, result.err.splitlines()) == (
        2,
        ["dataops run: DATAOPS_PROFILE='azure': it is one of local, gcp"],
    )


def test_definitions_that_dagster_refuses_are_2(dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @dg.asset(key=["raw", "orders"])
    def again() -> None: ...

    use(monkeypatch, Datasets(sources(home), (), (again,)))
    result = dataops("run")
    assert result.code == 2
    assert "orders" in result.err
    assert "Traceback" not in result.err


def test_assets_without_a_partition_in_the_range_are_left_out(
    dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders, stock = sources(home)
    later = replace(stock, partition=Daily(start="2025-01-01", end="2025-01-03", column="day"))
    use(monkeypatch, Datasets((orders, later), ()))
    offer(home, {FIRST: "old"})
    result = dataops("run", "--partitions", FIRST)
    assert (result.code, result.err) == (0, "")
    assert (
        "left out: --partitions 2024-01-01..2024-01-01: raw/stock, staged/stock have partitions from 2025" in result.out
    )
    assert "left out: " in dataops("run", "--partitions", FIRST, "--dry-run").out


def test_a_month_is_all_of_its_days(dataops: Dataops, home: Path) -> None:
    result = dataops("run", "--select", "raw/orders", "--partitions", "2024-01", "--dry-run")
    assert f"{DAYS[0]}..{DAYS[-1]} (5)" in result.out
    assert "nothing was run" in result.out
    assert not (home / "lake").exists()


def test_an_interrupt_ends_all_runs(dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(home, dict.fromkeys(DAYS, "old"))
    monkeypatch.setenv("DATAOPS_PARTITIONS_PER_RUN", "1")
    asked = []

    def interrupted(*args: object) -> None:
        asked.append(args)
        raise RuntimeError("Query interrupted")  # what DuckDB makes of Ctrl-C

    monkeypatch.setattr(Load, "write", interrupted)
    result = dataops("run", "--select", "staged/orders", "--partitions", f"{DAYS[0]}..{DAYS[-1]}")
    assert (result.code, len(asked)) == (130, 1)
    assert result.err == "interrupted; run the same command again to go on\n"


def test_a_run_whose_process_was_killed_does_not_keep_its_place(dataops: Dataops, home: Path) -> None:
    offer(home, {FIRST: "old"})
    gone = subprocess.Popen([sys.executable, "-c", ""])
    began = orphans.this_process().split()
    gone.wait()
    with runner.open_instance(build.load_project().settings) as instance:
        tags = {"killed": f"{began[0]} {gone.pid} {began[2]}", "alive": " ".join(began), "elsewhere": "host 1 1"}
        runs = {
            name: instance.create_run_for_job(_nothing, tags={orphans.TAG: tag}, status=dg.DagsterRunStatus.STARTED)
            for name, tag in tags.items()
        }
        first, tag = runs["killed"].run_id, {orphans.TAG: tags["killed"]}
        runs["again"] = instance.create_run_for_job(
            _nothing, tags=tag, root_run_id=first, parent_run_id=first, status=dg.DagsterRunStatus.STARTED
        )
    dataops("status")
    with dg.DagsterInstance.get() as instance:
        found = {name: instance.get_run_by_id(run.run_id) for name, run in runs.items()}
    assert {name: run.status.value for name, run in found.items() if run} == {
        "killed": "FAILURE",
        "alive": "STARTED",
        "elsewhere": "STARTED",
        "again": "STARTED",
    }


@dg.job
def _nothing() -> None:
    """Does nothing."""


@pytest.mark.parametrize("command", ["run", "status", "verify"])
def test_a_home_that_cannot_be_made_is_said_in_one_line(
    dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("DATAOPS_HOME", str(home / "file"))
    build.load_project.cache_clear()
    result = dataops(command)
    assert result.code == 2
    [line] = result.err.splitlines()
    assert "DATAOPS_HOME is to be a folder to write in" in line


def test_rows_in_quarantine_are_said_and_columns_that_nobody_knows(dataops: Dataops, home: Path) -> None:
    offer(home, dict.fromkeys(DAYS[:2], "old"))
    file = home / "source" / f"stock-{DAYS[1]}.csv"
    header, *lines = file.read_text().splitlines()
    file.write_text("\n".join([f"{header},shelf", *(f"{line},a" for line in lines)]) + "\n")
    result = dataops("run", "--select", "raw/*,staged/*", "--partitions", f"{FIRST}..{DAYS[1]}")
    assert (result.code, result.err) == (0, "")
    assert (
        f"  staged/orders: 2 rows in quarantine of 2 partitions, the first {FIRST}; its check 'contract' says why"
        in result.out.splitlines()
    )
    [line] = [line for line in result.out.splitlines() if "new_columns" in line]
    assert line.startswith(
        f"  staged/stock: check 'new_columns' warns of {DAYS[1]}: the source sends columns the contract"
    )
    assert "shelf" in line
