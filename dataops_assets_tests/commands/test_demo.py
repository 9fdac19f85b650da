"""`dataops demo`, as somebody new types it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PUBLISHED = {
    "production.flight_performance": "flight_date",
    "production.carrier_daily": "carrier_name",
    "production.delay_features": "weekday",
}


@pytest.mark.slow
def test_the_demo_ends_with_its_tables(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_"))}
    environment |= {"DATAOPS_HOME": str(tmp_path / "home"), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "dataops_assets.cli", "demo"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    for table, column in PUBLISHED.items():
        place = next(n for n, line in enumerate(lines) if line.startswith(f"{table}: "))
        assert int(lines[place].split()[1]) > 0
        assert column in lines[place + 1]
        assert lines[place + 2].split()[0].startswith("2013-01-")
    assert "Traceback" not in done.stderr
