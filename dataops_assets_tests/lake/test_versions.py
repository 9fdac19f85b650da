import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import Copy, Version, commit_versions, read_current, read_version, verify_version
from dataops_assets.model.partitions import Partition
from dataops_assets_tests.lake.places import again, commit, damage, objects, point, publish

PREFIX = "delays/date=2013-01-05/version=v1/"


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    file = tmp_path / "rows.parquet"
    file.write_bytes(b"PAR1 rows PAR1")
    return file


def test_a_version_is_committed_once(store: Store, day: Partition, parquet: Path) -> None:
    made = commit(store, day, "v1", parquet, contract="c")
    assert (made["version"], made["rows"], made["contract"]) == ("v1", 1, "c")
    before = objects(store)
    assert before.keys() == {f"{PREFIX}part-00000.parquet", f"{PREFIX}manifest.json"}
    assert commit(store, day, "v1", parquet, contract="other") == made
    assert objects(store) == before
    verify_version(store, "delays", day, "v1")


def test_leftovers_of_a_crash_are_left_aside(store: Store, production: Store, day: Partition, parquet: Path) -> None:
    """They may be about to be deleted."""
    for version, left in (("v1", parquet), ("v2", b"other bytes of the same rows")):
        prefix = PREFIX.replace("v1", version)
        for lake in (store, production):
            lake.create(f"{prefix}part-00000.parquet", left)
        [file] = commit(store, day, version, parquet)["files"]
        assert file["name"].startswith("part-00000-")
        production.create(f"{prefix}{file['name']}", left)
        publish(store, production, day, version)
        for lake in (store, production):
            verify_version(lake, "delays", day, version)
            assert read_version(lake, "delays", day, version) == parquet.read_bytes()


def test_many_versions_at_once_are_what_they_would_be_one_by_one(store: Store, day: Partition, parquet: Path) -> None:
    first = commit(store, day, "v1", parquet)
    store.create(f"{PREFIX.replace('v1', 'v2')}part-00000.parquet", b"left behind")
    contents: dict[str, bytes | Path] = {"v1": parquet, "v2": b"2", "v3": parquet, "v4": b"", "v5": b"x" * 5_000_000}
    copies = [Copy(Version("delays", day, name, {"n": name}), content, 1) for name, content in contents.items()]
    commit_versions(store, copies)
    for name in contents:
        verify_version(store, "delays", day, name)
        manifest = json.loads(store.read(f"{PREFIX.replace('v1', name)}manifest.json"))
        assert manifest == first if name == "v1" else manifest["n"] == name


def test_threads_that_commit_the_same_version_agree(store: Store, day: Partition, parquet: Path) -> None:
    def committed(_: int) -> object:
        return commit(again(store), day, "v1", parquet)

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(committed, range(8)))
    assert all(manifest == made[0] for manifest in made)
    verify_version(store, "delays", day, "v1")


def test_publishing_copies_and_then_points(store: Store, production: Store, day: Partition, parquet: Path) -> None:
    for version in ("v1", "v2"):
        parquet.write_bytes(version.encode())
        commit(store, day, version, parquet)
        publish(store, production, day, version, receipt=version)
        publish(store, production, day, version, receipt=version)
        assert (read_current(production, "delays", day) or {}).get("version") == (None if version == "v1" else "v1")
        point(production, day, version, receipt=version)
        verify_version(production, "delays", day, version)
    pointer = read_current(production, "delays", day)
    assert pointer is not None
    assert (pointer["version"], pointer["manifest"], pointer["receipt"]) == ("v2", "version=v2/manifest.json", "v2")
    assert json.loads(production.read("delays/date=2013-01-05/version=v2/manifest.json"))["receipt"] == "v2"


def test_pointing_to_the_same_version_again_changes_nothing(production: Store, day: Partition) -> None:
    point(production, day, "v1", receipt="r", run_id="one")
    before = objects(production)
    point(production, day, "v1", receipt="r", run_id="two")
    assert objects(production) == before


