"""Killed at any write, the same erasure once more ends as if nothing had happened."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dataops_assets_tests.erasure.scene import KEY


@pytest.mark.slow
def test_killed_at_writes_of_each_kind(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "dataops_assets_tests.erasure.killed", str(tmp_path), "7"],
        env={**os.environ, "DATAOPS_PSEUDONYM_KEY": KEY},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["problems"] == []
    assert {"link", "replace", "unlink", "BEGIN", "DELETE", "INSERT", "COMMIT", "COPY"} <= set(found["kinds"])
    assert found["killed"] >= 20
