"""What every store promises, asked of each kind; what only a folder does is at the end."""

import io
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dataops_assets.lake.local import LocalStore
from dataops_assets.lake.paths import BadPath
from dataops_assets.lake.store import ABSENT, ObjectChanged, ObjectExists, ObjectInfo, ObjectMissing, Store
from dataops_assets_tests.lake.places import again, objects

BAD_PATHS = [
    "",
    "/etc/passwd",
    "a//b",
    "a/",
    "../a",
    "a/../../b",
    "a/./b",
    "a\\b",
    "a/\x00",
    "a\nb",
    "a/\x7f",
    "a/\x85",
    "a/\ud800",
    ".tmp/a",
    "a/" + "x" * 256,
    "/".join(["x" * 200] * 6),
]


def test_an_object_reads_as_it_was_created(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"from a file" * 200_000)
    store.create("a/b/one", b"from memory")
    store.create("a/b/two 🛫 é", file)
    assert store.read("a/b/one") == b"from memory"
    assert store.uri("a/b/one").endswith("/a/b/one")
    with store.open("a/b/two 🛫 é") as stream:
        assert stream.read() == file.read_bytes()
    info = store.stat("a/b/two 🛫 é")
    assert info is not None
    assert info.size == file.stat().st_size
    assert len(objects(store)) == 2


def test_a_large_object_reads_as_it_was_created(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(os.urandom(1 << 20) * 17)  # three pieces where it goes in pieces
    store.create("a/large", file)
    with pytest.raises(ObjectExists):
        store.create("a/large", file)
    assert store.read("a/large") == file.read_bytes()


def test_create_never_overwrites(store: Store) -> None:
    store.create("a/b", b"first")
    with pytest.raises(ObjectExists, match="a/b"):
        store.create("a/b", b"second")
    assert objects(store) == {"a/b": b"first"}


def test_one_of_eight_threads_wins(store: Store) -> None:
    barrier = threading.Barrier(8)

    def create(number: int) -> bool:
        barrier.wait()
        try:
            again(store).create("x/y/z", str(number).encode() * 100_000)
        except ObjectExists:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(create, range(8)))
    assert won.count(True) == 1
    assert objects(store) == {"x/y/z": str(won.index(True)).encode() * 100_000}


def test_a_failed_create_leaves_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.create("a/b", tmp_path / "no such file")
    assert objects(store) == {}
    assert store.stat("a/b") is None


def test_what_is_missing(store: Store) -> None:
    assert store.stat("a/b") is None
    assert store.folders("a/") == []
    for read in (store.read, store.open):
        with pytest.raises(ObjectMissing, match="a/b"):
            read("a/b")


@pytest.mark.parametrize("path", BAD_PATHS)
def test_bad_paths_are_refused_by_every_method(store: Store, path: str) -> None:
    store.create("good", b"")
    calls: list[Callable[[], object]] = [
        lambda: store.create(path, b""),
        lambda: store.replace(path, b""),
        lambda: store.read(path),
        lambda: store.open(path),
        lambda: store.stat(path),
        lambda: store.copy_from(store, path, "target"),
        lambda: store.copy_from(store, "good", path),
    ]
    for call in calls:
        with pytest.raises(BadPath):
            call()
    assert objects(store) == {"good": b""}


def test_folders_are_those_directly_below(store: Store) -> None:
    for path in ("t/date=2/v/x", "t/date=1/v/x", "t/current.json", "u/date=3/x"):
        store.create(path, b"")
    assert store.folders("t/") == ["date=1", "date=2"]


def test_copies_between_stores_are_create_only(store: Store, production: Store) -> None:
    store.create("a/b", b"rows")
    production.copy_from(store, "a/b", "c/d")
    assert production.read("c/d") == b"rows"
    with pytest.raises(ObjectExists):
        production.copy_from(store, "a/b", "c/d")
    with pytest.raises(ObjectMissing):
        production.copy_from(store, "a/none", "c/e")


def test_replace_asks_for_the_generation_that_was_seen(store: Store) -> None:
    store.replace("t/current.json", b"1", ABSENT)
    with pytest.raises(ObjectChanged, match="read it again"):
        store.replace("t/current.json", b"2", ABSENT)
    seen = store.stat("t/current.json")
    assert seen is not None
    store.replace("t/current.json", b"2", seen.generation)
    with pytest.raises(ObjectChanged):
        store.replace("t/current.json", b"3", seen.generation)
    assert objects(store) == {"t/current.json": b"2"}
    store.replace("t/current.json", b"4")
    assert store.read("t/current.json") == b"4"


