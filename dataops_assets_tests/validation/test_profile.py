"""Profiles are what numpy computes of the same rows, on either engine, and those of several partitions add up."""

import math
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dataops_assets.contracts.reading import table_spec
from dataops_assets.dialects.base import NUMERIC_TYPE
from dataops_assets.ledger import profiles
from dataops_assets.model import (
    Boolean,
    Bytes,
    Contract,
    Correlation,
    Date,
    Drift,
    Float,
    Integer,
    Mean,
    NullShare,
    Numeric,
    Scale,
    Text,
    Timestamp,
    Volume,
    column,
)
from dataops_assets.model.severity import Severity
from dataops_assets.validation import profiling
from dataops_assets.validation.profile import MOST_VALUES, Profile, merged
from dataops_assets.validation.profiling import Profiling
from dataops_assets.validation.track import Track
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse
from dataops_assets.warehouse.slices import Slices
from dataops_assets_tests.place import DAY, Place, Scripted, csv, parquet, place, source

CLOSE = 0.0055
"""Half the width of a bucket, as a share of the value."""


class Rows(Contract):
    """A column of each type."""

    whole: Integer = column("Integer.", nullable=True)
    real: Float = column("Float.", nullable=True)
    price: Numeric = column("Decimal.", nullable=True)
    word: Text = column("Text.", nullable=True)
    flag: Boolean = column("Boolean.", nullable=True)
    day: Date = column("Date.", nullable=True)
    moment: Timestamp = column("Timestamp.", nullable=True)
    blob: Bytes = column("Bytes.", nullable=True)
    person: Text = column("Name.", nullable=True, tags=["pii"])


SPEC = table_spec("staged/t", Rows, [], Severity.QUARANTINE)
PROFILING = Profiling(SPEC, [("whole", "real")])
NUMBERS = ("whole", "real", "price")

row = st.fixed_dictionaries(
    {
        "_slice": st.sampled_from(["a", "b", "c"]),
        "whole": st.none() | st.integers(-1000, 1000) | st.integers(-(2**53), 2**53),
        "real": st.none() | st.floats(-1e12, 1e12, allow_subnormal=False),
        "price": st.none() | st.decimals(-10000, 10000, places=2),
        "word": st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3),
        "flag": st.none() | st.booleans(),
        "day": st.none() | st.dates(date(2000, 1, 1)),
        "moment": st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
        "blob": st.none() | st.binary(max_size=2),
        "person": st.none() | st.sampled_from(["Ada", "Bo"]),
    }
)


def arrow(records: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(records, schema=pa.schema([("_slice", pa.string()), *SPEC.schema]))


def computed(session: Session, records: list[dict[str, Any]]) -> dict[str, Profile]:
    session.scratch_arrow("_rows", arrow(records))
    session.scratch_arrow("_parts", pa.table({"partition": ["a", "b", "c"]}))
    found = PROFILING.ask(session, "_rows", Slices(None, None, []), "COUNT(*) AS again")()
    return {key: PROFILING.read(rows, more) for key, rows, _, *more in found}


def agree(profile: Profile, records: list[dict[str, Any]], *, alone: bool = True) -> None:
    """The profile is that of these rows. alone: of one partition."""
    assert profile.rows == len(records)
    for name, found in profile.columns.items():
        values = [record[name] for record in records if record[name] is not None]
        assert (found.rows, found.nulls) == (len(records), len(records) - len(values)), name
        if name == "blob":
            assert found.distinct is None
            continue
        least, most = found.distinct, found.distinct_most
        assert least is not None
        assert most is not None
        assert least <= len(set(values)) <= most, name
        if alone or name in ("word", "flag"):
            assert least == len(set(values)), name
        if name in NUMBERS:
            of_numbers(found, np.array(values, float))
        elif name in ("word", "flag"):
            assert found.complete
            words = [str(value).lower() if name == "flag" else value for value in values]
            assert dict(found.values) == Counter(words)
            if name == "word":
                assert (found.least, found.most) == ((min(words), max(words)) if words else (None, None))
        elif name == "moment":
            assert dict(found.values) == Counter(f"{value.hour:02}" for value in values)
        elif name == "day":
            assert (found.least, found.most) == (str(min(values)), str(max(values))) if values else True
        if name == "person":
            assert (found.least, found.most, found.counts) == (None, None, ""), "personal data are in no profile"
    pair = profile.pairs["whole", "real"]
    both = [(r["whole"], r["real"]) for r in records if r["whole"] is not None and r["real"] is not None]
    assert pair.rows == len(both)
    if len(both) > 2 and min(np.std(both, axis=0) / (1 + np.abs(both).max(axis=0))) > 1e-6:
        assert pair.correlation == pytest.approx(np.corrcoef(np.array(both, float).T)[0, 1], abs=1e-6)


def of_numbers(found: Any, values: np.ndarray) -> None:
    if not len(values):
        assert (found.mean, found.sd, found.quantile(0.5)) == (None, None, None)
        return
    spread = max(1.0, float(np.abs(values).max()))
    assert found.mean == pytest.approx(values.mean(), abs=1e-9 * spread)
    assert found.sd == pytest.approx(values.std(), abs=1e-6 * spread)
    assert float(found.least) == pytest.approx(values.min())
    assert float(found.most) == pytest.approx(values.max())
    for q in (0.05, 0.25, 0.5, 0.75, 0.95):
        exact = float(np.quantile(values, q, method="inverted_cdf"))
        assert found.quantile(q) == pytest.approx(exact, rel=CLOSE, abs=1e-300), q
        if found.whole and abs(exact) < 92:
            assert found.quantile(q) == exact


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(row, min_size=1, max_size=30))
def test_profiles_are_numpys_and_add_up(records: list[dict[str, Any]]) -> None:
    with WAREHOUSE.session() as session:
        found = computed(session, records)
    for key, profile in found.items():
        agree(profile, [record for record in records if record["_slice"] == key])
    for name in NUMBERS:  # all partitions at once, as the checks have them
        columns = [profile.columns[name] for profile in found.values()]
        for each, range_ in zip(columns, Track(columns).middle_half, strict=True):
            low, high = each.quantile(0.25), each.quantile(0.75)
            assert math.isnan(range_) if low is None or high is None or each.filled < 4 else range_ == high - low
    agree(merged(list(found.values())), records, alone=len(found) == 1)


