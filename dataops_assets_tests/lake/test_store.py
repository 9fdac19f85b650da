import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dataops_assets.lake.paths import BadPath
from dataops_assets.lake.store import ABSENT, LocalStore, ObjectChanged, ObjectExists, ObjectInfo, ObjectMissing

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


def objects(store: LocalStore) -> dict[str, bytes]:
    """Everything in the store, leftovers included."""
    files = (path for path in store.root.rglob("*") if path.is_file() and path.name != "replace.lock")
    return {str(path.relative_to(store.root)): path.read_bytes() for path in files}


def test_an_object_reads_as_it_was_created(store: LocalStore, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"from a file" * 200_000)
    store.create("a/b/one", b"from memory")
    store.create("a/b/two 🛫 é", file)
    assert store.read("a/b/one") == Path(store.uri("a/b/one")).read_bytes() == b"from memory"
    with store.open("a/b/two 🛫 é") as stream:
        assert stream.read() == file.read_bytes()
    info = store.stat("a/b/two 🛫 é")
    assert info is not None
    assert info.size == file.stat().st_size
    assert len(objects(store)) == 2


def test_create_never_overwrites(store: LocalStore) -> None:
    store.create("a/b", b"first")
    with pytest.raises(ObjectExists, match="a/b"):
        store.create("a/b", b"second")
    assert objects(store) == {"a/b": b"first"}


def test_one_of_eight_threads_wins(store: LocalStore) -> None:
    barrier = threading.Barrier(8)

    def create(number: int) -> bool:
        barrier.wait()
        try:
            LocalStore(store.root).create("x/y/z", str(number).encode() * 100_000)
        except ObjectExists:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(create, range(8)))
    assert won.count(True) == 1
    assert objects(store) == {"x/y/z": str(won.index(True)).encode() * 100_000}


def test_a_failed_create_leaves_nothing(store: LocalStore, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.create("a/b", tmp_path / "no such file")
    assert objects(store) == {}
    assert store.stat("a/b") is None


def test_what_is_missing(store: LocalStore) -> None:
    assert store.stat("a/b") is None
    assert store.folders("a/") == []
    for read in (store.read, store.open):
        with pytest.raises(ObjectMissing, match="a/b"):
            read("a/b")


@pytest.mark.parametrize("path", BAD_PATHS)
def test_bad_paths_are_refused_by_every_method(store: LocalStore, path: str) -> None:
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


def test_folders_are_those_directly_below(store: LocalStore) -> None:
    for path in ("t/date=2/v/x", "t/date=1/v/x", "t/current.json", "u/date=3/x"):
        store.create(path, b"")
    assert store.folders("t/") == ["date=1", "date=2"]


def test_copies_between_stores_are_create_only(store: LocalStore, tmp_path: Path) -> None:
    production = LocalStore(tmp_path / "production")
    store.create("a/b", b"rows")
    production.copy_from(store, "a/b", "c/d")
    assert production.read("c/d") == b"rows"
    with pytest.raises(ObjectExists):
        production.copy_from(store, "a/b", "c/d")
    with pytest.raises(ObjectMissing):
        production.copy_from(store, "a/none", "c/e")


def test_copies_go_across_devices(store: LocalStore) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == store.root.parent.stat().st_dev:
        pytest.skip("this machine has no second file system to copy to")
    other = LocalStore(memory / f"dataops-test-{os.getpid()}")
    try:
        store.create("a/b", b"rows")
        other.copy_from(store, "a/b", "a/b")
        assert other.read("a/b") == b"rows"
        with pytest.raises(ObjectExists):
            other.copy_from(store, "a/b", "a/b")
    finally:
        for path in sorted(other.root.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        other.root.rmdir()


def test_replace_asks_for_the_generation_that_was_seen(store: LocalStore) -> None:
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


def test_no_replacement_is_lost_among_threads_that_ask_for_a_generation(store: LocalStore) -> None:
    store.replace("counter", b"0")

    def count(_: int) -> None:
        own = LocalStore(store.root)
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


def test_nobody_replaces_between_the_look_and_the_rename_of_another(store: LocalStore) -> None:
    store.replace("pointer", b"0")
    seen = store.stat("pointer")
    assert seen is not None
    looked = threading.Event()

    class Slow(LocalStore):
        def stat(self, path: str) -> ObjectInfo | None:
            found = super().stat(path)
            looked.set()
            time.sleep(0.3)
            return found

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(Slow(store.root).replace, "pointer", b"slow", seen.generation)
        assert looked.wait(10)
        with pytest.raises(ObjectChanged):
            store.replace("pointer", b"fast", seen.generation)
        slow.result()
    assert store.read("pointer") == b"slow"


def test_leftovers_of_killed_processes_go_after_a_day(store: LocalStore) -> None:
    folder = store.root / ".tmp"
    (folder / "a folder").mkdir(parents=True)
    for name, hours in (("old", 25), ("young", 1), ("replace.lock", 25)):
        (folder / name).write_bytes(b"half")
        moment = time.time() - hours * 3600
        os.utime(folder / name, (moment, moment))
    store.create("a", b"")
    assert sorted(path.name for path in folder.iterdir()) == ["a folder", "replace.lock", "young"]


def test_a_lake_removed_under_a_living_process_is_made_again(store: LocalStore) -> None:
    store.create("a", b"1")
    (store.root / "a").unlink()
    (store.root / ".tmp").rmdir()
    store.root.rmdir()
    store.create("a", b"2")
    assert objects(store) == {"a": b"2"}
