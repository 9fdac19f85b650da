"""Writers that meet on BigQuery, which has no lock to hold: nothing is lost, nothing is a mix, and no error is left.

The meeting is not left to chance: what the other one does, it does between the last reading of a swap and its commit.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dataops_assets.model import Contract, Date, Derived, Integer, Source, column
from dataops_assets.warehouse import conflicts
from dataops_assets.warehouse.base import Mark, Session
from dataops_assets.warehouse.errors import SwapConflict
from dataops_assets_tests.backends import StorageIn
from dataops_assets_tests.place import DAY, Place, Scripted, daily, jsonl, place
from dataops_assets_tests.warehouse.interference import meanwhile

NEXT = "2024-01-02"
pytestmark = [pytest.mark.gcp, pytest.mark.slow]


class Row(Contract):
    """A row."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Integer = column("Amount.")


SQL = "select day, id, amount * 10 as amount from staged.t where day >= @window_start and day < @window_end"


@pytest.fixture
def scripted() -> Scripted:
    return Scripted({day: [jsonl({"day": day, "id": 1, "amount": 1})] for day in (DAY, NEXT)})


@pytest.fixture
def at(storage_in: StorageIn, tmp_path: Path, scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(conflicts, "_LONGEST_PAUSE", 0.5)
    source = Source(name="t", extract=scripted, contract=Row, key=["day", "id"], partition=daily())
    derived = Derived(name="made", contract=Row, key=["day", "id"], partition=daily(), publish=True, sql=SQL)
    at = place(tmp_path, source, derived)
    at.project.storage = storage_in(tmp_path)
    return at


def amounts(at: Place, schema: str, table: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in at.rows(f"SELECT CAST(day AS STRING) AS day, amount FROM {schema}.{table}"):
        found.setdefault(row["day"], []).append(row["amount"])
    return found


def change(at: Place, scripted: Scripted, amount: int, day: str = DAY) -> None:
    scripted.answer(day, jsonl({"day": day, "id": 1, "amount": amount}))
    assert not at.take("t", day)[0].refusal


def test_a_load_beside_one_of_another_partition(at: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    at.extract("t", DAY, NEXT)
    with meanwhile(monkeypatch, lambda: at.load("t", NEXT)) as commits:
        [outcome] = at.load("t", DAY)
    assert (outcome.refusal, outcome.changed, commits) == ("", True, ["staged/t"] * 2)
    assert amounts(at, "staging", "raw_t") == {DAY: [1], NEXT: [1]}
    at.verify()


def test_a_load_beside_one_of_the_same_partition(
    at: Place, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    at.extract("t", DAY)
    with meanwhile(monkeypatch, lambda: change(at, scripted, 2)):
        [outcome] = at.load("t", DAY)
    assert outcome.refusal == ""
    assert amounts(at, "staging", "raw_t") == {DAY: [2]}  # the newest attempt, whoever came last
    at.verify()


def test_an_input_that_changes_while_it_is_transformed(
    at: Place, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    at.take("t", DAY)

    def there_and_back() -> None:
        change(at, scripted, 5)
        at.transform("made", DAY)
        change(at, scripted, 1)

    with meanwhile(monkeypatch, there_and_back):
        [outcome] = at.transform("made", DAY)
    assert outcome.refusal == ""
    assert amounts(at, "staging", "made") == {DAY: [10]}
    at.verify()


def test_an_input_that_fails_while_it_is_transformed(
    at: Place, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    at.take("t", DAY)
    at.transform("made", DAY)

    def fail_and_meet() -> None:
        scripted.answer(DAY)
        assert "has no rows" in at.take("t", DAY)[0].refusal
        at.transform("made", NEXT)  # the one that was first has to look again

    change(at, scripted, 3)
    with meanwhile(monkeypatch, fail_and_meet):
        [outcome] = at.transform("made", DAY)
    assert "held back, because staged/t 2024-01-01 failed" in outcome.refusal
    assert amounts(at, "staging", "made") == {DAY: [10]}
    at.verify()


@pytest.mark.parametrize("before", [0, 1], ids=["the swap", "the moving of the pointer"])
def test_a_publication_beside_a_newer_one(
    at: Place, scripted: Scripted, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    """The first one may be refused; what is shown, and what the lake points to, is the newer one."""

    def newer() -> None:
        change(at, scripted, 2)
        at.transform("made", DAY)
        assert not at.publish("made", DAY)[0].refusal

    at.take("t", DAY)
    at.transform("made", DAY)
    with meanwhile(monkeypatch, *[lambda: None] * before, newer):
        at.publish("made", DAY)
    assert amounts(at, "production", "made") == {DAY: [20]}
    at.verify()  # which looks where the pointer leads


def test_many_at_once(at: Place, scripted: Scripted) -> None:
    days = [f"2024-01-0{day}" for day in range(1, 6)]
    for day in days:
        scripted.answer(day, jsonl({"day": day, "id": 1, "amount": 1}))
    at.extract("t", *days)
    at.load("t", DAY)  # the stand-in does not make a table for several at a time
    with ThreadPoolExecutor(4) as pool:
        outcomes = [found for one in pool.map(lambda day: at.load("t", day), days[1:]) for found in one]
    assert [outcome.refusal for outcome in outcomes] == [""] * 4
    assert amounts(at, "staging", "raw_t") == {day: [1] for day in days}
    at.verify()


def test_conflicts_that_do_not_end(storage_in: StorageIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then there is an error that says what is the matter, and nothing is written."""
    monkeypatch.setattr(conflicts, "_LONGEST_PAUSE", 0.01)
    monkeypatch.setattr(conflicts, "_TRIES", 3)
    warehouse = storage_in(tmp_path).warehouse
    with warehouse.session() as session, warehouse.session() as other:
        table = session.relation(warehouse.staging, "t")
        with session.swapping("anything") as swap:
            swap.define(f"CREATE TABLE {table} (n INT64)")

        def turn() -> None:
            with session.swapping("t") as swap:
                swap.execute(f"INSERT INTO {table} (n) VALUES (1)")
                with other.swapping("t") as first:
                    first.execute(f"INSERT INTO {table} (n) VALUES (2)")

        with pytest.raises(SwapConflict, match="t: another run changed it"):
            conflicts.retry_on_conflict(turn)
        assert session.rows(f"SELECT n FROM {table}") == [(2,)] * 3


def test_what_is_read_counts_as_well(storage_in: StorageIn, tmp_path: Path) -> None:
    warehouse = storage_in(tmp_path).warehouse
    with warehouse.session() as session, warehouse.session() as other:
        table = session.relation(warehouse.staging, "t")
        with session.swapping("anything") as swap:
            swap.define(f"CREATE TABLE {table} (n INT64)")

        def turn() -> None:
            with session.swapping("made", reads=["source"]) as swap:
                swap.execute(f"INSERT INTO {table} (n) VALUES (1)")
                with other.swapping("source") as first:
                    first.execute(f"INSERT INTO {table} (n) VALUES (2)")

        with pytest.raises(SwapConflict):
            turn()
        assert session.rows(f"SELECT n FROM {table}") == [(2,)]


def test_a_swap_begins_with_its_mark(storage_in: StorageIn, tmp_path: Path) -> None:
    """What others do after the moment that it stands for is refused, as if the swap had been open since."""
    warehouse = storage_in(tmp_path).warehouse
    with warehouse.session() as session, warehouse.session() as other:
        table = session.relation(warehouse.staging, "t")
        with session.swapping("anything") as swap:
            swap.define(f"CREATE TABLE {table} (n INT64)")

        def write(session: Session, target: str, number: int, since: Mark | None = None) -> Mark:
            with session.swapping(target, ["source"] if target == "made" else [], since) as swap:
                swap.execute(f"INSERT INTO {table} (n) VALUES ({number})")
            assert swap.unchanged is (since is not None)
            return swap.committed

        mark = session.mark("made", ["source"])
        assert session.rows(f"SELECT COUNT(*) FROM {table}") == [(0,)]
        done = write(session, "made", 1, mark)
        with session.swapping("made", since=done) as swap:
            assert swap.unchanged
        with pytest.raises(SwapConflict):
            write(session, "made", 2, mark)  # it is older than what was written last
        mark = session.mark("made", ["source"])
        assert session.rows(f"SELECT COUNT(*) FROM {table}") == [(1,)]
        write(other, "source", 3)
        with pytest.raises(SwapConflict):
            write(session, "made", 4, mark)
        write(other, "made", 5)
        with pytest.raises(SwapConflict), session.swapping("made", since=done):
            pass
        assert sorted(session.rows(f"SELECT n FROM {table}")) == [(1,), (3,), (5,)]
