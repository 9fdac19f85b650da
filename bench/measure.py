"""Running a piece in a child process, and what it took."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


class PieceFailed(RuntimeError):
    """A piece ended with an error; its output is on the terminal."""


@dataclass(frozen=True)
class Measured:
    """seconds: of the whole process, imports included. cpu: processor seconds. peak: MiB. answer: what it said."""

    seconds: float
    cpu: float
    peak: float
    answer: Any


def measure(piece: str, home: Path, **arguments: Any) -> Measured:
    """Run `bench.pieces.PIECES[piece]` in a child whose local state is below `home`. Raises PieceFailed.

    Settings of the caller's environment do not reach it. Keep this process small: on Linux a child's peak memory is
    at least its parent's.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DATAOPS_", "DAGSTER_"))}
    environment |= {"DATAOPS_HOME": str(home), "PYTHONWARNINGS": "ignore", "DAGSTER_DISABLE_TELEMETRY": "yes"}
    with tempfile.NamedTemporaryFile() as said:
        command = [sys.executable, "-m", "bench.pieces", piece, json.dumps({**arguments, "home": str(home)}), said.name]
        started = time.monotonic()
        # What a piece has to say, the lines of a run among them, goes to stderr: stdout is for the tables.
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=sys.stderr)
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.monotonic() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise PieceFailed(f"{piece} ended with code {child.returncode}; run again: {' '.join(command[1:4])}")
        answer = json.loads(Path(said.name).read_text() or "null")
    divisor = 1024 * (1024 if sys.platform == "darwin" else 1)
    return Measured(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / divisor, answer)
