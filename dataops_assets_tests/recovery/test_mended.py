"""Everything that can be damaged is damaged; the commands that `verify` names are run; then all is as it was."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.lake import checkpoints
from dataops_assets.lake.store import Store
from dataops_assets_tests.lake.places import damage, objects
from dataops_assets_tests.place import Place
from dataops_assets_tests.recovery.market import DATES, Spoil, by_hand, grow, market, obey, tables, verify

pytestmark = pytest.mark.slow

ROUNDS = 2
"""How often `verify` is asked and obeyed: what it says of a table that is not there hides what it would say of rows."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the states of a project one after the other, `0` to `3`, and the source that they came from."""
    folder = tmp_path_factory.mktemp("sound")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "SIZE", 2)
        for number, variant in enumerate(("old", "new", "blue", "green")):
            home = folder / str(number)
            if number:
                shutil.copytree(folder / str(number - 1), home)
            at = market(home, folder / "source")
            grow(at, folder / "source", variant)
            assert verify(at).problems == []
        yield folder


@pytest.fixture(scope="module")
def expected(sound: Path) -> dict[str, list[str]]:
    return tables(market(sound / "3", sound / "source"))


@pytest.fixture
def at(sound: Path, tmp_path: Path) -> Place:
    home = tmp_path / "home"
    shutil.copytree(sound / "3", home)
    return market(home, sound / "source")


def mend(at: Place) -> None:
    """Run what `verify` names, until it names nothing."""
    for _ in range(ROUNDS):
        for command in dict.fromkeys(problem.command for problem in verify(at).problems):
            obey(at, command)
    assert list(map(str, verify(at).problems)) == []


