"""A checkpoint cut short in the middle of a block: the file opens, with all that was committed."""

import random
import shutil
from pathlib import Path

import duckdb
import pytest

from dataops_assets.warehouse.duckdb import undo
from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse
from dataops_assets.warehouse.errors import WarehouseError

PAGE, HEADERS = 4096, 3 * 4096


@pytest.fixture
def moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The folder of a warehouse as it was just before its last checkpoint, and after."""
    before, after = tmp_path / "before", tmp_path / "after"
    keep = undo.keep

    def kept(*arguments) -> None:
        keep(*arguments)
        shutil.rmtree(before, ignore_errors=True)
        shutil.copytree(after, before)

    monkeypatch.setattr(undo, "keep", kept)
    warehouse = DuckDBWarehouse(after / "w.duckdb")
    for day in range(4):
        with warehouse.session() as session, session.swapping("events") as swap:
            table = session.relation("staging", "events")
            swap.define(f"CREATE TABLE IF NOT EXISTS {table} (day INTEGER, word VARCHAR)")
            swap.execute(f"INSERT INTO {table} SELECT {day}, md5(CAST(i AS VARCHAR)) FROM range(5000) r(i)")
    return before, after


def rows(folder: Path) -> list[tuple[int, int]]:
    table = DuckDBWarehouse(folder / "w.duckdb").query(
        "SELECT day, COUNT(DISTINCT word) AS n FROM staging.events GROUP BY day"
    )
    return sorted((line["day"], line["n"]) for line in table.to_pylist())


def torn(moments: tuple[Path, Path], place: Path, pages: slice | None) -> Path:
    """The state before, in which some of the pages that the checkpoint changes are written already."""
    before, after = moments
    folder = shutil.copytree(before, place)
    old, new = (before / "w.duckdb").read_bytes(), (after / "w.duckdb").read_bytes()
    changed = [at for at in range(HEADERS, len(new), PAGE) if old[at : at + PAGE] != new[at : at + PAGE]]
    written = changed[pages] if pages else random.Random(place.name).sample(changed, len(changed) // 2)
    with (folder / "w.duckdb").open("r+b") as file:
        for at in written:
            file.seek(at)
            file.write(new[at : at + PAGE])
    return folder


def test_the_checkpoint_overwrites_what_it_still_needs(moments: tuple[Path, Path], tmp_path: Path) -> None:
    """The reason for all this; where it fails, DuckDB has become better and `undo` can go."""
    folder = torn(moments, tmp_path / "torn", slice(1))
    (folder / "w.duckdb.undo").unlink()
    with pytest.raises(WarehouseError, match="checksum"):
        rows(folder)


@pytest.mark.parametrize("case", [*range(8), slice(1), slice(2), slice(0)])
def test_cut_short_within_a_block(moments: tuple[Path, Path], tmp_path: Path, case: int | slice) -> None:
    pages = case if isinstance(case, slice) else None
    folder = torn(moments, tmp_path / f"torn-{case}", pages)
    assert rows(folder) == [(day, 5000) for day in range(4)] == rows(moments[1])
    assert not (folder / "w.duckdb.undo").exists()


def test_cut_short_after_the_header(moments: tuple[Path, Path]) -> None:
    before, after = moments
    shutil.copy(before / "w.duckdb.undo", after)
    assert rows(after) == [(day, 5000) for day in range(4)]


def test_a_writer_mends_as_well(moments: tuple[Path, Path], tmp_path: Path) -> None:
    folder = torn(moments, tmp_path / "torn", slice(1))
    with DuckDBWarehouse(folder / "w.duckdb").session() as session, session.swapping("events"):
        assert session.rows(f"SELECT COUNT(*) FROM {session.relation('staging', 'events')}") == [(20000,)]


def test_another_version_of_duckdb_keeps_and_restores_nothing(
    moments: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = torn(moments, tmp_path / "torn", slice(1))
    file = (folder / "w.duckdb").read_bytes()
    monkeypatch.setattr(duckdb, "__version__", "3.0.0")
    with pytest.raises(WarehouseError, match=r"a checkpoint of DuckDB 2\.x was cut short, and this is DuckDB 3\.0\.0"):
        rows(folder)
    assert (folder / "w.duckdb").read_bytes() == file

    def kept(*_: object) -> None:
        pytest.fail("blocks of an unknown layout are kept")

    monkeypatch.setattr(undo, "keep", kept)
    with DuckDBWarehouse(tmp_path / "fresh.duckdb").session() as session, session.swapping("t") as swap:
        swap.define(f"CREATE TABLE {session.relation('staging', 't')} (n INTEGER)")
