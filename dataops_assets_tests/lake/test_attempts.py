import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.lake.attempts import LakeDamaged, commit_extraction, read_again, verify_files
from dataops_assets.lake.history import attempts, attempts_of, current
from dataops_assets.lake.local import LocalStore
from dataops_assets.lake.manifest import BadManifest
from dataops_assets.lake.store import Store
from dataops_assets.model.partitions import Partition
from dataops_assets.sources.base import DataFile, Extraction, TransientSourceError
from dataops_assets_tests.lake.conftest import CALENDAR, data_file, extraction
from dataops_assets_tests.lake.places import again, damage, objects

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class WaitingStore(LocalStore):
    """A store whose uploads of one file name wait for a sign."""

    def __init__(self, root: Path, name: str) -> None:
        super().__init__(root)
        self._name = name
        self.uploading, self.go_on = threading.Event(), threading.Event()

    def create(self, path: str, content: bytes | Path) -> None:
        if path.endswith(self._name):
            self.uploading.set()
            assert self.go_on.wait(10)
        super().create(path, content)


def test_an_attempt_says_what_came(store: Store, day: Partition) -> None:
    answer = Extraction(
        {"kind": "files"},
        {"day": "2013-01-05"},
        iter([data_file("a.csv", b"1\n2\n", {"x": "text"}), data_file("b.csv", b"3\n", {"x": "null", "y": "text"})]),
        watermark={"id": 3},
    )
    manifest = commit_extraction(store, "flights", day, answer, run_id="r", code_version="c", clock=lambda: NOON)
    prefix = "raw_flights/date=2013-01-05/created_at=2026-11-23T12:00:00.000000Z/"
    assert [file.path for file in manifest.files] == [f"{prefix}a.csv", f"{prefix}b.csv"]
    assert [(file.rows, file.bytes, file.sha256) for file in manifest.files] == [
        (2, 4, hashlib.sha256(b"1\n2\n").hexdigest()),
        (1, 2, hashlib.sha256(b"3\n").hexdigest()),
    ]
    assert manifest.rows == 3
    assert manifest.columns == {"x": "null|text", "y": "text"}
    assert (manifest.watermark, manifest.run_id, manifest.code_version) == ({"id": 3}, "r", "c")
    assert (manifest.source, manifest.parameters) == ({"kind": "files"}, {"day": "2013-01-05"})
    assert current(store, "flights", day) == manifest
    assert objects(store).keys() == {f"{prefix}a.csv", f"{prefix}b.csv", f"{prefix}manifest.json"}
    verify_files(store, manifest)


def test_an_empty_answer_is_an_attempt(store: Store) -> None:
    manifest = commit_extraction(store, "planes", None, extraction())
    assert (manifest.rows, manifest.files, manifest.partition) == (0, [], None)
    assert current(store, "planes", None) == manifest
    assert current(store, "other", None) is None


def test_the_same_answer_is_not_stored_twice(store: Store, day: Partition) -> None:
    first = commit_extraction(store, "flights", day, extraction(("a.csv", b"1\n"), ("b.csv", b"2\n")))
    stored = objects(store).keys()
    again = commit_extraction(store, "flights", day, extraction(("a.csv", b"1\n"), ("b.csv", b"2\n")))
    third = commit_extraction(store, "flights", day, extraction(("a.csv", b"1\n"), ("b.csv", b"2\n")))
    assert again.same_as == third.same_as == first.attempt
    assert again.files == third.files == first.files
    assert len(objects(store).keys() - stored) == 2
    other = commit_extraction(store, "flights", day, extraction(("a.csv", b"2\n"), ("b.csv", b"1\n")))
    assert other.same_as is None
    assert [m.attempt for m in attempts(store, "flights", day)] == [m.attempt for m in (first, again, third, other)]
    for manifest in attempts(store, "flights", day):
        verify_files(store, manifest)


def test_the_attempt_committed_last_is_current_though_it_began_first(local: LocalStore, day: Partition) -> None:
    slow = WaitingStore(local.root, "slow.csv")
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(commit_extraction, slow, "flights", day, extraction(("slow.csv", b"slow")))
        assert slow.uploading.wait(10)
        fast = commit_extraction(local, "flights", day, extraction(("fast.csv", b"fast")))
        assert current(local, "flights", day) == fast
        slow.go_on.set()
        late = future.result()
    assert late.attempt < fast.attempt
    assert current(local, "flights", day) == late


def test_a_clock_set_back_does_not_hide_the_newest_commit(store: Store, day: Partition) -> None:
    for hours in (0, -1, -2):
        moment = NOON + timedelta(hours=hours)
        clock = lambda moment=moment: moment  # noqa: E731
        made = commit_extraction(store, "flights", day, extraction(("a.csv", str(hours).encode())), clock=clock)
        assert current(store, "flights", day) == made


