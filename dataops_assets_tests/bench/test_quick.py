"""The benchmark still runs: all of its pieces on a week, which publish the same numbers of rows."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_all_pieces_of_the_benchmark_run(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "--quick", "--folder", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    pieces = ("(a) floor", "(b) this project", "(c) dagster-duckdb-pandas", "Dagster", "One more day", "Profiles and")
    for words in pieces:
        assert words in done.stdout
    assert "rows published by each piece: flight_performance 6,099, carrier_daily 102" in done.stdout
