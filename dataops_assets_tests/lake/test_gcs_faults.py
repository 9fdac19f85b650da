"""The official client against a Cloud Storage that fails at each request of a write or a read, in every way."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dataops_assets.lake.attempts import commit_extraction, verify_files
from dataops_assets.lake.gcs import GCSStore
from dataops_assets.lake.history import current
from dataops_assets.lake.store import ABSENT, ObjectChanged, ObjectExists, ObjectMissing, StoreFailed
from dataops_assets.lake.versions import read_current, verify_version
from dataops_assets.model.partitions import Partition
from dataops_assets_tests.lake.conftest import extraction, opened
from dataops_assets_tests.lake.faulty_server import PASSING, FaultyServer
from dataops_assets_tests.lake.places import commit, point, publish
from dataops_assets_tests.lake.strict_gcs import Stored

PATH = "raw_flights/date=2013-01-05/x"
SMALL = b"small"
LARGE = os.urandom(9 << 20)  # three pieces of 4 MiB
RIVAL = b"of another writer"
MOST_REQUESTS = 10


def at_every_request(server: FaultyServer, fault: str | Callable[[], object], call: Callable[[], None]) -> int:
    """Do a thing with a fault at its first request, then at its second, until there is none left to fail; how many."""
    for at in range(1, MOST_REQUESTS):
        server.state.objects["staging"].pop(PATH, None)
        server.state.objects["production"].clear()
        server.expect({at: fault})
        call()
        if len(server.requests) < at:
            return at - 1
    raise AssertionError(f"more than {MOST_REQUESTS} requests")


def rival(server: FaultyServer, content: bytes = RIVAL, bucket: str = "staging") -> Callable[[], Stored]:
    return lambda: server.state.put(bucket, PATH, content, {"upload": "another"})


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_create(server: FaultyServer, staging: GCSStore, tmp_path: Path, fault: str, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)

    def create() -> None:
        staging.create(PATH, file)
        assert server.state.objects["staging"][PATH].content == content
        requests = len(server.requests)
        with pytest.raises(ObjectExists, match=PATH):
            staging.create(PATH, file)
        del server.requests[requests:]

    assert at_every_request(server, fault, create) >= (4 if content == LARGE else 1)


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("same", [False, True])
def test_create_after_another_writer(server: FaultyServer, staging: GCSStore, content: bytes, same: bool) -> None:
    theirs = content if same else RIVAL

    def create() -> None:
        try:
            staging.create(PATH, content)
        except ObjectExists:
            stored = server.state.objects["staging"][PATH]
            assert (stored.content, stored.metadata) == (theirs, {"upload": "another"})
        else:
            assert server.state.objects["staging"][PATH].metadata["upload"] != "another"

    failed = at_every_request(server, rival(server, theirs), create)
    assert failed >= (4 if content == LARGE else 1)


def test_create_when_the_other_object_goes_again(server: FaultyServer, staging: GCSStore) -> None:
    server.expect({1: rival(server), 2: server.state.objects["staging"].clear})
    staging.create(PATH, SMALL)
    assert server.state.objects["staging"][PATH].content == SMALL


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("expected", [True, False])
def test_replace(server: FaultyServer, staging: GCSStore, fault: str, expected: bool) -> None:
    def replace() -> None:
        first = server.state.put("staging", PATH, b"first", {})
        staging.replace(PATH, SMALL, str(first.generation) if expected else None)
        assert server.state.objects["staging"][PATH].content == SMALL

    assert at_every_request(server, fault, replace) >= (1 if expected else 2)


def test_replace_after_another_writer(server: FaultyServer, staging: GCSStore) -> None:
    first = server.state.put("staging", PATH, b"first", {})
    server.expect({1: rival(server)})
    with pytest.raises(ObjectChanged, match=PATH):
        staging.replace(PATH, SMALL, str(first.generation))
    with pytest.raises(ObjectChanged, match=PATH):
        staging.replace(PATH, SMALL, ABSENT)
    assert server.state.objects["staging"][PATH].content == RIVAL
    server.expect({2: rival(server)})  # between the look and the write
    staging.replace(PATH, SMALL)
    assert server.state.objects["staging"][PATH].content == SMALL
    # The write was there, its answer was lost, and another writer has replaced it since: it cannot be told any more.
    seen = server.state.objects["staging"][PATH].generation
    server.expect({1: "503 after", 2: rival(server)})
    with pytest.raises(ObjectChanged, match=PATH):
        staging.replace(PATH, b"later", str(seen))
    assert server.state.objects["staging"][PATH].content == RIVAL


@pytest.mark.parametrize("fault", PASSING)
def test_copy(server: FaultyServer, staging: GCSStore, published: GCSStore, fault: str) -> None:
    server.state.put("staging", "source", LARGE, {"run": "of the source"})

    def copy() -> None:
        published.copy_from(staging, "source", PATH)
        copied = server.state.objects["production"][PATH]
        assert (copied.content, copied.metadata["dataset"]) == (LARGE, "raw_flights")
        assert "run" not in copied.metadata

    assert at_every_request(server, fault, copy) >= 3


def test_copy_after_another_writer(server: FaultyServer, staging: GCSStore, published: GCSStore) -> None:
    server.state.put("staging", "source", LARGE, {})
    for at in (1, 2, 3):
        server.state.objects["production"].clear()
        server.expect({at: rival(server, bucket="production")})
        with pytest.raises(ObjectExists):
            published.copy_from(staging, "source", PATH)
        assert server.state.objects["production"][PATH].content == RIVAL


def test_copy_of_a_source_that_changes_or_goes(server: FaultyServer, staging: GCSStore, published: GCSStore) -> None:
    server.state.put("staging", "source", LARGE, {})
    server.expect({2: lambda: server.state.put("staging", "source", LARGE[::-1], {})})
    published.copy_from(staging, "source", "whole")
    assert server.state.objects["production"]["whole"].content == LARGE[::-1]
    server.expect({2: server.state.objects["staging"].clear})
    with pytest.raises(ObjectMissing, match="gs://staging/source"):
        published.copy_from(staging, "source", "none")
    assert "none" not in server.state.objects["production"]


@pytest.mark.parametrize("fault", PASSING)
def test_read(server: FaultyServer, staging: GCSStore, fault: str) -> None:
    def read() -> None:
        server.state.put("staging", PATH, LARGE, {})
        assert staging.read(PATH) == LARGE

    assert at_every_request(server, fault, read) >= 1


@pytest.mark.parametrize("fault", PASSING)
def test_read_of_what_is_not_there(server: FaultyServer, staging: GCSStore, fault: str) -> None:
    def read() -> None:
        with pytest.raises(ObjectMissing, match=PATH):
            staging.read(PATH)

    assert at_every_request(server, fault, read) >= 1


def test_read_goes_on_where_it_broke_off_and_is_compared_as_a_whole(server: FaultyServer, staging: GCSStore) -> None:
    server.state.put("staging", PATH, LARGE, {})
    server.expect({1: "cut"})
    assert staging.read(PATH) == LARGE
    assert server.requests[1].headers["range"] == f"bytes={len(LARGE) // 2}-"
    server.expect({1: "cut", 2: "altered"})  # the client itself does not compare what came in two parts
    assert staging.read(PATH) == LARGE


def test_read_of_an_object_that_is_replaced_in_the_middle(server: FaultyServer, staging: GCSStore) -> None:
    server.state.put("staging", PATH, LARGE, {})
    server.expect({1: "cut", 2: lambda: server.state.put("staging", PATH, LARGE[::-1], {})})
    assert staging.read(PATH) == LARGE[::-1]


def test_damage_that_stays_is_an_error(server: FaultyServer, staging: GCSStore) -> None:
    server.state.put("staging", PATH, LARGE, {})
    server.expect({1: "altered"}, from_then_on=True)
    with pytest.raises(StoreFailed, match=f"gs://staging/{PATH}.*CRC32C"):
        staging.read(PATH)


@pytest.mark.parametrize("fault", PASSING)
def test_looking(server: FaultyServer, staging: GCSStore, fault: str) -> None:
    def look() -> None:
        stored = server.state.put("staging", PATH, SMALL, {})
        server.requests.clear()
        info = staging.stat(PATH)
        assert info is not None
        assert (info.size, info.generation, info.crc32c) == (len(SMALL), str(stored.generation), stored.crc32c)
        assert staging.folders("raw_flights/") == ["date=2013-01-05"]

    assert at_every_request(server, fault, look) >= 2


def test_an_object_under_retention_is_not_replaced(server: FaultyServer, staging: GCSStore) -> None:
    server.state.put("staging", PATH, b"first", {})
    server.state.retained.add("staging")
    with pytest.raises(StoreFailed, match=r"403.*retains the object"):
        staging.replace(PATH, SMALL)
    with pytest.raises(ObjectExists):
        staging.create(PATH, SMALL)
    staging.create("raw_flights/other", SMALL)
    assert server.state.objects["staging"][PATH].content == b"first"


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_who_may_only_create_is_told_the_same(server: FaultyServer, staging: GCSStore, content: bytes) -> None:
    server.state.first_forbidden.add("staging")
    assert at_every_request(server, "503 after", lambda: staging.create(PATH, content)) >= (
        4 if content == LARGE else 1
    )
    with pytest.raises(ObjectExists):
        staging.create(PATH, content)
    with pytest.raises(StoreFailed, match="lacks a role"):
        staging.replace(PATH, SMALL)
    assert server.state.objects["staging"][PATH].content == content


def test_a_bucket_that_is_not_there_is_named(server: FaultyServer) -> None:
    store = opened("elsewhere")
    for call in (lambda: store.create(PATH, SMALL), lambda: store.folders("raw_flights/")):
        with pytest.raises(StoreFailed, match=r"gs://elsewhere/.*DATAOPS_STAGING_BUCKET"):
            call()


def write(staging: GCSStore, production: GCSStore, day: Partition, file: Path) -> str:
    made = commit_extraction(staging, "flights", day, extraction(("a.csv", b"1\n"), ("b.csv", b"2\n")))
    commit(staging, day, "v1", file)
    publish(staging, production, day, "v1", receipt="r")
    point(production, day, "v1", receipt="r")
    return made.content_sha256


@pytest.mark.parametrize(
    "fault",
    [pytest.param("429", marks=pytest.mark.slow), pytest.param("503 after", marks=pytest.mark.slow), "reset after"],
)
def test_an_outage_at_any_request_ends_in_an_error_and_the_same_again_ends_right(
    server: FaultyServer, day: Partition, tmp_path: Path, fault: str
) -> None:
    file = tmp_path / "rows"
    file.write_bytes(b"PAR1 rows PAR1")
    at, failed = 0, True
    while failed:
        at, failed = at + 1, False
        for bucket in server.state.objects.values():
            bucket.clear()
        server.expect({at: fault}, from_then_on=True)
        try:
            write(opened("staging", 0.1), opened("production", 0.1), day, file)
        except StoreFailed:
            failed = True
        server.expect({})
        staging, production = opened("staging"), opened("production")
        content = write(staging, production, day, file)
        made = current(staging, "flights", day)
        assert made is not None
        assert made.content_sha256 == content
        verify_files(staging, made)
        verify_version(staging, "delays", day, "v1")
        verify_version(production, "delays", day, "v1")
        assert (read_current(production, "delays", day) or {})["version"] == "v1"
    assert at > 10