def test_a_version_that_is_not_in_staging_is_not_published(store: Store, production: Store, day: Partition) -> None:
    with pytest.raises(LakeDamaged, match=r"dataops run --select transformed/delays --partitions 2013-01-05"):
        publish(store, production, day, "v1")
    assert objects(production) == {}


@pytest.mark.parametrize("content", [None, b"PAR1 rowz PAR1"])
def test_a_damaged_version_is_named(store: Store, day: Partition, parquet: Path, content: bytes | None) -> None:
    commit(store, day, "v1", parquet)
    damage(store, f"{PREFIX}part-00000.parquet", content)
    with pytest.raises(LakeDamaged, match=r"version=v1/part-00000\.parquet"):
        verify_version(store, "delays", day, "v1")


def test_a_lost_file_is_put_back_by_committing_and_publishing_again(
    store: Store, production: Store, day: Partition, parquet: Path
) -> None:
    commit(store, day, "v1", parquet)
    publish(store, production, day, "v1")
    for lake in (store, production):
        damage(lake, f"{PREFIX}part-00000.parquet", None)
    with pytest.raises(
        LakeDamaged, match=r"part-00000\.parquet is missing; run: dataops run --select transformed/delays"
    ):
        publish(store, production, day, "v1")
    commit(store, day, "v1", parquet)
    publish(store, production, day, "v1")
    for lake in (store, production):
        verify_version(lake, "delays", day, "v1")


MANIFEST_SPOILT = [
    lambda whole: b"",
    lambda whole: whole[:-9],
    lambda whole: b"[]",
    lambda whole: whole.replace(b'"part-00000.parquet"', b'"../part-00000.parquet"'),
    lambda whole: whole.replace(b'"bytes": 1', b'"bytes": -1'),
]


@pytest.mark.parametrize("same", [True, False], ids=["the same bytes", "other bytes"])
@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("part-00000.parquet", lambda whole: None),
        ("part-00000.parquet", lambda whole: b"PAR1"),
        ("part-00000.parquet", lambda whole: whole.replace(b"rows", b"rowz")),
        *(("manifest.json", spoil) for spoil in MANIFEST_SPOILT),
    ],
)
def test_committing_and_publishing_again_mends_what_is_damaged(
    store: Store,
    production: Store,
    day: Partition,
    parquet: Path,
    name: str,
    spoil: Callable[[bytes], bytes | None],
    same: bool,
) -> None:
    commit(store, day, "v1", parquet)
    publish(store, production, day, "v1")
    for lake in (store, production):
        damage(lake, f"{PREFIX}{name}", spoil(lake.read(f"{PREFIX}{name}")))
        with pytest.raises(LakeDamaged):
            verify_version(lake, "delays", day, "v1")
    with pytest.raises(LakeDamaged, match="dataops run --select transformed/delays --partitions 2013-01-05"):
        publish(store, production, day, "v1")
    if not same:
        parquet.write_bytes(b"PAR1 the same rows, other bytes PAR1")
    commit(store, day, "v1", parquet)
    publish(store, production, day, "v1")
    for lake in (store, production):
        verify_version(lake, "delays", day, "v1")
        assert read_version(lake, "delays", day, "v1") == parquet.read_bytes()
        assert objects(lake).keys() == {f"{PREFIX}part-00000.parquet", f"{PREFIX}manifest.json"}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"version": "../v1"}', b'{"version": 1}'])
def test_a_damaged_pointer_is_named_and_replaced(production: Store, day: Partition, content: bytes) -> None:
    point(production, day, "v1")
    damage(production, "delays/date=2013-01-05/current.json", content)
    with pytest.raises(LakeDamaged, match=r"current\.json cannot be read"):
        read_current(production, "delays", day)
    point(production, day, "v1")
    assert (read_current(production, "delays", day) or {})["version"] == "v1"