@pytest.fixture(autouse=True, scope="module")
def _warehouse(tmp_path_factory: pytest.TempPathFactory) -> None:
    global WAREHOUSE
    WAREHOUSE = DuckDBWarehouse(tmp_path_factory.mktemp("profiles") / "warehouse.duckdb")


WAREHOUSE: DuckDBWarehouse
NOTHING = dict.fromkeys(SPEC.names)


def test_a_float_without_a_value_is_missing_and_far_ones_are_kept() -> None:
    values = [math.inf, -math.inf, math.nan, 1e-300, 1e300, 0.0, -0.0, -5e-5]
    with WAREHOUSE.session() as session:
        found = computed(session, [{**NOTHING, "_slice": "a", "real": value} for value in values])
    real = found["a"].columns["real"]
    assert (real.rows, real.filled) == (8, 5)
    assert [real.quantile(q) for q in (0.2, 0.4, 1.0)] == [pytest.approx(-5e-5, rel=CLOSE), 0.0, 1e300]


def test_a_text_of_many_values_is_counted_no_more_and_adds_up_to_bounds() -> None:
    words = [f"w{number}" for number in range(MOST_VALUES + 1)]
    records = [{**NOTHING, "_slice": "a", "word": word} for word in words]
    records += [{**NOTHING, "_slice": "b", "word": word} for word in words[:3]]
    with WAREHOUSE.session() as session:
        found = computed(session, records)
    many = found["a"].columns["word"]
    assert (many.distinct, many.complete, many.counts) == (MOST_VALUES + 1, False, "")
    both = merged([*found.values()]).columns["word"]
    assert (both.distinct, both.distinct_most, both.complete) == (MOST_VALUES + 1, MOST_VALUES + 4, False)


