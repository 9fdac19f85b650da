"""Sets up the virtual environment of the BigQuery stand-in: `make standins`.

local-bigquery needs Python >= 3.13 and pinned releases that fit each other, so it has an environment of its own. All of
it comes from PyPI, DuckDB's extensions too: the server itself would download them from elsewhere.
"""

import glob
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from dataops_assets_tests.standins.children import ROOT, StandInFailed

PINS = Path(__file__).with_name("constraints.txt")
PLACE = Path(os.environ.get("DATAOPS_STANDINS") or ROOT / ".standins").absolute()
PYTHON = PLACE / "venv" / "bin" / "python"
HOME = PLACE / "home"
STAMP = PLACE / "installed"
_FIRST, _BEYOND = (3, 13), (3, 16)
_EXTENSIONS = ("icu", "ducklake", "httpfs")
_HOW = (
    "The BigQuery stand-in needs Python 3.13, 3.14 or 3.15 with venv. On Debian 13: apt-get install python3.13 "
    "python3.13-venv; elsewhere: pyenv install 3.13 or uv python install 3.13. Then: make standins"
)


def candidates() -> Iterator[str]:
    """Interpreters worth a try: named on PATH, then where pyenv and uv keep theirs."""
    yield sys.executable
    for name in ("python3.13", "python3.14", "python3.15", "python3"):
        yield from filter(None, [shutil.which(name)])
    for root in (os.environ.get("PYENV_ROOT"), "~/.pyenv", "~/.local/share/uv/python"):
        for pattern in ("versions/3.1[3-5]*/bin/python3", "cpython-3.1[3-5]*/bin/python3"):
            yield from sorted(glob.glob(os.path.expanduser(f"{root}/{pattern}")) if root else [])


def fits(python: str) -> bool:
    """It runs (a pyenv shim may not), is of a version that fits, and can make environments."""
    program = f"import sys, ensurepip; sys.exit(not {_FIRST} <= sys.version_info[:2] < {_BEYOND})"
    try:
        return subprocess.run([python, "-c", program], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def find_python() -> str:
    """Raises StandInFailed, with what to install."""
    for python in candidates():
        if fits(python):
            return python
    raise StandInFailed(f"No Python found for it. {_HOW}")


def set_up() -> None:
    pins = PINS.read_text()
    if STAMP.exists() and STAMP.read_text() == pins:
        return
    python = find_python()
    shutil.rmtree(PLACE, ignore_errors=True)
    subprocess.run([python, "-m", "venv", PLACE / "venv"], check=True)
    # Every release is named, and local-bigquery's own metadata asks for a DuckDB whose extensions are not on PyPI.
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", PINS]
    subprocess.run(pip, check=True)
    HOME.mkdir()
    load = f"import duckdb_extensions\nfor name in {_EXTENSIONS}: duckdb_extensions.import_extension(name)"
    subprocess.run([PYTHON, "-c", load], check=True, env={**os.environ, "HOME": str(HOME)})
    STAMP.write_text(pins)


def checked() -> None:
    """Raises StandInFailed unless it is set up as the pins say."""
    if not STAMP.exists():
        raise StandInFailed(f"The BigQuery stand-in is not set up: there is no {STAMP}. {_HOW}")
    if STAMP.read_text() != PINS.read_text():
        raise StandInFailed("The BigQuery stand-in was set up with other releases than are pinned now: make standins")


if __name__ == "__main__":
    try:
        set_up()
    except StandInFailed as error:
        sys.exit(str(error))
