"""A reader beside a writer on the stand-ins: BigQuery and the production lake each show all of one version.

The reader is Google's own clients, and asks both over and over while two days are rewritten.
"""

import io
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pyarrow.parquet as pq
import pytest

from dataops_assets_tests.proofs.cloud_scene import Loaded, Stall
from dataops_assets_tests.proofs.processes import mixed

VARIANTS = ("red", "blue")
COLUMNS = ["day", "item", "cents", "cents_before"]


class Reader:
    """Reads what is published: the table, and of each day what the pointer in the lake leads to."""

    def __init__(self, shop: Stall) -> None:
        self._client = shop.bigquery
        self._table = f"{shop.name}_production.trend"
        self._bucket = shop.storage.bucket(f"{shop.name}-production")
        self._days = shop.days

    def look(self) -> dict[str, str]:
        """Every row of each, in a stable order, in one text."""
        rows = self._client.query(f"SELECT {', '.join(COLUMNS)} FROM {self._table}").result()
        return {"table": str(sorted(map(str, (row.values() for row in rows))))} | {
            f"lake {day}": self._lake(day) for day in self._days
        }

    def _lake(self, day: str) -> str:
        folder = f"trend/date={day}"
        version = json.loads(self._bucket.blob(f"{folder}/current.json").download_as_bytes())["version"]
        manifest = json.loads(self._bucket.blob(f"{folder}/version={version}/manifest.json").download_as_bytes())
        rows: list[str] = []
        for file in manifest["files"]:
            blob = self._bucket.blob(f"{folder}/version={version}/{file['name']}")
            table = pq.read_table(io.BytesIO(blob.download_as_bytes()), columns=COLUMNS)
            rows += [str(tuple(row.values())) for row in table.to_pylist()]
        return str(sorted(rows))

    def poll(self, stop: threading.Event) -> dict[str, Counter[str]]:
        """Look until `stop`; returns how often each answer came."""
        seen: dict[str, Counter[str]] = {}
        while not stop.is_set():
            try:
                answers = self.look()
            except Exception as error:
                answers = {"error": f"{type(error).__name__}: {error}"}
            for what, answer in answers.items():
                seen.setdefault(what, Counter())[answer] += 1
        return seen


def reader_beside_writer(shop: Stall, rounds: int) -> tuple[list[str], int]:
    """Two days are rewritten with one content and the other while a reader polls; returns problems and polls."""
    whole = []
    for variant in VARIANTS:
        assert "verdicts" in shop.run(variant)
        whole.append(Reader(shop).look())
    assert whole[0] != whole[1]
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(Reader(shop).poll, stop)
        try:
            for number in range(rounds):
                assert "verdicts" in shop.run(VARIANTS[number % 2])
        finally:
            stop.set()
    seen = reader.result()
    return mixed(seen, whole), sum(seen["table"].values())


@pytest.mark.slow
def test_a_reader_sees_whole_versions(loaded: Loaded) -> None:
    with loaded.copy() as shop:
        wrong, polls = reader_beside_writer(shop, rounds=3)
    print(f"{polls} polls")
    assert wrong == []
    assert polls > 20


@pytest.mark.slow
def test_a_reader_notices_a_swap_that_is_no_transaction(loaded: Loaded) -> None:
    with loaded.copy("no transaction") as shop:
        wrong, _ = reader_beside_writer(shop, rounds=2)
    assert any(line.startswith("table: ") for line in wrong), wrong
