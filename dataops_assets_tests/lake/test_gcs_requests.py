"""What the lake asks of Cloud Storage: how often, and with what."""

from collections import Counter
from dataclasses import replace

import pytest

from dataops_assets.lake.attempts import LakeDamaged, commit_extraction, verify_files
from dataops_assets.lake.gcs import GCSStore
from dataops_assets.lake.history import attempts_of
from dataops_assets.lake.paths import BadPath
from dataops_assets_tests.lake.conftest import CALENDAR, extraction, opened
from dataops_assets_tests.lake.faulty_server import FaultyServer

PATH = "raw_flights/date=2013-01-05/x"
SMALL, LARGE = b"small", b"large" * (2 << 20)


def asked(server: FaultyServer) -> Counter[str]:
    """How many requests of each kind have come."""
    kinds: Counter[str] = Counter()
    for request in server.requests:
        if request.method != "GET":
            kinds["write"] += 1
        elif request.path.endswith("/o"):
            kinds["list"] += 1
        else:
            kinds["download" if "alt" in request.query else "look"] += 1
    return kinds


def test_one_page_for_one_partition_whatever_the_history(server: FaultyServer, staging: GCSStore) -> None:
    for day in range(1, 29):
        for attempt in range(300):
            for file in ("a.csv", "manifest.json"):
                server.state.put(
                    "staging", f"raw_flights/date=2013-01-{day:02d}/created_at={attempt:03d}/{file}", b"", {}
                )
    server.expect({})
    assert staging.folders("raw_flights/date=2013-01-05/") == [f"created_at={attempt:03d}" for attempt in range(300)]
    assert [request.query["fields"] for request in server.requests] == ["prefixes,nextPageToken"]
    server.state.page = 7
    assert len(staging.folders("raw_flights/date=2013-01-05/")) == 300


def test_objects_say_what_they_are_of_and_are_encrypted(server: FaultyServer) -> None:
    key = "projects/p/locations/eu/keyRings/r/cryptoKeys/k"
    store = opened("staging", prefix="lake/one", kms_key=key, labels={"team": "air"}).for_run("r1")
    store.create(PATH, SMALL)
    store.create("planes/created_at=1/x", LARGE)
    production = opened("production", kms_key=key)
    production.copy_from(store, PATH, PATH)
    found = {name: stored for bucket in server.state.objects.values() for name, stored in bucket.items()}
    assert {name: {k: v for k, v in stored.metadata.items() if k != "upload"} for name, stored in found.items()} == {
        f"lake/one/{PATH}": {"dataset": "raw_flights", "partition": "date=2013-01-05", "run": "r1", "team": "air"},
        "lake/one/planes/created_at=1/x": {"dataset": "planes", "run": "r1", "team": "air"},
        PATH: {"dataset": "raw_flights", "partition": "date=2013-01-05"},
    }
    assert {stored.kms_key for stored in found.values()} == {key}
    assert len({stored.metadata["upload"] for stored in found.values()}) == 3
    assert store.uri(PATH) == f"gs://staging/lake/one/{PATH}"


def test_attempts_cost_a_listing_for_each_partition_and_a_download_for_each_manifest(
    server: FaultyServer, staging: GCSStore
) -> None:
    days = CALENDAR.between("2013-01-01", "2013-01-10")
    for day in days:
        for version in (b"1", b"2"):
            commit_extraction(staging, "flights", day, extraction(("a.csv", version)))
    server.expect({})
    found = attempts_of(staging, "flights", days[:5])
    assert [len(manifests) for manifests in found.values()] == [2] * 5
    assert asked(server) == {"list": 5, "download": 10}


def test_a_new_attempt_costs_a_request_for_each_object_and_two_to_see_what_was_there(
    server: FaultyServer, staging: GCSStore
) -> None:
    day = CALENDAR.of("2013-01-05")
    commit_extraction(staging, "flights", day, extraction(("a.csv", b"1")))
    server.expect({})
    commit_extraction(staging, "flights", day, extraction(("a.csv", b"2"), ("b.csv", b"3")))
    assert asked(server) == {"list": 1, "download": 1, "write": 3}


def test_files_are_compared_by_the_checksum_of_the_service(server: FaultyServer, staging: GCSStore) -> None:
    made = commit_extraction(staging, "flights", None, extraction(("a.csv", b"1"), ("b.csv", LARGE)))
    server.expect({})
    verify_files(staging, made)
    assert asked(server) == {"look": 2}
    verify_files(staging, made, reread=True)
    assert asked(server) == {"look": 4, "download": 2}
    # The same CRC32C over other bytes takes intent, and a manifest of before it was noted has none: the bytes are read.
    other = replace(made, files=[replace(made.files[0], sha256="0" * 64), made.files[1]])
    verify_files(staging, other)
    with pytest.raises(LakeDamaged, match="another SHA-256"):
        verify_files(staging, other, reread=True)
    with pytest.raises(LakeDamaged, match="another SHA-256"):
        verify_files(staging, replace(other, files=[replace(other.files[0], crc32c=None)]))


def test_a_path_is_as_long_as_a_name_may_be_with_the_prefix(server: FaultyServer) -> None:
    long = "/".join(["x" * 200] * 5)
    opened("staging").create(long, SMALL)
    with pytest.raises(BadPath, match="longer than 1024 bytes"):
        opened("staging", prefix="a/lake/of/its/own/below").create(long, SMALL)
