"""The servers come and go with who started them, and say why they cannot come."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dataops_assets_tests.standins import set_up
from dataops_assets_tests.standins.bigquery import BigQuery
from dataops_assets_tests.standins.children import ROOT, Child, StandInFailed

_SHOW = (
    "import os; print(os.environ['STORAGE_EMULATOR_HOST'], os.environ['BIGQUERY_EMULATOR_HOST']); raise SystemExit(7)"
)
_HOLD = """
import time
from dataops_assets_tests.standins.cloud import running
with running() as cloud:
    print(*cloud.environment.values(), flush=True)
    time.sleep(600)
"""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "dataops_assets_tests.standins", *arguments]


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True)


def descendants(parent: int) -> set[int]:
    """Processes started by a process, and by those."""
    children = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), set()).add(int(path.parent.name))
    found, todo = set(), [parent]
    while todo:
        new = children.get(todo.pop(), set()) - found
        found |= new
        todo.extend(new)
    return found


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def gone(processes: set[int]) -> bool:
    limit = time.monotonic() + 10
    while any(map(alive, processes)) and time.monotonic() < limit:
        time.sleep(0.05)
    return not any(map(alive, processes))


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_server_outlives_a_killed_parent(how: signal.Signals) -> None:
    with start(sys.executable, "-c", _HOLD) as parent:
        assert parent.stdout is not None
        assert "http://127.0.0.1:" in parent.stdout.readline()
        servers = descendants(parent.pid)
        assert len(servers) >= 3  # the proxy, the storage behind it, BigQuery
        folders = {Path(f"/proc/{server}/cwd").resolve() for server in servers}
        assert len(folders) == 2
        parent.send_signal(how)
        parent.wait(10)
    assert gone(servers)
    assert not any(folder.exists() for folder in folders)


@pytest.mark.slow
def test_a_command_runs_with_both_and_its_exit_code_is_the_answer() -> None:
    with start(*command("--", sys.executable, "-c", _SHOW)) as runner:
        message, _ = runner.communicate(timeout=60)
    assert runner.returncode == 7
    assert message.count("http://127.0.0.1:") == 2


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_without_a_command_it_prints_what_to_export_and_waits(how: signal.Signals) -> None:
    with start(*command()) as runner:
        assert runner.stdout is not None
        lines = [runner.stdout.readline() for _ in range(5)]
        servers = descendants(runner.pid)
        assert all(line.startswith("export ") for line in lines)
        assert any("export GOOGLE_CLOUD_PROJECT=stand-in" in line for line in lines)
        runner.send_signal(how)
        assert runner.wait(10) == 128 + how
    assert gone(servers)


@pytest.mark.parametrize("arguments", [["--"], ["true"]])
def test_other_arguments_are_not_understood(arguments: list[str]) -> None:
    ran = subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "COMMAND" in ran.stderr


def test_what_is_not_set_up_says_how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(set_up, "STAMP", tmp_path / "installed")
    with pytest.raises(StandInFailed, match="make standins"):
        BigQuery("http://127.0.0.1:1").start()
    (tmp_path / "installed").write_text("duckdb==0.1")
    with pytest.raises(StandInFailed, match="other releases"):
        BigQuery("http://127.0.0.1:1").start()
    monkeypatch.setattr(set_up, "candidates", lambda: iter(["/bin/false", str(tmp_path / "no-python")]))
    with pytest.raises(StandInFailed, match=r"apt-get install python3\.13"):
        set_up.find_python()


def test_a_server_that_does_not_come_up_shows_its_log() -> None:
    child = Child("broken", [sys.executable, "-c", "raise SystemExit('no luck today')"], {})
    with pytest.raises(StandInFailed, match="no luck today"):
        child.address(10)
    assert not child.folder.exists()


def test_a_real_project_takes_their_place_where_it_is_named(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAOPS_TEST_PROJECT", "somebodys-project")
    named = request.getfixturevalue("any_cloud")
    assert (named.project, named.environment) == ("somebodys-project", {})
