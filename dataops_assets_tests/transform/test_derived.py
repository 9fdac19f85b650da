"""A transformation that gives another table than its contract says is refused; the old rows stand."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dataops_assets.model import Contract, Daily, Date, Derived, Float, Integer, Source, Text, Window, column
from dataops_assets_tests.place import DAY, Place, Scripted, daily, jsonl, place

EACH_BACKEND = pytest.mark.usefixtures("each_backend")

NEXT = "2024-01-02"


class Raw(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Integer = column("Amount.", nullable=True)


class Made(Contract):
    """Made rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    share: Float = column("Share.", ge=0, le=1)
    word: Text = column("Word.", nullable=True)


SOUND = """
    select day, id, amount / 10 as share, 'a' as word from staged.t
    where day >= @window_start and day < @window_end
"""


def made(sql: str | None = SOUND, function: Any = None, **more: Any) -> Derived:
    return Derived(
        name="made",
        contract=Made,
        key=["day", "id"],
        partition=daily(),
        publish=True,
        sql=sql,
        function=function,
        **more,
    )


def a_place(home: Path, derived: Derived, amounts: Any = (1, 2)) -> Place:
    scripted = Scripted(
        {
            day: [jsonl(*({"day": day, "id": n, "amount": amount} for n, amount in enumerate(amounts)))]
            for day in (DAY, NEXT)
        }
    )
    source = Source(name="t", extract=scripted, contract=Raw, key=["day", "id"], partition=daily())
    return place(home, source, derived)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two days built and published by a sound transformation."""
    home = tmp_path_factory.mktemp("built")
    old = a_place(home, made())
    old.take("t", DAY, NEXT)
    assert [outcome.refusal for outcome in old.transform("made", DAY, NEXT)] == ["", ""]
    assert [outcome.refusal for outcome in old.publish("made", DAY, NEXT)] == ["", ""]
    return home


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(built, tmp_path / "home")


ROWS = "SELECT * FROM staging.made"


def refused(home: Path, derived: Derived) -> list[str]:
    """The reasons why a new transformation is refused for two days; the rows of the old one stand."""
    new = a_place(home, derived)
    before = new.rows(ROWS)
    outcomes = new.transform("made", DAY, NEXT)
    assert new.rows(ROWS) == before
    assert len(before) == 4
    return [outcome.refusal for outcome in outcomes]


def test_what_is_refused_is_not_published_and_what_was_published_stands(home: Path) -> None:
    assert all(refused(home, made(SQL["repeated key"][0])))
    new = a_place(home, made(SQL["repeated key"][0]))
    before = new.rows("SELECT * FROM production.made")
    for outcome in new.publish("made", DAY, NEXT):
        assert "the last validation of transformed/made says failed: " in outcome.refusal
    assert new.rows("SELECT * FROM production.made") == before
    new.verify()


SQL: dict[str, tuple[str, list[str]]] = {
    "missing column": (
        SOUND.replace(", 'a' as word", ""),
        ["transformed/made", "contract Made", "missing ['word']", "change one of them"],
    ),
    "extra column": (SOUND.replace("'a' as word", "'a' as word, 1 as more"), ["not in the contract ['more']"]),
    "wrong type": (
        SOUND.replace("amount / 10", "'x'"),
        ["column 'share'", "gives string", "the contract says double", "CAST it"],
    ),
    "a float for an integer": (SOUND.replace("id,", "id + 0.5e0 as id,"), ["column 'id'", "the contract says int64"]),
    "rows outside the window": (
        "select cast(date_add(day, interval 5 day) as date) as day, id, 0.5 as share, 'a' as word from staged.t",
        ["4 rows outside the window 2024-01-0", "filter by day"],
    ),
    "repeated key": (
        SOUND.replace("from staged.t", "from staged.t cross join (select 1 as n union all select 2)"),
        ["2 rows repeat the key (day, id)", "near day=2024-01-0", "a join that multiplies rows"],
    ),
    "null": (SOUND.replace("amount / 10", "cast(null as float64)"), ["2 of 2 rows break the check 'share.not_null'"]),
    "null in the key": (SOUND.replace("id,", "nullif(id, 1) as id,"), ["1 of 2 rows break the check 'id.not_null'"]),
    "out of range": (SOUND.replace("amount / 10", "amount * 1.0"), ["1 of 2 rows break the check 'share.le'"]),
    "not finite": (SOUND.replace("amount / 10", "cast('NaN' as float64)"), ["2 of 2 rows", "'share.finite'"]),
}  # fmt: skip


@pytest.mark.parametrize("case", SQL)
def test_sql_that_gives_another_table(home: Path, case: str) -> None:
    sql, words = SQL[case]
    for reason in refused(home, made(sql)):
        assert [word for word in words if word not in reason] == [], reason


def frame(t: pd.DataFrame, window: Window) -> pd.DataFrame:
    start, end = (pd.Timestamp(moment).tz_localize(None) for moment in (window.start, window.end))
    rows = t[(t["day"] >= start) & (t["day"] < end)]
    return pd.DataFrame({"day": rows["day"], "id": rows["id"], "share": rows["amount"] / 10, "word": "a"})


FRAMES: dict[str, tuple[Any, list[str]]] = {
    "no frame": (lambda rows: 7, ["the function returned int, not a pandas DataFrame"]),
    "missing column": (lambda rows: rows.drop(columns="share"), ["missing ['share']"]),
    "extra column": (lambda rows: rows.assign(more=1), ["not in the contract ['more']"]),
    "wrong type": (lambda rows: rows.assign(share="x"), ["column 'share'", "cannot be double as the contract says"]),
    "a fraction": (lambda rows: rows.assign(id=1.5), ["column 'id'", "float64", "cannot be int64"]),
    "a time of day": (
        lambda rows: rows.assign(day=rows["day"] + pd.Timedelta(hours=1)), ["column 'day'", "cannot be date32"],
    ),
    "numbers for text": (lambda rows: rows.assign(word=7), ["column 'word'", "cannot be string"]),
    "NaN where nothing may be missing": (lambda rows: rows.assign(share=float("nan")), ["'share.not_null'"]),
    "infinity": (lambda rows: rows.assign(share=float("inf")), ["'share.finite'"]),
    "outside": (lambda rows: rows.assign(day=rows["day"] + pd.Timedelta(days=9)), ["rows outside the window"]),
    "repeated": (lambda rows: pd.concat([rows, rows]), ["2 rows repeat the key"]),
}  # fmt: skip


@pytest.mark.parametrize("case", FRAMES)
def test_a_function_that_gives_another_table(home: Path, case: str) -> None:
    change, words = FRAMES[case]

    def function(t: pd.DataFrame, window: Window) -> Any:
        return change(frame(t, window))

    for reason in refused(home, made(None, function)):
        assert [word for word in words if word not in reason] == [], reason


def test_a_function_that_raises_changes_nothing(home: Path) -> None:
    def function(t: pd.DataFrame) -> pd.DataFrame:
        raise KeyError("amount")

    for reason in refused(home, made(None, function)):
        assert "the function raised KeyError: 'amount'" in reason
        assert "test_derived.py, line " in reason
    at = a_place(home, made())
    assert len(at.rows("SELECT * FROM production.made")) == 4
    at.verify()


def stumbling(t: pd.DataFrame, window: Window) -> pd.DataFrame:
    rows = frame(t, window)
    if (rows["day"] == pd.Timestamp(DAY)).any():
        raise ZeroDivisionError("a rate of nothing")
    return rows


def astray(t: pd.DataFrame, window: Window) -> pd.DataFrame:
    rows = frame(t, window)
    return rows.assign(day=rows["day"].where(rows["day"] != pd.Timestamp(DAY), pd.Timestamp("2024-03-01")))


APART: dict[str, tuple[Any, str]] = {
    "function": (stumbling, "the function raised ZeroDivisionError: a rate of nothing"),
    "outside": (astray, f"gave 2 rows outside the window {DAY}..{DAY}"),
}


def fails_alone(home: Path, derived: Derived, words: str) -> None:
    """The first of two days fails, saying so, and the second does not."""
    at = a_place(home, derived)
    at.take("t", DAY, NEXT)
    bad, good = at.transform("made", DAY, NEXT)
    assert words in bad.refusal
    assert (bad.entry.verdict, good.entry.verdict) == ("failed", "passed")
    assert {row["day"].isoformat() for row in at.rows("SELECT day FROM staging.made")} == {NEXT}
    at.verify()


@EACH_BACKEND
@pytest.mark.parametrize("case", APART)
def test_what_cannot_be_computed_for_a_day_is_no_matter_of_the_others(tmp_path: Path, case: str) -> None:
    function, words = APART[case]
    fails_alone(tmp_path, made(None, function), words)


def test_a_value_that_ends_a_query_is_no_matter_of_the_other_days(tmp_path: Path) -> None:
    # Here only: asked what a query would give, the stand-in of BigQuery runs it, and has it refused for all days.
    share = f"cast(if(day = date '{DAY}', format_date('%A', day), '0.5') as float64)"
    fails_alone(tmp_path, made(SOUND.replace("amount / 10", share)), "the warehouse refuses the query")


def test_a_function_that_always_raises_is_not_tried_for_each_day(tmp_path: Path) -> None:
    calls = []

    def function(t: pd.DataFrame) -> pd.DataFrame:
        calls.append(len(t))
        raise KeyError("no such column")

    days = [f"2024-01-{day:02}" for day in range(1, 32)] + [f"2024-02-{day:02}" for day in range(1, 30)]
    scripted = Scripted({day: [jsonl({"day": day, "id": 1, "amount": 1})] for day in days})
    by = Daily(start=days[0], column="day")
    source = Source(name="t", extract=scripted, contract=Raw, key=["day", "id"], partition=by)
    at = place(tmp_path, source, replace(made(None, function), partition=by))
    at.take("t", *days)
    assert all("the function raised KeyError" in outcome.refusal for outcome in at.transform("made", *days))
    assert len(calls) < 40


@EACH_BACKEND
def test_a_bad_day_is_refused_and_the_others_go_through(tmp_path: Path) -> None:
    at = a_place(tmp_path, made(SOUND.replace("amount / 10", f"if(day = date '{DAY}', -1.0, 0.5)")))
    at.take("t", DAY, NEXT)
    bad, good = at.transform("made", DAY, NEXT)
    assert "'share.ge'" in bad.refusal
    assert not good.refusal
    assert [row["day"].isoformat() for row in at.rows("SELECT day FROM staging.made")] == [NEXT] * 2
    assert [bool(outcome.refusal) for outcome in at.publish("made", DAY, NEXT)] == [True, False]
    at.verify()


@EACH_BACKEND
def test_a_function_gets_the_columns_that_it_asks_for(tmp_path: Path) -> None:
    seen = []

    def function(t: pd.DataFrame) -> pd.DataFrame:
        seen.append(list(t.columns))
        return t.assign(day=pd.Timestamp(DAY), share=0.5, word="a")

    at = a_place(tmp_path, made(None, function, columns={"t": ["id"]}))
    at.take("t", DAY, NEXT)
    assert [outcome.refusal for outcome in at.transform("made", DAY)] == [""]
    assert seen == [["id"]]
    assert [row["id"] for row in at.rows("SELECT id FROM staging.made ORDER BY id")] == [0, 1]


@EACH_BACKEND
def test_a_window_too_large_for_memory_is_refused(tmp_path: Path) -> None:
    def function(t: pd.DataFrame) -> pd.DataFrame:
        return t.assign(share=t["amount"] / 10, word="a").loc[:, ["day", "id", "share", "word"]]

    at = a_place(tmp_path, made(None, function))
    at.take("t", DAY)
    warehouse: Any = at.project.storage.warehouse
    warehouse.limit = 1
    (outcome,) = at.transform("made", DAY)
    assert "reads more than 1 rows of staged/t" in outcome.refusal
    assert "Write it in SQL" in outcome.refusal
    warehouse.limit = 2
    (outcome,) = at.transform("made", DAY)
    assert (outcome.refusal, outcome.entry.rows) == ("", 2)


@EACH_BACKEND
def test_a_result_without_rows_is_a_result(tmp_path: Path) -> None:
    at = a_place(tmp_path, made(SOUND + " and id > 100"))
    at.take("t", DAY)
    (outcome,) = at.transform("made", DAY)
    assert (outcome.refusal, outcome.entry.rows) == ("", 0)
    assert not at.publish("made", DAY)[0].refusal
    at.verify()


@EACH_BACKEND
def test_types_that_hold_the_same_values_are_taken(tmp_path: Path) -> None:
    wider = SOUND.replace("id,", "cast(id as numeric) as id,").replace("amount / 10", "1").replace("'a'", "null")
    at = a_place(tmp_path, made(wider.replace("cast(id as numeric)", "sum(id)") + " group by day"))
    at.take("t", DAY)
    assert not at.transform("made", DAY)[0].refusal
    assert at.rows("SELECT id, share, word FROM staging.made") == [{"id": 1, "share": 1.0, "word": None}]
    at.verify()
