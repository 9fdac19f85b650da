"""What a publication changes, by key: as pandas says it, and stored with the entry of the ledger that it changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataops_assets.io.operation import to_report
from dataops_assets.ledger.difference import ColumnDifference, Difference
from dataops_assets.ledger.entry import Entry
from dataops_assets.ledger.outcome import Outcome
from dataops_assets.model import (
    Boolean,
    Bytes,
    Contract,
    Date,
    Derived,
    Float,
    Integer,
    Numeric,
    Text,
    Timestamp,
    column,
)
from dataops_assets.model.tables import Hiding
from dataops_assets.publish.difference import differences
from dataops_assets.publish.pages import column_rows
from dataops_assets.warehouse.base import Session, Swap
from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse
from dataops_assets.warehouse.schema import ensure_table
from dataops_assets.warehouse.tables import DerivedTable
from dataops_assets_tests.place import DAY, Place, Scripted, csv, daily, place, source

SQL = """
    select day, id, amount, word, who, amount / 8 as ratio, cast(amount as numeric) as price, amount > 22 as big,
      timestamp(day) as at, cast(word as bytes) as raw, [coalesce(amount, 0), id] as pair, struct(amount as n) as record
      , amount + 30 as age
    from staged.t where day >= @window_start and day < @window_end
"""


class Rows(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Integer = column("Amount.", nullable=True)
    word: Text = column("Word.", nullable=True)
    who: Text = column("Who.", nullable=True, tags=["pii"])


class Made(Rows):
    """The same, with a column of each other type."""

    age: Integer = column("In years.", nullable=True, tags=["pii"])
    ratio: Float = column("An eighth.", nullable=True)
    price: Numeric = column("Price.", nullable=True)
    big: Boolean = column("Is it large?", nullable=True)
    at: Timestamp = column("When.")
    raw: Bytes = column("Raw.", nullable=True)
    pair: Annotated[pd.ArrowDtype, pa.list_(pa.int64())] = column("Pair.", nullable=True)
    record: Annotated[pd.ArrowDtype, pa.struct([("n", pa.int64())])] = column("Record.", nullable=True)


KEEP: dict[str, Hiding] = {"who": "keep", "age": "keep"}


def a_place(home: Path) -> tuple[Place, Scripted]:
    made = Derived(
        name="made", contract=Made, key=["day", "id"], partition=daily(), publish=True, sql=SQL, personal=KEEP
    )
    scripted = Scripted()
    return place(home, source(Rows, scripted), made), scripted


def published(at: Place, scripted: Scripted, *lines: str) -> Outcome:
    scripted.answer(DAY, csv("day,id,amount,word,who", *(f"{DAY},{line}" for line in lines)))
    at.take("t", DAY)
    at.transform("made", DAY)
    [outcome] = at.publish("made", DAY)
    assert not outcome.refusal, outcome.refusal
    return outcome


@pytest.mark.usefixtures("each_backend")
def test_a_publication_says_what_it_changes(tmp_path: Path) -> None:
    at, scripted = a_place(tmp_path)
    first = published(at, scripted, "1,10,a,anna", "2,20,b,", "3,30,c,")
    assert first.entry.difference == Difference(rows_after=3, rows_added=3)
    assert "difference" not in to_report(DAY, first).metadata, "there was nothing before"
    outcome = published(at, scripted, "1,10,a,otto", "2,25,B,", "4,,d,")
    found = outcome.entry.difference
    assert found
    page = to_report(DAY, outcome).metadata["difference"].value
    assert page.startswith("3 → 3 rows: 1 added, 1 removed, 2 changed\n\n| column |")
    assert f"\n| amount | 1 | 20 → 25 (day={DAY}, id=2) | 60 | 35 |" in page
    assert (found.rows_before, found.rows_after) == (3, 3)
    assert (found.rows_added, found.rows_removed, found.rows_changed) == (1, 1, 2)
    assert found.columns["amount"].examples == [{"day": DAY, "id": 2, "_before": 20, "_after": 25}]
    assert found.columns["who"].examples == [{"day": DAY, "id": 1, "_before": "•••", "_after": "•••"}]
    assert found.columns["pair"].examples == [{"day": DAY, "id": 2, "_before": [20, 2], "_after": [25, 2]}]
    changed = ("amount", "word", "who", "age", "ratio", "price", "big", "raw", "pair", "record")
    assert {name: each.rows for name, each in found.columns.items()} == dict.fromkeys(changed, 1)
    assert "age" not in found.totals, "of one row it is that row's"
    assert found.totals == {"amount": [60, 35], "ratio": [7.5, 4.375], "price": [60.0, 35.0]}
    assert (found.schema, found.made_by, found.not_by_key) == ({}, [], "")
    assert at.publish("made", DAY)[0].entry.difference is None, "nothing is changed"


def test_an_example_is_no_longer_than_is_needed_to_read_it() -> None:
    for before, after, words in (
        (4.416666666666667, 49.416666666666664, "4.41667 → 49.4167"),
        (0.5, 0.25, "0.5 → 0.25"),
        (0.1, 0.10000000000000002, "0.1 → 0.10000000000000002"),
        (12345678.5, 12345679.5, "12345678.5 → 12345679.5"),
        (None, 1.5, "null → 1.5"),
        (float("nan"), 1.5, "nan → 1.5"),
    ):
        example = {"id": 1, "_before": before, "_after": after}
        [row] = column_rows(Difference(columns={"mean": ColumnDifference(1, [example])}))
        assert row[2] == f"{words} (id=1)"


class Small(Contract):
    """Rows, of which those that are published may break the contract."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    n: Integer = column("Amount.", nullable=True)
    word: Text = column("Word.", nullable=True)


