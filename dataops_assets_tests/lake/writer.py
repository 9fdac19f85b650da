"""What the processes of the crash test do: two days and a table without partitions, all the way through the lake."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from dataops_assets.lake.attempts import commit_extraction
from dataops_assets.lake.gcs import GCSStore
from dataops_assets.lake.history import current
from dataops_assets.lake.local import LocalStore
from dataops_assets.lake.store import Store
from dataops_assets_tests.lake.conftest import CALENDAR, extraction
from dataops_assets_tests.lake.killing_store import KillingStore, KillSwitch
from dataops_assets_tests.lake.places import commit, point, publish

PARTITIONS = [CALENDAR.of("2013-01-05"), CALENDAR.of("2013-01-06"), None]


def write(staging: Store, production: Store, folder: Path) -> None:
    """The writes of one run, the same ones each time: raw attempts, then a published copy of what they hold."""
    for partition in PARTITIONS:
        key = partition.key if partition else "all"
        files = (("a.csv", f"{key}\n1\n".encode()), ("b.csv", f"{key}\n2\n".encode()))
        commit_extraction(staging, "flights", partition, extraction(*files))
        made = current(staging, "flights", partition)
        assert made is not None
        copy = folder / f"{key}.parquet"
        copy.write_bytes(b"".join(staging.read(file.path) for file in made.files))
        version = made.content_sha256[:16]
        commit(staging, partition, version, copy)
        publish(staging, production, partition, version, receipt="r")
        point(production, partition, version, receipt="r")


def opened(folder: Path, buckets: Sequence[str]) -> tuple[Store, Store]:
    """The staging and the production lake: these buckets, or below the folder if there are none."""
    if not buckets:
        return LocalStore(folder / "staging"), LocalStore(folder / "production")
    from google.cloud import storage

    client = storage.Client(project="stand-in")
    first, second = (GCSStore(client, bucket) for bucket in buckets)
    return first, second


def run(folder: Path, buckets: Sequence[str], environment: Mapping[str, str], at: int | None, after: bool) -> None:
    """Do the writes, or die (SIGKILL) before or after number `at`; at the end, list them in writes.json."""
    os.environ.update(environment)
    switch = KillSwitch(at, after)
    staging, production = (KillingStore(store, switch) for store in opened(folder, buckets))
    write(staging, production, folder)
    (folder / "writes.json").write_text(json.dumps(switch.writes))