def test_attempts_of_the_same_microsecond_all_stand(store: Store, day: Partition) -> None:
    barrier = threading.Barrier(8)

    def commit(number: int) -> str:
        answer = extraction((f"{number % 2}.csv", str(number).encode() * 1000), ("z.csv", b"z"))
        barrier.wait()
        return commit_extraction(again(store), "flights", day, answer, clock=lambda: NOON).attempt

    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(commit, range(8)))
    assert len(set(names)) == 8
    found = attempts(store, "flights", day)
    assert sorted(names) == sorted(manifest.attempt for manifest in found)
    for manifest in found:
        verify_files(store, manifest)


def test_awkward_file_names_are_kept_beside_their_objects(store: Store, day: Partition) -> None:
    names = ["00002-a", "a", "a", "A", "manifest.json", "w*[1].csv", "line\nbreak", "x" * 300]
    manifest = commit_extraction(store, "f", day, extraction(*((name, name.encode()) for name in names)))
    assert [file.name for file in manifest.files] == names
    assert [store.read(file.path) for file in manifest.files] == [name.encode() for name in names]
    assert current(store, "f", day) == manifest


def test_an_extraction_that_fails_leaves_nothing(
    store: Store, day: Partition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))

    def files() -> Iterator[DataFile]:
        yield data_file("a.csv", b"1\n")
        raise TransientSourceError("flights [2013-01-05]: the source went away")

    with pytest.raises(TransientSourceError, match="went away"):
        commit_extraction(store, "flights", day, Extraction({}, {}, files()))
    assert objects(store) == {}
    assert list(temporary.iterdir()) == []


def test_a_description_that_is_not_json_leaves_nothing(store: Store, day: Partition) -> None:
    for watermark in (float("nan"), NOON, {1, 2}):
        with pytest.raises(BadManifest, match=r"raw/flights 2013-01-05: .*watermark"):
            commit_extraction(store, "flights", day, extraction(("a.csv", b"1"), watermark=watermark))
    assert objects(store) == {}


def test_objects_without_a_manifest_do_not_exist(store: Store, day: Partition) -> None:
    store.create("raw_flights/date=2013-01-05/created_at=2026-11-23T12:00:00.000000Z/a.csv", b"1\n")
    store.create("raw_flights/date=2013-01-05/notes/readme.txt", b"")
    assert attempts(store, "flights", day) == []
    made = commit_extraction(store, "flights", day, extraction(("a.csv", b"1\n")), clock=lambda: NOON)
    assert made.attempt == "2026-11-23T12:00:00.000001Z"
    assert current(store, "flights", day) == made


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: b"",
        lambda whole: whole[:-30],
        lambda whole: b"[]",
        lambda whole: whole.replace(b'"rows": 1', b'"rows": "1"'),
        lambda whole: whole.replace(b"raw_flights/date=2013-01-05/", b"../../etc/"),
        lambda whole: whole.replace(b"raw_flights/date=2013-01-05/", b"raw_planes/"),
        lambda whole: whole.replace(b'"attempt": "2026', b'"attempt": "2025'),
    ],
)
def test_a_damaged_manifest_is_named_and_the_next_attempt_does_without_it(
    store: Store, day: Partition, spoil: Callable[[bytes], bytes]
) -> None:
    first = commit_extraction(store, "flights", day, extraction(("a.csv", b"1\n")), clock=lambda: NOON)
    later = NOON + timedelta(hours=1)
    lost = commit_extraction(store, "flights", day, extraction(("a.csv", b"2\n")), clock=lambda: later)
    path = f"raw_flights/date=2013-01-05/created_at={lost.attempt}/manifest.json"
    whole = store.read(path)
    damage(store, path, spoil(whole))
    assert store.read(path) != whole
    assert current(store, "flights", day) == first
    [_, damaged] = attempts(store, "flights", day)
    with pytest.raises(LakeDamaged, match=rf"raw/flights 2013-01-05: attempt {lost.attempt}.*manifest\.json.*again"):
        verify_files(store, damaged)
    # A clock that is behind makes no attempt older than the damaged one.
    again = commit_extraction(store, "flights", day, extraction(("a.csv", b"2\n")), clock=lambda: NOON)
    assert (again.same_as, again.committed_at > lost.attempt) == (None, True)
    assert current(store, "flights", day) == again
    verify_files(store, again)


