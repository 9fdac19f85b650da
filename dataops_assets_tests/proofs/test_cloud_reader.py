"""A reader beside a writer on the stand-ins: BigQuery and the production lake each show all of one version.

The reader is Google's own clients, and asks both over and over while two days are rewritten; and once more before each
statement about the published table, so that none of the states between two of them is left out.
"""

import io
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pyarrow.parquet as pq
import pytest

from dataops_assets_tests.lake.strict_gcs import Request
from dataops_assets_tests.proofs.between import writes
from dataops_assets_tests.proofs.cloud_scene import Loaded, Stall
from dataops_assets_tests.proofs.processes import mixed

VARIANTS = ("red", "blue")
COLUMNS = ["day", "item", "cents", "cents_before"]


class Reader:
    """Reads what is published: the table, and of each day what the pointer in the lake leads to.

    seen: how often each answer came.
    """

    def __init__(self, shop: Stall) -> None:
        self.seen: dict[str, Counter[str]] = {}
        self._client = shop.bigquery
        self._dataset = f"{shop.name}_production"
        self._bucket = shop.storage.bucket(f"{shop.name}-production")
        self._days = shop.days

    def look(self) -> dict[str, str]:
        """Every row of each, in a stable order, in one text."""
        rows = self._client.query(f"SELECT {', '.join(COLUMNS)} FROM {self._dataset}.trend").result()
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

    def note(self) -> None:
        """Look once."""
        try:
            answers = self.look()
        except Exception as error:
            answers = {"error": f"{type(error).__name__}: {error}"}
        for what, answer in answers.items():
            self.seen.setdefault(what, Counter())[answer] += 1

    def poll(self, stop: threading.Event) -> None:
        """Look until `stop`."""
        while not stop.is_set():
            self.note()

    def between_statements(self, request: Request) -> str:
        """Look before a statement about the published table goes on; no fault."""
        if writes(request) and self._dataset.encode() in request.body:
            self.note()
        return ""


def whole_versions(shop: Stall) -> list[dict[str, str]]:
    """What a reader sees of each content while nobody writes; the last one is what stands."""
    whole = []
    for variant in VARIANTS:
        assert "verdicts" in shop.run(variant)
        whole.append(Reader(shop).look())
    assert whole[0] != whole[1]
    return whole


@pytest.mark.slow
def test_a_reader_sees_whole_versions(loaded: Loaded) -> None:
    with loaded.copy() as shop, ThreadPoolExecutor(1) as pool:
        whole, stop, polling, beside = whole_versions(shop), threading.Event(), Reader(shop), Reader(shop)
        polled = pool.submit(polling.poll, stop)
        try:
            for variant in VARIANTS:  # each in place of the other, so that a look before the swap sees both
                assert "verdicts" in shop.run(variant, beside.between_statements)
        finally:
            stop.set()
        polled.result()
    polls, looks = (sum(reader.seen["table"].values()) for reader in (polling, beside))
    print(f"{polls} polls, {looks} looks between statements")
    assert mixed(polling.seen, whole) + mixed(beside.seen, whole) == []
    assert (polls > 10, looks >= 2) == (True, True)


@pytest.mark.cloud
def test_a_reader_notices_a_swap_that_is_no_transaction(loaded: Loaded) -> None:
    with loaded.copy("no transaction") as shop:
        whole, beside = whole_versions(shop), Reader(shop)
        assert "verdicts" in shop.run(VARIANTS[0], beside.between_statements)
    wrong = mixed(beside.seen, whole)
    assert any(line.startswith("table: ") and "times" in line for line in wrong), wrong
