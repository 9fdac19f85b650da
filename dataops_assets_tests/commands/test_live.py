"""What a run shows in a terminal, on a pseudo-terminal of 80 columns, and what it says into a pipe."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from dataops_assets_tests.commands.conftest import Dataops
from dataops_assets_tests.proofs.shop import DAYS, offer

SHOP = """
from pathlib import Path
from dataops_assets_tests.proofs.shop import SALES, sources, trend
ORDERS, STOCK = sources(Path(__file__).parent)
"""
ALL = ("run", "--partitions", f"{DAYS[0]}..{DAYS[-1]}")
LIVE = re.compile(r"(\d+) of (\d+) partitions(?: · ([\d.]+)/s · (\d+:\d\d) left)?")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


def in_a_terminal(folder: Path, *arguments: str, interrupt_at: str = "") -> tuple[int, str]:
    """Exit code and output of a command on a terminal of its own; Ctrl-C is typed when a text is shown."""
    (folder / "mine.py").write_text(SHOP)
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_", "NO_COLOR"))}
    environment |= {
        "DATAOPS_HOME": str(folder),
        "DATAOPS_DATASETS": "mine",
        "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)]),
        "TERM": "xterm-256color",
    }
    command = [sys.executable, "-m", "dataops_assets.cli", *arguments]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    ) as process:
        os.close(terminal)
        result = ""
        for part in _read(main):
            result += part
            if interrupt_at and interrupt_at in result:
                os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to all that was started from it
                interrupt_at = ""
    os.close(main)
    return process.returncode, result


def _read(terminal: int) -> Iterator[str]:
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # EIO: nobody holds the other end any more
            return
        if not part:
            return
        yield part.decode(errors="replace")


def test_a_terminal_has_a_live_line_below_the_finished_steps(home: Path) -> None:
    offer(home, dict.fromkeys(DAYS, "old"))
    code, result = in_a_terminal(home, *ALL)
    assert code == 0, result
    shown = [match.groups() for match in LIVE.finditer(CONTROL.sub("", result))]
    assert {total for _, total, _, _ in shown} == {"40"}, "8 assets of 5 days"
    counts = [int(done) for done, *_ in shown]
    assert counts == sorted(counts)
    assert 0 < counts[-1] <= 40
    assert any(rate and left for _, _, rate, left in shown)
    lines = [CONTROL.sub("", line).rstrip() for line in re.split(r"[\r\n]+", result)]
    figures = [line for line in lines if "quarantine" not in line]
    assert all(len(line) <= 80 for line in figures)
    steps = ["staged/orders", "staged/stock"]
    assert [line.split()[0] for line in figures if line.startswith("  staged/")] == steps
    assert all(f"\r\x1b[2K  {step}" in result for step in steps), "in the place of the live line, not behind it"
    assert result.rindex(SHOW) > result.rindex(HIDE), "the cursor is there again"
    assert lines[-2].startswith("done in "), "and the live line is gone"


def test_ctrl_c_gives_the_terminal_back(home: Path) -> None:
    offer(home, dict.fromkeys(DAYS, "old"))
    code, result = in_a_terminal(home, *ALL, interrupt_at="staged/orders")  # Dagster's helpers are there by then
    assert code == 130, result
    assert "Traceback" not in result
    assert result.rindex(SHOW) > result.rindex(HIDE)
    assert CONTROL.sub("", result).rstrip().endswith("interrupted; run the same command again to go on")


@pytest.mark.slow
@pytest.mark.parametrize("term", ["xterm-256color", "dumb"])
def test_a_pipe_sees_lines_alone(dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    monkeypatch.setenv("TERM", term)
    offer(home, dict.fromkeys(DAYS, "old"))
    result = dataops(*ALL)
    assert result.code == 0
    assert not CONTROL.search(result.out)
    assert not LIVE.search(result.out)
    assert "  staged/orders  " in result.out