KINDS = {
    "raw data, merged": ("staging", "raw_orders/", ".csv"),
    "raw data, replaced": ("staging", "raw_stock/", ".csv"),
    "raw data, incremental": ("staging", "raw_customers/", ".parquet"),
    "raw manifest, merged": ("staging", "raw_orders/", "manifest.json"),
    "raw manifest, replaced": ("staging", "raw_stock/", "manifest.json"),
    "raw manifest, incremental": ("staging", "raw_customers/", "manifest.json"),
    "checkpoint": ("staging", "raw_", "manifests.jsonl"),
    "lake copy": ("staging", "sales/", ".parquet"),
    "its manifest": ("staging", "sales/", "manifest.json"),
    "published copy": ("production", "sales/", ".parquet"),
    "published manifest": ("production", "trend/", "manifest.json"),
    "pointer": ("production", "trend/", "current.json"),
}
SPOILS: dict[str, Spoil] = {
    "lost": lambda whole: None,
    "emptied": lambda whole: b"",
    "cut short": lambda whole: whole[: len(whole) * 2 // 3],
    "changed": lambda whole: whole.replace(b"1", b"2"),
    "another thing": lambda whole: b"[]",
    "leading out": lambda whole: whole.replace(b"raw_", b"../raw_").replace(b"part-", b"../part-"),
}


LIKELY = ("emptied", "leading out")
WHICH = ("all", "oldest", "newest")


def damages() -> Iterator[Any]:
    """Each kind in each way, and each of these with all its objects, or the oldest or the newest, in turn.

    CI has those of the ways that are likely, and half of the others.
    """
    for first, kind in enumerate(KINDS):
        for second, spoil in enumerate(SPOILS):
            rare = spoil != LIKELY[first % len(LIKELY)] and (first + second) % 2
            marks = [pytest.mark.cloud] if rare else []
            yield pytest.param(kind, spoil, WHICH[(first + second) % len(WHICH)], marks=marks)


@pytest.mark.parametrize(("kind", "spoil", "which"), list(damages()))
def test_a_damaged_object(at: Place, expected: dict[str, list[str]], kind: str, spoil: str, which: str) -> None:
    layer, beginning, end = KINDS[kind]
    store = getattr(at.project.storage, layer)
    every = {path: whole for path, whole in objects(store).items() if path.startswith(beginning) and path.endswith(end)}
    paths = sorted(path for path in every if layer == "staging" or _is_current(store, path))
    assert paths
    chosen = {"oldest": paths[:1], "newest": paths[-1:], "all": paths}[which]
    damaged = [path for path in chosen if SPOILS[spoil](every[path]) != every[path]]
    for path in damaged:
        damage(store, path, SPOILS[spoil](every[path]))
    report = verify(at)
    # An attempt without a manifest does not exist; a checkpoint is a copy, and one that is not there is not needed.
    unseen = spoil == "lost" and kind in ("checkpoint", "raw manifest, merged", "raw manifest, replaced")
    assert report.problems or report.notes or unseen or not damaged
    mend(at)
    found = tables(at)
    for name in expected:
        # Rows that only a lost attempt had: what has replaced it has other rows in quarantine.
        assert found[name] == expected[name] or ("quarantine" in name and kind.startswith("raw ")), name


def test_a_superseded_version_that_is_damaged_is_a_note(at: Place, expected: dict[str, list[str]]) -> None:
    store = at.project.storage.production
    paths = [path for path in objects(store) if path.startswith("sales/") and path.endswith(".parquet")]
    superseded = [path for path in paths if not _is_current(store, path)]
    assert superseded
    assert verify(at).checked["superseded lake copies"] == len(
        [path for path in objects(store) if path.endswith(".parquet") and not _is_current(store, path)]
    )
    damage(store, superseded[0], b"")
    report = verify(at)
    assert report.problems == []
    [note] = report.notes
    assert f"{superseded[0]} has 0 bytes" in note
    assert "it is not the published version, and nothing needs it" in note
    assert tables(at) == expected


def _is_current(store: Store, path: str) -> bool:
    """Is the object of the version that is published now? What `verify` says is of these: earlier ones are history."""
    partition, _, version = path.rpartition("/")[0].rpartition("/version=")
    return (
        path.endswith("current.json") or json.loads(objects(store)[f"{partition}/current.json"])["version"] == version
    )


BY_HAND = [
    "DROP SCHEMA production CASCADE",
    "DROP SCHEMA staging CASCADE",
    "DROP TABLE staging._ledger",
    "DROP TABLE staging.raw_orders",
    "DROP TABLE staging.raw_customers",
    "DROP TABLE staging.quarantine_orders",
    "DROP TABLE staging.quarantine_customers",
    "DROP TABLE staging.sales",
    "DROP TABLE production.trend",
    "DELETE FROM staging.raw_customers WHERE id = 1",
    "DELETE FROM staging.quarantine_orders WHERE TRUE",
    f"DELETE FROM production.sales WHERE day = '{DATES[0]}'",
    "UPDATE staging.raw_orders SET cents = cents + 1 WHERE id = 3",
    "UPDATE production.trend SET cents_before = 7 WHERE TRUE",
    "INSERT INTO staging.raw_stock SELECT * REPLACE (DATE '2024-01-04' AS day) FROM staging.raw_stock",
    "INSERT INTO production.sales SELECT * REPLACE (DATE '2031-01-04' AS day) FROM production.sales",
    "INSERT INTO staging.quarantine_orders SELECT * REPLACE ('2024-01-04' AS partition_key) "
    "FROM staging.quarantine_orders",
    "INSERT INTO staging.raw_orders SELECT * FROM staging.raw_orders",
    "INSERT INTO staging.raw_customers SELECT * FROM staging.raw_customers WHERE id = 1",
    "INSERT INTO staging.raw_stock SELECT * FROM staging.raw_stock",
    "INSERT INTO staging.quarantine_orders SELECT * FROM staging.quarantine_orders",
    "INSERT INTO staging.sales SELECT * FROM staging.sales",
    "INSERT INTO production.trend SELECT * FROM production.trend",
    "ALTER TABLE staging.raw_orders DROP COLUMN item",
    *(f"DELETE FROM staging._ledger WHERE asset LIKE '{layer}/%'" for layer in ("staged", "transformed", "production")),
    *(
        f"UPDATE staging._ledger SET {change} WHERE asset LIKE '{layer}/%'"
        for layer in ("staged", "transformed", "production")
        for change in (
            "version = 'v'",
            "rows = rows + 1",
            "rows = NULL",
            "rows_read = 7",
            "rows_quarantined = rows_quarantined + 1",
            "verdict = 'failed'",
            "verdict = 'splendid'",
            "attempts = 'nonsense'",
            "attempts = '[]'",
            "inputs = '{}'",
            "checks = '7'",
            "contract = 'other'",
        )
    ),
]


LEDGER = [sql for sql in BY_HAND if "UPDATE staging._ledger" in sql]


def by_hand_marks(sql: str) -> list[pytest.MarkDecorator]:
    """Of the changes of the ledger CI has each for the entries of one layer, in turn."""
    if sql not in LEDGER:
        return []
    layer, change = divmod(LEDGER.index(sql), len(LEDGER) // 3)
    return [] if change % 3 == layer else [pytest.mark.cloud]


@pytest.mark.parametrize("sql", [pytest.param(sql, marks=by_hand_marks(sql)) for sql in BY_HAND])
def test_a_warehouse_that_was_changed_by_hand(at: Place, expected: dict[str, list[str]], sql: str) -> None:
    by_hand(at, sql)
    mend(at)
    assert tables(at) == expected


Loss = Callable[[Path, Path], None]
"""What happens to a home, with an older state of it at hand."""


def _older(*names: str) -> Loss:
    def restore(home: Path, older: Path) -> None:
        for name in names:
            if (home / name).is_dir():
                shutil.rmtree(home / name)
                shutil.copytree(older / name, home / name)
            else:
                shutil.copyfile(older / name, home / name)

    return restore


def _lost(name: str) -> Loss:
    return lambda home, older: shutil.rmtree(home / name) if (home / name).is_dir() else (home / name).unlink()


def _spoilt(spoil: Callable[[bytes], bytes], name: str = "warehouse.duckdb") -> Loss:
    def overwrite(home: Path, older: Path) -> None:
        file = home / name
        file.write_bytes(spoil(file.read_bytes() if file.exists() else b""))

    return overwrite


LOSSES: dict[str, Loss] = {
    "an older lake": _older("lake"),
    "an older staging lake": _older("lake/staging"),
    "an older production lake": _older("lake/production"),
    "an older warehouse": _older("warehouse.duckdb"),
    "no lake": _lost("lake"),
    "no staging lake": _lost("lake/staging"),
    "no production lake": _lost("lake/production"),
    "no warehouse": _lost("warehouse.duckdb"),
    "an empty file for a warehouse": _spoilt(lambda whole: b""),
    "garbage for a warehouse": _spoilt(lambda whole: b"garbage" * 10_000),
    "the headers of a warehouse": _spoilt(lambda whole: whole[:9000]),
    "half a warehouse": _spoilt(lambda whole: whole[: len(whole) // 2]),
    "a warehouse without its last byte": _spoilt(lambda whole: whole[:-1]),
    "a warehouse of another version": _spoilt(lambda whole: whole[:12] + bytes([99]) + whole[13:]),
    "a warehouse with holes": _spoilt(lambda whole: whole[:12288] + bytes(len(whole) - 12288)),
    "an undo file that is none": _spoilt(lambda whole: b"garbage\n", "warehouse.duckdb.undo"),
}


@pytest.mark.parametrize(
    ("loss", "number"), [(loss, number) for loss in LOSSES for number in ((0, 2) if "older" in loss else (0,))]
)
def test_a_store_that_is_older_lost_or_unreadable(
    sound: Path, at: Place, expected: dict[str, list[str]], loss: str, number: int
) -> None:
    home = at.project.settings.home
    LOSSES[loss](home, sound / str(number))
    at = market(home, sound / "source")
    mend(at)
    if loss == "an older warehouse":  # what is in the lake and was not loaded yet is late, and not damage
        assert obey(at, "dataops rebuild") == []
    found = tables(at)
    for name in expected:
        # Rows of attempts that are lost for good: what has replaced them has other rows in quarantine.
        assert found[name] == expected[name] or ("quarantine" in name and "lake" in loss), name