def test_no_replacement_is_lost_among_threads_that_ask_for_a_generation(store: Store) -> None:
    store.replace("counter", b"0")

    def count(_: int) -> None:
        own = again(store)
        for _ in range(10):
            while True:
                seen = own.stat("counter")
                assert seen is not None
                try:
                    own.replace("counter", str(int(own.read("counter")) + 1).encode(), seen.generation)
                    break
                except ObjectChanged:
                    continue

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(4)))
    assert store.read("counter") == b"40"


def test_copies_go_across_devices(local: LocalStore) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == local.root.parent.stat().st_dev:
        pytest.skip("this machine has no second file system to copy to")
    other = LocalStore(memory / f"dataops-test-{os.getpid()}")
    try:
        local.create("a/b", b"rows")
        other.copy_from(local, "a/b", "a/b")
        assert other.read("a/b") == b"rows"
        with pytest.raises(ObjectExists):
            other.copy_from(local, "a/b", "a/b")
    finally:
        for path in sorted(other.root.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        other.root.rmdir()


def test_nobody_replaces_between_the_look_and_the_rename_of_another(local: LocalStore) -> None:
    local.replace("pointer", b"0")
    seen = local.stat("pointer")
    assert seen is not None
    looked = threading.Event()

    class Slow(LocalStore):
        def stat(self, path: str) -> ObjectInfo | None:
            found = super().stat(path)
            looked.set()
            time.sleep(0.3)
            return found

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(Slow(local.root).replace, "pointer", b"slow", seen.generation)
        assert looked.wait(10)
        with pytest.raises(ObjectChanged):
            local.replace("pointer", b"fast", seen.generation)
        slow.result()
    assert local.read("pointer") == b"slow"


def test_leftovers_of_killed_processes_go_after_a_day(local: LocalStore) -> None:
    folder = local.root / ".tmp"
    (folder / "a folder").mkdir(parents=True)
    for name, hours in (("old", 25), ("young", 1), ("replace.lock", 25)):
        (folder / name).write_bytes(b"half")
        moment = time.time() - hours * 3600
        os.utime(folder / name, (moment, moment))
    local.create("a", b"")
    assert sorted(path.name for path in folder.iterdir()) == ["a folder", "replace.lock", "young"]


def test_a_lake_removed_under_a_living_process_is_made_again(local: LocalStore) -> None:
    local.create("a", b"1")
    (local.root / "a").unlink()
    (local.root / ".tmp").rmdir()
    local.root.rmdir()
    local.create("a", b"2")
    assert objects(local) == {"a": b"2"}


def test_what_is_opened_is_a_file_that_text_can_be_read_from(store: Store) -> None:
    content = "é\n" * 3_000_000  # more than what is kept in memory on its way
    store.create("a/text", content.encode())
    with store.open("a/text") as stream, io.TextIOWrapper(stream, encoding="utf-8") as text:
        assert next(text) == "é\n"
        assert len(text.read()) == len(content) - 2
    with store.open("a/text") as stream:
        stream.seek(2)
        assert stream.read(3) == "\né".encode()


def test_an_object_is_deleted_if_it_is_still_the_one_that_was_seen(store: Store) -> None:
    for name in ("b", "a"):
        store.create(f"table/version=1/{name}", name.encode())
    store.create("table/current", b"")
    there = store.objects("table/version=1/")
    assert list(there) == ["table/version=1/a", "table/version=1/b"]
    assert [info.size for info in there.values()] == [1, 1]
    assert all(
        info.written_at and abs((info.written_at - datetime.now(UTC)).total_seconds()) < 600 for info in there.values()
    )
    seen = there["table/version=1/a"].generation
    store.replace("table/version=1/a", b"another")
    assert store.delete("table/version=1/a", seen) is False
    assert store.read("table/version=1/a") == b"another"
    for path, info in store.objects("table/version=1/").items():
        assert store.delete(path, info.generation) is True
        assert store.delete(path, info.generation) is False
    assert store.objects("table/version=1/") == {}
    assert store.folders("table/") == [], "a folder without objects is none"
    store.create("table/version=1/a", b"again")
    assert store.folders("table/") == ["version=1"]
