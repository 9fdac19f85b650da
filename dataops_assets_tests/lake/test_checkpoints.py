"""A long history of attempts is read from few objects, and says the same as the attempts themselves."""

import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dataops_assets.lake import checkpoints
from dataops_assets.lake.attempts import commit_extraction
from dataops_assets.lake.copies import damaged_copies, restore_copies
from dataops_assets.lake.history import attempts, attempts_of, current
from dataops_assets.lake.local import LocalStore
from dataops_assets.lake.manifest import Manifest
from dataops_assets.lake.store import Store
from dataops_assets_tests.lake.conftest import CALENDAR, extraction
from dataops_assets_tests.lake.places import damage, objects

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three attempts make a checkpoint."""
    monkeypatch.setattr(checkpoints, "SIZE", 3)


def commit(store: Store, number: int, minutes: int | None = None) -> Manifest:
    """Refresh `planes`; the answer changes every second time. minutes: after noon, when it begins."""
    moment = NOON + timedelta(minutes=number if minutes is None else minutes)
    answer = extraction(("a.csv", b"%d\n" % (number // 2)), watermark={"number": number})
    return commit_extraction(store, "planes", None, answer, clock=lambda: moment)


def written(store: Store) -> list[str]:
    return sorted(path for path in objects(store) if "collected=" in path)


def delete(store: Store, manifest: Manifest) -> None:
    """Take an attempt out of the lake, folder and all."""
    folder = f"raw_planes/created_at={manifest.attempt}"
    for path in objects(store):
        if path.startswith(f"{folder}/"):
            damage(store, path, None)
    if isinstance(store, LocalStore):
        (store.root / folder).rmdir()


class Counting(LocalStore):
    """A store that counts what is read of it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.touched: list[str] = []
        self._lock = threading.Lock()

    def read(self, path: str) -> bytes:
        with self._lock:
            self.touched.append(path)
        return super().read(path)


def test_a_checkpointed_history_says_the_same(store: Store) -> None:
    made = [commit(store, number) for number in range(8)]
    assert written(store) == [f"raw_planes/collected={made[place].committed_at}/manifests.jsonl" for place in (2, 5)]
    assert attempts(store, "planes", None) == made
    assert current(store, "planes", None) == made[-1]
    assert damaged_copies(store, "planes", None) == []


def test_one_more_refresh_reads_as_little_with_a_long_history_as_with_a_short_one(tmp_path: Path) -> None:
    store = Counting(tmp_path)
    read = []
    for number in range(31):
        store.touched.clear()
        commit(store, number)
        read.append(len([path for path in store.touched if path.endswith(("manifest.json", "manifests.jsonl"))]))
    assert max(read[:3]) == 2
    assert max(read) == 4  # the newest checkpoint, and up to three that are in none
    store.touched.clear()
    assert len(attempts(store, "planes", None)) == 31
    assert len([path for path in store.touched if "manifest" in path]) == 11


def test_partitions_have_checkpoints_of_their_own(store: Store) -> None:
    days = CALENDAR.between("2013-01-01", "2013-01-03")
    made = {
        day: [commit_extraction(store, "flights", day, extraction(("a.csv", b"%d" % n))) for n in range(count)]
        for day, count in zip(days, (1, 3, 5), strict=True)
    }
    assert ["/".join(path.split("/")[:2]) for path in written(store)] == ["raw_flights/date=2013-01-03"]
    assert attempts_of(store, "flights", [*days, days[0]]) == made


def test_an_attempt_that_ends_after_younger_ones_have_a_checkpoint_is_there(store: Store) -> None:
    made = [commit(store, number) for number in range(5)]
    late = commit(store, 9, minutes=-1)  # its folder stands before theirs
    assert late.attempt < made[0].attempt
    assert current(store, "planes", None) == late
    assert attempts(store, "planes", None) == [*made, late]


def test_an_attempt_that_was_deleted_is_gone(store: Store) -> None:
    made = [commit(store, 2 * number) for number in range(4)]
    delete(store, made[1])
    assert attempts(store, "planes", None) == [made[0], *made[2:]]


def test_the_newest_that_were_deleted_are_gone(store: Store) -> None:
    made = [commit(store, 2 * number) for number in range(7)]
    for manifest in made[4:]:
        delete(store, manifest)
    assert current(store, "planes", None) == made[3]
    assert attempts_of(store, "planes", [None], recent=True) == {None: made[:4]}


def test_a_manifest_that_is_not_what_its_checkpoint_says_is_named_and_restored(store: Store) -> None:
    made = [commit(store, number) for number in range(4)]
    lost, changed, emptied = (f"raw_planes/created_at={made[place].attempt}/manifest.json" for place in range(3))
    whole = {path: store.read(path) for path in (lost, changed, emptied)}
    damage(store, lost, None)
    damage(store, changed, whole[changed].replace(b'"number": 1', b'"number": 7'))
    damage(store, emptied, b"")
    assert attempts(store, "planes", None) == made
    *first, second, third = damaged_copies(store, "planes", None)
    if isinstance(store, LocalStore):  # where a folder is what lies in it, this one has its data still, or is gone
        assert first[0].startswith(f"{store.uri(lost)} is missing")
    assert second.startswith(f"{store.uri(changed)} has changed")
    assert third.startswith(f"{store.uri(emptied)} has changed")
    assert len(restore_copies(store, "planes", None)) == len(first) + 2
    assert damaged_copies(store, "planes", None) == []
    assert all(store.read(path) == whole[path] for path in (changed, emptied))


def test_a_checkpoint_that_hides_a_younger_attempt_is_named_and_made_again(store: Store) -> None:
    made = [commit(store, number) for number in range(4)]
    [path] = written(store)
    whole = store.read(path)
    damage(store, path, whole.replace(b"[]", b'["%s"]' % made[3].attempt.encode(), 1))
    assert current(store, "planes", None) == made[2]
    [line] = damaged_copies(store, "planes", None)
    assert f"says that {made[3].attempt} came before it" in line
    restore_copies(store, "planes", None)
    assert store.read(path) == whole
    assert current(store, "planes", None) == made[3]
    assert damaged_copies(store, "planes", None) == []


def test_a_broken_checkpoint_is_read_around_named_and_made_again(store: Store) -> None:
    made = [commit(store, number) for number in range(8)]
    first, second = written(store)
    for path in (first, second):
        whole = store.read(path)
        for content, words in (
            (whole[:-40], "line 4"),
            (whole[9:], "line 1|malformed|trailing|Expected"),
            (b"", "no lines"),
            (b"[]", "no attempts"),
            (whole.replace(b'"path": "raw_planes/', b'"path": "../', 1), "not below raw_planes/"),
        ):
            damage(store, path, content)
            assert attempts(store, "planes", None) == made
            assert current(store, "planes", None) == made[-1]
            [line] = damaged_copies(store, "planes", None)
            assert re.search(rf"collected=.*manifests\.jsonl cannot be read: .*({words})", line)
            [done] = restore_copies(store, "planes", None)
            assert done.endswith("written again")
            assert store.read(path) == whole


def test_two_that_collect_at_a_time_are_not_in_each_others_way(store: Store) -> None:
    made = [commit(store, number) for number in range(3)]
    checkpoints.write_checkpoint(store, "raw_planes/", made, [])
    checkpoints.write_checkpoint(store, "raw_planes/", made, [])
    assert len(written(store)) == 1
    assert attempts(store, "planes", None) == made
