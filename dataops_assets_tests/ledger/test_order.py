"""Which entry of a partition is the newest does not depend on the clocks of those who write them."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataops_assets.ledger import entries as ledger
from dataops_assets.model import Contract, Date, Derived, Integer, column
from dataops_assets_tests import place as place_module
from dataops_assets_tests.backends import StorageIn
from dataops_assets_tests.ledger.conftest import Clock
from dataops_assets_tests.place import DAY, Place, Scripted, daily, jsonl, place, source

BOTH = pytest.mark.usefixtures("each_backend")


class Rows(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.", ge=0, severity="stop")


def a_place(home: Path) -> tuple[Place, Scripted]:
    scripted = Scripted()
    sql = "select day, id from staged.t where day >= @window_start and day < @window_end"
    made = Derived(name="made", contract=Rows, key=["day", "id"], partition=daily(), publish=True, sql=sql)
    return place(home, source(Rows, scripted, write="replace"), made), scripted


def extract(at: Place, scripted: Scripted, *ids: int) -> None:
    scripted.answer(DAY, jsonl(*({"day": DAY, "id": number} for number in ids)))
    at.extract("t", DAY)


def build(at: Place) -> list[str]:
    """Load, transform and publish; the verdicts."""
    steps = ((at.load, "t"), (at.transform, "made"), (at.publish, "made"))
    return [outcome.entry.verdict for step, name in steps for outcome in step(name, DAY)]


def ids(at: Place, relation: str = "production.made") -> list[int]:
    return [row["id"] for row in at.rows(f"SELECT id FROM {relation}")]


def without_sequence(at: Place) -> None:
    """Make the ledger what it was before its entries were numbered."""
    warehouse = at.project.storage.warehouse
    with warehouse.session() as session, session.swapping("staged/t") as swap:
        relation = session.relation(warehouse.staging, ledger.TABLE)
        swap.define(f"ALTER TABLE {relation} DROP COLUMN sequence")


@BOTH
def test_a_correction_after_a_run_whose_clock_was_a_day_ahead_is_published(tmp_path: Path, clock: Clock) -> None:
    at, scripted = a_place(tmp_path)
    clock(24)
    extract(at, scripted, 1, 2)
    assert build(at) == ["passed"] * 3
    clock(0)
    extract(at, scripted, 1, 3)
    assert build(at) == ["passed"] * 3
    assert ids(at) == [1, 3]
    at.verify()


@BOTH
def test_a_refusal_after_a_run_whose_clock_was_a_day_ahead_holds_what_is_built_on_it(
    tmp_path: Path, clock: Clock
) -> None:
    at, scripted = a_place(tmp_path)
    clock(24)
    extract(at, scripted, 1, 2)
    assert build(at) == ["passed"] * 3
    clock(0)
    extract(at, scripted, -1)
    assert build(at) == ["failed", "held", "held"]
    assert ids(at) == [1, 2]
    clock(-24)
    extract(at, scripted, 4)
    assert build(at) == ["passed"] * 3
    assert ids(at) == [4]
    at.verify()


def test_a_ledger_of_before_is_ordered_by_its_clock_and_everything_new_comes_after_it(
    tmp_path: Path, clock: Clock
) -> None:
    at, scripted = a_place(tmp_path)
    for hours, number in ((0, 1), (1, 2)):
        clock(hours)
        extract(at, scripted, number)
        assert build(at) == ["passed"] * 3
    without_sequence(at)
    at.verify()
    assert [outcome.changed for outcome in at.load("t", DAY)] == [False]  # the newest is still known
    clock(-24)
    extract(at, scripted, 3)
    assert build(at) == ["passed"] * 3
    assert ids(at) == [3]
    at.verify()
    numbers = at.rows(f"SELECT sequence AS n FROM staging.{ledger.TABLE} WHERE asset = 'staged/t'")
    assert sorted(row["n"] or 0 for row in numbers) == [0, 0, 1]


STEP = st.one_of(
    st.tuples(st.just("extract"), st.sampled_from([(1,), (1, 2), (3,), (-1,)])),
    st.tuples(st.sampled_from(["load", "transform", "publish"]), st.just(())),
)
HOURS = st.sampled_from([-30, -1, 0, 1, 30])


def carried_out(home: Path, steps: Sequence[tuple[int, tuple[str, tuple[int, ...]]]], clock: Clock | None) -> Any:
    """What stands, and what the ledger takes for the newest, after each step and at the end."""
    at, scripted = a_place(home)
    extract(at, scripted, 0)
    seen: list[Any] = [build(at)]
    for hours, (word, numbers) in steps:
        if clock:
            clock(hours)
        if word == "extract":
            extract(at, scripted, *numbers)
            continue
        for outcome in getattr(at, word)("t" if word == "load" else "made", DAY):
            seen.append((word, outcome.entry.verdict, outcome.entry.version, outcome.refusal))
    seen.append(build(at))
    at.verify()
    return [ids(at, relation) for relation in ("staging.raw_t", "staging.made", "production.made")], _nameless(seen)


def _nameless(seen: list[Any]) -> str:
    """Without the names of attempts, which are moments."""
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.\-]+Z", "ATTEMPT", str(seen))


RELAXED: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def any_clock(steps: Sequence[tuple[int, tuple[str, tuple[int, ...]]]], clock: Clock) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clock(0)
        right = carried_out(Path(folder) / "right", steps, None)
        assert carried_out(Path(folder) / "moved", steps, clock) == right


@pytest.mark.slow
@settings(max_examples=5, **RELAXED)
@given(steps=st.lists(st.tuples(HOURS, STEP), min_size=4, max_size=16))
def test_no_movement_of_the_clock_changes_anything_deeply(clock: Clock, steps: Any) -> None:
    any_clock(steps, clock)


@pytest.mark.cloud
@settings(max_examples=2, **RELAXED)
@given(steps=st.lists(st.tuples(HOURS, STEP), min_size=3, max_size=5))
def test_no_movement_of_the_clock_changes_anything_in_the_cloud(
    storage_in: StorageIn, clock: Clock, steps: Any
) -> None:
    place_module.STORAGE.append(storage_in)
    try:
        any_clock(steps, clock)
    finally:
        place_module.STORAGE.pop()