@pytest.mark.parametrize(
    ("content", "message", "hashed"),
    [
        (None, "is missing", False),
        (b"", "has 0 bytes, the manifest says 4", False),
        (b"1\n2", "has 3 bytes, the manifest says 4", False),
        (b"1\n3\n", "has (another SHA-256|CRC32C)", True),
    ],
)
def test_damage_is_named_and_extracting_again_repairs_it(
    store: Store, day: Partition, content: bytes | None, message: str, hashed: bool
) -> None:
    made = commit_extraction(store, "flights", day, extraction(("a.csv", b"1\n2\n")))
    damage(store, made.files[0].path, content)
    expected = f"raw/flights 2013-01-05: attempt {made.attempt}.*a.csv {message}.*"
    with pytest.raises(LakeDamaged, match=expected + "dataops run --select raw/flights --partitions 2013-01-05"):
        verify_files(store, made)
    if hashed:
        verify_files(store, made, hash=False)
    else:
        with pytest.raises(LakeDamaged, match=message):
            verify_files(store, made, hash=False)
    again = commit_extraction(store, "flights", day, extraction(("a.csv", b"1\n2\n")))
    assert again.same_as is None
    verify_files(store, again)


def test_a_partition_is_read_without_looking_at_others(local: LocalStore, day: Partition) -> None:
    made = commit_extraction(local, "flights", day, extraction(("a.csv", b"1\n")))
    touched: list[str] = []

    class Watching(LocalStore):
        def read(self, path: str) -> bytes:
            touched.append(path)
            return super().read(path)

        def folders(self, prefix: str) -> list[str]:
            touched.append(prefix)
            return super().folders(prefix)

    for partition in CALENDAR.between("2013-02-01", "2013-02-28"):
        commit_extraction(local, "flights", partition, extraction(("a.csv", b"1\n")))
    assert current(Watching(local.root), "flights", day) == made
    prefix = "raw_flights/date=2013-01-05/"
    assert touched == [prefix, f"{prefix}created_at={made.attempt}/manifest.json"]


def test_many_partitions_are_committed_and_listed_in_parallel(store: Store) -> None:
    days = CALENDAR.between("2013-01-01", "2013-01-31")

    def commit(partition: Partition) -> None:
        commit_extraction(store, "flights", partition, extraction(("a.csv", partition.key.encode())))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(commit, days))
    empty = CALENDAR.of("2014-01-01")
    found = attempts_of(store, "flights", [*days, empty])
    assert found.pop(empty) == []
    assert found == {partition: attempts(store, "flights", partition) for partition in days}
    assert [manifest.partition for [manifest] in found.values()] == [partition.key for partition in days]


def test_a_manifest_cannot_be_overwritten(store: Store, day: Partition) -> None:
    made = commit_extraction(store, "flights", day, extraction(("a.csv", b"1")), clock=lambda: NOON)
    other = commit_extraction(store, "flights", day, extraction(("a.csv", b"2")), clock=lambda: NOON)
    assert attempts(store, "flights", day) == [made, other]
    assert made != replace(other, attempt=made.attempt)


AT, ASKED = {"cursor": "n", "value": 1}, {"since": "1"}


@pytest.mark.parametrize(
    ("later", "again"),
    [
        ({"follows": None}, True),  # everything
        ({"follows": "first"}, True),  # at a time with it
        ({"follows": "tie"}, True),  # the watermark has not moved
        ({"follows": "refused"}, False),
        ({"follows": "gone"}, False),
        ({"follows": ""}, False),  # of before it was noted
        ({"follows": "first", "parameters": {"since": "0"}}, False),  # another lookback
        ({"follows": "first", "source": {"kind": "sql", "table": "u"}}, False),
    ],
)
def test_which_attempt_has_read_again_what_another_has(local: LocalStore, later: dict[str, Any], again: bool) -> None:
    some = commit_extraction(local, "t", None, extraction(("a", b"1")))
    some = replace(some, source={"kind": "sql", "table": "t"}, parameters=ASKED)
    first, tie = (replace(some, attempt=name, watermark=AT) for name in ("first", "tie"))
    refused = replace(some, attempt="refused", follows="first", watermark={"cursor": "n", "value": 2})
    after = replace(some, attempt="after", **later)
    assert read_again(refused, [after], [first, tie, refused, after]) == again
    unknown = replace(refused, follows="")
    assert read_again(unknown, [after], [first, tie, unknown, after]) == (after.follows is None)
    assert not read_again(refused, [], [first, tie, refused])


def test_a_damaged_increment_is_not_to_be_extracted_again(local: LocalStore, day: Partition) -> None:
    for partition, words in ((day, "or extract again: dataops run"), (None, "extracting again does not mend it")):
        made = commit_extraction(local, "flights", partition, extraction(("a.csv", b"1\n"), watermark=AT))
        damage(local, made.files[0].path, None)
        with pytest.raises(LakeDamaged, match=words):
            verify_files(local, made)