TABLE = DerivedTable(Derived(name="small", contract=Small, key=["day", "id"], partition=daily(), sql="select 1"))
SLICES = TABLE.slices([daily().of(DAY)])
DATE = pd.Timestamp(DAY).date()


@contextmanager
def swapping(home: Path) -> Iterator[tuple[Session, Swap]]:
    """A swap, with an empty table in production; nothing of it is kept."""
    with DuckDBWarehouse(home / "warehouse.duckdb").session() as session:
        try:
            with session.swapping("production/small") as swap:
                ensure_table(session, swap, "production", TABLE)
                yield session, swap
                raise LookupError  # the end of it
        except LookupError:
            return


def difference(session: Session, swap: Swap, before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]) -> Difference:
    """What takes place if these rows, each (id, n, word), are published after those."""
    relation = session.relation("production", "small")
    swap.execute(f"DELETE FROM {relation}")
    session.scratch_arrow("_after", rows(before))
    swap.execute(f"INSERT INTO {relation} SELECT day, id, n, word FROM _after")
    session.scratch_arrow("_after", rows(after))
    stands, comes = (Entry.passed("production/small", DAY, v, len(r)) for v, r in (("v1", before), ("v2", after)))
    found = differences(session, "production", TABLE, SLICES, "_after", {DAY: stands}, {DAY: comes})()
    return found[DAY]


def rows(given: list[tuple[Any, ...]]) -> pa.Table:
    schema = pa.schema([*TABLE.spec.schema, pa.field("_slice", pa.string())])
    return pa.Table.from_pylist(
        [{"day": DATE, "id": i, "n": n, "word": word, "_slice": DAY} for i, n, word in given], schema
    )


rows_of_a_side = st.dictionaries(
    st.integers(0, 5), st.tuples(st.none() | st.integers(-(2**63), 2**63 - 1), st.sampled_from(["a", "b", "", None]))
).map(lambda found: [(i, *values) for i, values in found.items()])


NAMES = tuple(enumerate(("id", "n", "word")))


def _same(one: Any, other: Any) -> Any:
    return (one == other) | (one.isna() & other.isna())


def test_figures_are_those_of_pandas(tmp_path: Path) -> None:
    with swapping(tmp_path) as (session, swap):

        @settings(max_examples=25, deadline=None, database=None)
        @given(rows_of_a_side, rows_of_a_side)
        def agrees(before: list[Any], after: list[Any]) -> None:
            frames = [
                pd.DataFrame({name: pd.Series([row[place] for row in given], dtype=object) for place, name in NAMES})
                for given in (before, after)
            ]
            joined: Any = frames[0].merge(frames[1], how="outer", on="id", indicator="side")
            both = joined[joined["side"] == "both"]
            same = {name: _same(both[f"{name}_x"], both[f"{name}_y"]) for name in ("n", "word")}
            found = difference(session, swap, before, after)
            if before or after:
                assert found.rows_added == (joined["side"] == "right_only").sum()
                assert found.rows_removed == (joined["side"] == "left_only").sum()
                assert found.rows_changed == (~(same["n"] & same["word"])).sum()
                values = [list(frame["n"].dropna()) for frame in frames]
                assert found.totals["n"] == [sum(each) if each else None for each in values]
            changed = {name: int((~each).sum()) for name, each in same.items() if not each.all()}
            assert {name: each.rows for name, each in found.columns.items()} == changed

        agrees()


def test_a_key_that_is_not_one_is_no_key(tmp_path: Path) -> None:
    with swapping(tmp_path) as (session, swap):
        twice = difference(session, swap, [(1, 1, "a"), (1, 2, "b"), (2, 0, "")], [(1, 1, "a")])
        assert twice.not_by_key == "the key (day, id) is not unique in the rows that are published"
        assert (twice.rows_added, twice.rows_removed, twice.rows_changed, twice.share) == (None, None, None, 1.0)
        null = difference(session, swap, [(None, 1, "a"), (2, 0, "")], [(1, 1, "a")])
        assert null.not_by_key == "the key (day, id) is null in 1 of the rows that are published"
        assert (null.rows_before, null.rows_after) == (2, 1)


def test_columns_that_only_one_side_has_are_named_and_not_compared(tmp_path: Path) -> None:
    with swapping(tmp_path) as (session, swap):
        relation = session.relation("production", "small")
        swap.execute(f"ALTER TABLE {relation} DROP COLUMN word")
        swap.execute(f"ALTER TABLE {relation} ADD COLUMN older BIGINT")
        swap.execute(f"ALTER TABLE {relation} ALTER COLUMN n TYPE VARCHAR")
        swap.execute(f"INSERT INTO {relation} (day, id, n) VALUES (DATE '{DAY}', 1, '1')")
        session.scratch_arrow("_after", rows([(1, 2, "a")]))
        stands = Entry.passed("production/small", DAY, "v1", 1, made_by={"transformed/small": ["k1/c1/date"]})
        comes = replace(stands, version="v2", made_by={"transformed/small": ["k2/c1/date"]})
        found = differences(session, "production", TABLE, SLICES, "_after", {DAY: stands}, {DAY: comes})()[DAY]
        assert found.schema == {"word": "added", "older": "removed", "n": "type"}
        assert (found.rows_changed, found.columns) == (0, {})
        assert found.made_by == [{"asset": "transformed/small", "changed": "contract"}]