class Day(Contract, quarantine_above=0.5):
    """What a day has."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Float = column("Amount.", nullable=True, le=100)


def at_place(tmp_path: Path, told: Scripted, **more: Any) -> Place:
    return place(tmp_path, source(Day, told, statistics=[Correlation(one="id", other="amount")], **more))


def stored(at: Place) -> dict[str, Profile]:
    warehouse = at.project.storage.warehouse
    with warehouse.session() as session, session.reading():
        return profiles.between(session, warehouse.staging, "staged/t", "", "~")()


@pytest.mark.usefixtures("each_backend")
def test_a_load_keeps_the_profile_of_the_rows_that_stand(tmp_path: Path) -> None:
    told = Scripted({DAY: [csv("day,id,amount", f"{DAY},1,2.5", f"{DAY},2,", f"{DAY},3,4.5", f"{DAY},4,101")]})
    at = at_place(tmp_path, told)
    at.take("t", DAY)
    profile = stored(at)[DAY]
    amount = profile.columns["amount"]
    assert (profile.rows, amount.nulls, amount.distinct, amount.mean, amount.sd) == (3, 1, 2, 3.5, 1.0)
    assert (float(amount.least or 0), float(amount.most or 0), amount.quantile(0.5)) == (2.5, 4.5, 2.5)
    assert profile.columns["day"].least == DAY
    pair = profile.pairs["id", "amount"]
    assert (pair.rows, pair.correlation) == (2, pytest.approx(1.0))

    told.answer(DAY, csv("day,id,amount", f"{DAY},1,-7"))
    at.take("t", DAY)
    amount = stored(at)[DAY].columns["amount"]
    assert (amount.rows, amount.nulls, amount.mean, amount.quantile(0.5)) == (1, 0, -7.0, -7.0), "replaced"

    told.answer(DAY, csv("day,id,amount", f"{DAY},1,999", f"{DAY},2,999"))
    assert at.take("t", DAY)[0].refusal
    assert stored(at)[DAY].rows == 1, "of a load that was refused nothing is kept"
    at.verify()


class Anything(Contract):
    """A column of each kind."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    whole: Integer = column("Integer.", nullable=True)
    real: Float = column("Float.", nullable=True)
    price: Numeric = column("Decimal.", nullable=True)
    word: Text = column("Text.", nullable=True)
    flag: Boolean = column("Boolean.", nullable=True)
    moment: Timestamp = column("Timestamp.", nullable=True)
    blob: Bytes = column("Bytes.", nullable=True)
    tags: Annotated[pd.ArrowDtype, pa.list_(pa.string())] = column("List.", nullable=True)
    pay: Integer = column("Personal.", nullable=True, tags=["pii"])


GREATEST = "99999999999999999999999999999.999999999"
FAR: dict[str, list[Any]] = {
    "whole": [2**63 - 1, -(2**63), 0, None],
    "real": [1.7976931348623157e308, -1.7976931348623157e308, 5e-324, -0.0],
    "price": [Decimal(GREATEST), Decimal(f"-{GREATEST}"), Decimal("0.000000001"), Decimal(0)],
    "word": ["\"\\'\n\r\t\x01\x7f", "\u2028😀" * 150, "x" * 100_000, ""],
    "flag": [True, False, None, None],
    "moment": [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, UTC), None, None],
    "blob": [b"\0", b"", None, None],
    "tags": [["a", "a"], [], ["b"], None],
    "pay": [7, 7, 8, None],
}


@pytest.mark.usefixtures("each_backend")
def test_no_value_keeps_a_partition_from_its_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prices = pa.array(FAR["price"], NUMERIC_TYPE)
    far = pa.table({"day": [DAY] * 4, "id": [1, 2, 3, 4], **FAR, "price": prices})
    told = Scripted({DAY: [parquet(far)]})
    statistics = [Volume(), Mean(), Scale(), Drift(), NullShare()]
    at = place(tmp_path, source(Anything, told, statistics=statistics, allow_empty=True))
    (outcome,) = at.take("t", DAY)
    assert not outcome.refusal
    found = stored(at)[DAY]
    assert {name: (column.nulls, column.distinct) for name, column in found.columns.items()} == {
        "day": (0, 1),
        "id": (0, 4),
        "whole": (1, 3),
        "real": (0, 4),
        "price": (0, 4),
        "word": (0, 4),
        "flag": (2, 2),
        "moment": (2, 2),
        "blob": (2, None),
        "tags": (found.columns["tags"].nulls, None),
        "pay": (1, None),
    }
    real, pay = found.columns["real"], found.columns["pay"]
    assert (real.mean, real.variance, real.quantile(0.4)) == (None, None, 0.0), "their squares are no floats"
    assert found.columns["whole"].quantile(1) == pytest.approx(2**63)
    assert sum(found.columns["word"].values.values()) == 4
    assert (pay.least, pay.most, pay.mean, pay.counts) == (None, None, None, ""), "of personal data there is no value"

    told.answer(DAY, parquet(far.slice(0, 0)))
    at.take("t", DAY)
    assert (stored(at)[DAY].rows, stored(at)[DAY].columns["real"].mean) == (0, None)

    # What nobody has thought of: the engine refuses the query, and the rows are written without a profile.
    monkeypatch.setattr(profiling, "_FARTHEST", math.inf)
    told.answer(DAY, parquet(far))
    (outcome,) = at.take("t", DAY)
    assert (outcome.refusal, outcome.entry.rows) == ("", 4)
    assert stored(at)[DAY] == Profile(4, version=outcome.entry.version)
    at.verify()
