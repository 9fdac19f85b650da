"""SqlTable and SqlQuery on real SQLite files."""

import contextlib
import io
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dataops_assets.model.partitions import Hourly
from dataops_assets.sources import (
    Env,
    PermanentSourceError,
    Request,
    SqlQuery,
    SqlTable,
    TransientSourceError,
    watermark,
)
from dataops_assets_tests.sources.conftest import take


@pytest.fixture
def make(tmp_path):
    """Create a table with rows; the URI of its database."""

    def create(columns, rows, name="t"):
        path = tmp_path / "some base.db"
        quoted = '"' + name.replace('"', '""') + '"'
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            database.execute(f"CREATE TABLE {quoted} ({columns})")
            marks = ", ".join("?" * len(columns.split(",")))
            database.executemany(f"INSERT INTO {quoted} VALUES ({marks})", rows)
        return f"sqlite:///{path}"

    return create


def run(url, statement, *values):
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database, database:
        database.execute(statement, values)


def test_a_whole_table(make):
    url = make("id integer, name text, price real, data blob", [(1, "é\0x", 0.1, b"\0\xff"), (None,) * 4])
    taken = take(SqlTable(url, "t"))
    assert taken.table.to_pylist() == [
        {"id": 1, "name": "é\0x", "price": 0.1, "data": b"\0\xff"},
        {"id": None, "name": None, "price": None, "data": None},
    ]
    ((file, _),) = taken.files
    assert (file.name, file.rows) == ("part-00000.parquet", 2)
    assert file.columns == {"id": "int64", "name": "string", "price": "double", "data": "binary"}
    assert taken.source == {"kind": "sql", "url": url, "table": "t"}
    assert taken.watermark is None


def test_columns_that_change_type_after_the_first_batch(make):
    early, late = [(None, 1, 1, 1, 1, None)] * 3000, [("text", 1.5, "text", 2**62, 2, b"\x01")] * 3
    last = [(5, 2, 7, 0.5, None, "end")]
    url = make("a, b integer, c integer, d, e, f", early + late + last)
    table = take(SqlTable(url, "t")).table
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds == {"a": "string", "b": "double", "c": "string", "d": "string", "e": "int64", "f": "string"}
    assert table.num_rows == 3004
    assert table.slice(2999, 2).to_pylist()[0] == {"a": None, "b": 1.0, "c": "1", "d": "1", "e": 1, "f": None}
    assert table.slice(3000, 1).to_pylist() == [
        {"a": "text", "b": 1.5, "c": "text", "d": str(2**62), "e": 2, "f": "x'01'"}
    ]
    assert table.slice(3003).to_pylist() == [{"a": "5", "b": 2.0, "c": "7", "d": "0.5", "e": None, "f": "end"}]


def test_reals_as_text_keep_all_their_digits(make):
    values = [0.1, 1 / 3, 1e300, -5e-324, float("inf"), 2**60 + 1]
    url = make("a", [(value,) for value in [*values, "x"]])
    texts = take(SqlTable(url, "t")).table["a"].to_pylist()
    assert [float(text.replace("Inf", "inf")) for text in texts[:5]] == values[:5]
    assert texts[5:] == [str(2**60 + 1), "x"]


def test_an_empty_table_still_has_its_columns(make):
    url = make("a integer, b varchar(3), c double, d, e blob, f date, g decimal(9)", [])
    ((file, _),) = take(SqlTable(url, "t")).files
    assert file.rows == 0
    assert file.columns == {
        "a": "int64",
        "b": "string",
        "c": "double",
        "d": "string",
        "e": "binary",
        "f": "string",
        "g": "double",
    }
    assert take(SqlQuery(url, "select a, d from t")).files[0][0].columns == {"a": "string", "d": "string"}


def test_names_are_quoted(make):
    url = make('"we""ird; drop table t" integer, "select" text', [(1, "x")], name='or"der by')
    assert take(SqlTable(url, 'or"der by')).table.to_pylist() == [{'we"ird; drop table t': 1, "select": "x"}]


DAYS = [("2013-01-04", 1), ("2013-01-05", 2), ("2013-01-05 23:59:59", 3), ("2013-01-06", 4), (None, 5)]


def test_one_partition(make):
    url = make("day text, n integer", DAYS)
    taken = take(SqlTable(url, "t", columns=("n",), partition_column="day"), "2013-01-05")
    assert taken.table.to_pylist() == [{"n": 2}, {"n": 3}]
    assert taken.parameters == {"window_start": "2013-01-05", "window_end": "2013-01-06"}


def test_one_hour(make):
    url = make("at text", [("2013-01-05 09:59:59",), ("2013-01-05 10:00:00",), ("2013-01-05 11:00:00",)])
    hour = Hourly(start="2013-01-01", column="at").of("2013-01-05-10:00")
    (file,) = SqlTable(url, "t", partition_column="at").extract(Request("t", hour)).files
    b"".join(file.chunks)
    assert file.rows == 1


def test_partitions_by_number(make):
    url = make("at integer, n integer", [(1357344000, 1), (1357430399, 2), (1357430400, 3)])
    table = SqlTable(url, "t", partition_column="at", partition_format="epoch")
    assert take(table, "2013-01-05").table["n"].to_pylist() == [1, 2]
    with pytest.raises(PermanentSourceError, match=r"things \[2013-01-05\]: .*'at' is declared INTEGER.*epoch"):
        take(SqlTable(url, "t", partition_column="at"), "2013-01-05")
    with pytest.raises(PermanentSourceError, match="no partition was asked for"):
        take(table)


def test_a_query_with_its_window(make):
    url = make("day text, n integer", DAYS)
    query = "select day, n * 2 as twice from t where day >= @window_start and day < @window_end;"
    taken = take(SqlQuery(url, query), "2013-01-05")
    assert taken.table["twice"].to_pylist() == [4, 6]
    assert taken.source["query"] == query.rstrip(";")
    filtered = take(SqlQuery(url, "select * from t where day >= @window_start", partition_column="day"), "2013-01-05")
    assert filtered.table["n"].to_pylist() == [2, 3]
    with pytest.raises(PermanentSourceError, match="says @window_start, but the table has no partitions"):
        take(SqlQuery(url, query))


def test_incremental_keeps_ties_and_nulls(make):
    rows = [("2013-01-05 10:00:00", 1), ("2013-01-05 12:00:00", 2), (None, 3)]
    url = make("at text, n integer", rows)
    source = SqlTable(url, "t", cursor="at")
    first = take(source)
    assert first.table["n"].to_pylist() == [1, 2, 3]
    assert first.watermark == {"cursor": "at", "type": "text", "value": "2013-01-05 12:00:00"}
    run(url, "insert into t values ('2013-01-05 12:00:00', 4), ('2013-01-05 13:00:00', 5), (null, 6)")
    second = take(source, watermark=first.watermark)
    assert second.table["n"].to_pylist() == [2, 3, 4, 5, 6]
    assert second.watermark["value"] == "2013-01-05 13:00:00"
    assert second.parameters == {"since": "2013-01-05 12:00:00"}
    back = take(SqlTable(url, "t", cursor="at", lookback=timedelta(hours=3)), watermark=first.watermark)
    assert back.table["n"].to_pylist() == [1, 2, 3, 4, 5, 6]
    run(url, "delete from t")
    assert take(source, watermark=second.watermark).watermark == second.watermark


def test_incremental_by_number_and_its_mistakes(make):
    url = make("n integer, mixed", [(1, 1), (2**53 + 1, "x")])
    first = take(SqlTable(url, "t", cursor="n"))
    assert first.watermark["value"] == 2**53 + 1
    assert take(SqlTable(url, "t", cursor="n", lookback=2**53), watermark=first.watermark).rows == 2
    with pytest.raises(PermanentSourceError, match="timestamps need a timedelta, numbers a number"):
        take(SqlTable(url, "t", cursor="n", lookback=timedelta(1)), watermark=first.watermark)
    with pytest.raises(PermanentSourceError, match=r"'mixed' holds values of several types \(integer, text\)"):
        take(SqlTable(url, "t", cursor="mixed"))
    with pytest.raises(PermanentSourceError, match="no cursor column 'typo'"):
        take(SqlQuery(url, "select n from t", cursor="typo"))
    with pytest.raises(
        PermanentSourceError, match=r"not one of cursor 'n'.*: dataops run --select \+staged/things --full-refresh$"
    ):
        take(SqlTable(url, "t", cursor="n"), watermark={"cursor": "m", "type": "number", "value": 1})


def test_a_query_can_be_incremental(make):
    url = make("n integer", [(1,), (2,), (3,)])
    mark = {"cursor": "twice", "type": "number", "value": 4}
    taken = take(SqlQuery(url, "select n * 2 as twice from t order by n", cursor="twice"), watermark=mark)
    assert taken.table["twice"].to_pylist() == [4, 6]


def test_mistakes_are_named(make, tmp_path):
    url = make("n integer, s text", [(1, "a")])
    with pytest.raises(PermanentSourceError, match=r"no table or view 'flights'; it has \['t'\]"):
        take(SqlTable(url, "flights"))
    with pytest.raises(PermanentSourceError, match=r"no columns \['m'\] .*\['n', 's'\]"):
        take(SqlTable(url, "t", columns=("m",)))
    with pytest.raises(PermanentSourceError, match=r"(?s)things: .*no such column: m.*check the URL"):
        take(SqlQuery(url, "select m from t"))
    with pytest.raises(PermanentSourceError, match=r"columns \['a'\] come more than once"):
        take(SqlQuery(url, "select 1 as a, 2 as a"))
    with pytest.raises(PermanentSourceError, match=r"no database file .*nowhere\.db"):
        take(SqlTable(f"sqlite:///{tmp_path}/nowhere.db", "t"))
    assert not (tmp_path / "nowhere.db").exists()
    with pytest.raises(PermanentSourceError, match=r"'oracle'; known are sqlite://, postgresql://"):
        take(SqlTable("oracle://x", "t"))
    with pytest.raises(PermanentSourceError, match="DB_URL is not set"):
        take(SqlTable(Env("DB_URL"), "t"))


def test_text_that_is_none_is_named(make):
    url = make("s text", [("fine",)])
    run(url, "insert into t values (cast(x'41ff42' as text))")
    with pytest.raises(PermanentSourceError, match="column 's' holds what its type string cannot"):
        take(SqlTable(url, "t"))


def test_a_locked_database_is_worth_another_attempt(make):
    url = make("n integer", [(1,)])
    # In another process: SQLite's locks do not hold between two copies of the library in one process.
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('begin exclusive'); "
        "print(flush=True); input()"
    )
    path = url.removeprefix("sqlite:///")
    with subprocess.Popen(
        [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        other.stdout.readline()
        with pytest.raises(TransientSourceError, match=r"(?s)cannot be read now.*run this partition again"):
            take(SqlTable(url, "t"))
        other.communicate("\n")


def test_a_writer_in_between_is_not_seen(make):
    url = make("n", [(n,) for n in range(5000)])
    path = url.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("pragma journal_mode=wal")
    files = SqlTable(url, "t", row_group_rows=1000).extract(Request("t")).files
    file = next(files)
    head = next(file.chunks)
    # Types are already chosen: a text now would be neither an integer nor one of the rows that were there.
    writer = threading.Thread(target=run, args=(url, "update t set n = 'text'"))
    writer.start()
    writer.join()
    data = head + b"".join(file.chunks)
    assert pa.BufferReader(data).size() == len(data)
    assert (file.rows, file.columns) == (5000, {"n": "int64"})


def test_times_in_text_are_read_on_by_instant_however_they_are_spelt(make):
    url = make("at text, n integer", [("2026-01-05T09:00:00", 1)])
    mark = None
    read = []
    later = ["2026-01-05 10:00:00", "2026-01-05T12:00:00+01:00", "2026-01-05 11:30:00.5", "2026-01-05 11:30:00.500001"]
    for n, at in enumerate([None, *later, "2026-01-06", "2026-01-06T00:00Z"], 1):
        if at:
            run(url, "insert into t values (?, ?)", at, n)
        taken = take(SqlTable(url, "t", cursor="at"), watermark=mark)
        read.append(taken.table["n"].to_pylist())
        mark = taken.watermark
    assert read == [[1], [1, 2], [2, 3], [3, 4], [4, 5], [4, 5, 6], [6, 7]]  # SQLite counts milliseconds


@pytest.mark.parametrize(
    ("first", "then", "message"),
    [
        ("2026-01-05T09:00:00", 7, "no common order|several types"),
        ("2026-01-05T09:00:00", "12:00", "no common order .*'12:00'"),
        ("2026-01-05T09:00:00", "05.01.2026", "ISO 8601"),
        ("2026-01-05T09:00:00", b"x", "no common order"),
        ("9", "10", "no common order .*'9' and '10'.*CAST"),
        ("v9", "v10", "no common order .*'v9' and 'v10'"),
        ("000a", 3, "no common order"),
        (5, "4", "no common order"),
        (5.5, b"4", "no common order"),
        (b"b", "a", "no common order"),
        (b"b", 1, "no common order"),
    ],
)
def test_what_is_not_ordered_with_the_watermark_is_refused_and_never_passed_over(make, first, then, message):
    url = make("c", [(first,)])
    mark = take(SqlTable(url, "t", cursor="c")).watermark
    run(url, "insert into t values (?)", then)
    with pytest.raises(PermanentSourceError, match=rf"things: the cursor 'c' holds .*({message})"):
        take(SqlTable(url, "t", cursor="c"), watermark=mark)


def test_a_cursor_whose_values_no_watermark_can_follow(make):
    for value, message in [("31.12.2025", "ISO 8601"), ("Mon, 05 Jan 2026", "ISO 8601"), ("\u00e9", "beyond ASCII")]:
        with pytest.raises(PermanentSourceError, match=message):
            take(SqlTable(make(f"c{ord(value[0])}", [(value,)], name=value), value, cursor=f"c{ord(value[0])}"))
    with pytest.raises(PermanentSourceError, match=r"several types \(integer, real\)"):
        take(SqlTable(make("x", [(0.5,), (2**60 + 1,)], name="big"), "big", cursor="x"))


def test_a_collation_does_not_change_what_is_read_on(make):
    url = make("c text collate nocase, n integer", [("B000", 1)])
    mark = take(SqlTable(url, "t", cursor="c")).watermark
    run(url, "insert into t values ('a000', 2)")  # after B for bytes, before it for the column
    assert take(SqlTable(url, "t", cursor="c"), watermark=mark).table["n"].to_pylist() == [1, 2]


MOMENTS = st.datetimes(min_value=datetime(2026, 1, 4), max_value=datetime(2026, 1, 6))


@st.composite
def spelt(draw):
    """An instant in one of its spellings."""
    moment = draw(MOMENTS)
    moment = draw(st.sampled_from([moment, moment.replace(microsecond=0), moment.replace(microsecond=999_900)]))
    zone = draw(st.sampled_from([None, UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-11))]))
    text = moment.replace(tzinfo=UTC).astimezone(zone or UTC).isoformat(sep=draw(st.sampled_from("T ")))
    return draw(st.sampled_from([text, text.replace("+00:00", "Z")])) if zone else text.removesuffix("+00:00")


CURSOR_VALUES = st.one_of(
    st.lists(spelt(), min_size=1, max_size=8),
    st.lists(st.one_of(st.integers(-(2**63), 2**63 - 1)), min_size=1, max_size=8),
    st.lists(st.one_of(st.integers(-9, 9), st.floats(allow_nan=False)), min_size=1, max_size=8),
    st.lists(st.text("09aAzZ-_", min_size=3, max_size=3), min_size=1, max_size=8),
    st.lists(st.binary(max_size=3), min_size=1, max_size=8),
    st.lists(
        st.one_of(st.integers(), st.text(max_size=4), spelt(), st.binary(max_size=2), st.none()).filter(
            lambda value: not isinstance(value, int) or abs(value) < 2**63
        ),
        min_size=1,
        max_size=8,
    ),
)


RELAXED: Any = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def place_of(value) -> Any:
    """Where a value stands among others of its kind; written anew here, not taken from the code under test."""
    if isinstance(value, str) and value[4:5] == "-" and value[7:8] == "-" and value[:4].isdigit():
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=moment.tzinfo or UTC)
    return value


@settings(max_examples=150, **RELAXED)
@given(CURSOR_VALUES)
@example(["2026-01-05T09:00:00", "2026-01-05 10:00:00"])
def test_a_row_arrives_or_the_source_is_refused(values):
    """Rows come one by one: each that is not before the last watermark is read at once, or the extraction refuses."""
    with tempfile.TemporaryDirectory() as folder:
        url, mark, top = f"sqlite:///{folder}/x.db", None, None
        run(url, "create table t (c, n integer)")
        for n, value in enumerate(values):
            run(url, "insert into t values (?, ?)", value, n)
            try:
                taken = take(SqlTable(url, "t", cursor="c"), watermark=mark)
            except PermanentSourceError:
                return
            mark = taken.watermark
            finite = value is not None and value not in (float("inf"), float("-inf"))
            late = top is not None and value is not None and place_of(value) < top
            assert late or n in taken.table["n"].to_pylist()
            if finite and not late:
                top = place_of(value)


@settings(max_examples=100, **RELAXED)
@given(st.lists(spelt(), max_size=10))
@example(["2026-01-05T09:30:00", "2026-01-05 23:59:59.9999", "2026-01-05T00:30+05:30"])
def test_each_time_is_in_exactly_its_partition(values):
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/x.db"
        run(url, "create table t (at text, n integer)")
        for n, value in enumerate(values):
            run(url, "insert into t values (?, ?)", value, n)
        calendar = Hourly(start="2026-01-03", end="2026-01-08", column="at")
        for key in ("2026-01-05-09:00", "2026-01-05-23:00", "2026-01-05-00:00"):
            hour = calendar.of(key)
            (file,) = SqlTable(url, "t", partition_column="at").extract(Request("t", hour)).files
            read = pq.read_table(io.BytesIO(b"".join(file.chunks)))["n"].to_pylist()
            assert read == [n for n, at in enumerate(values) if hour.start <= place_of(at) < hour.end]


def test_bounds_that_would_find_nothing_are_refused(make):
    url = make("a, b, c", [("05.01.2026", 1767603600, "2026-01-05")])
    for name, form, message in [
        ("a", None, "holds '05.01.2026', which is no date or time in ISO 8601"),
        ("b", None, "holds 1767603600"),
        ("c", "epoch", "holds '2026-01-05', which is no number"),
        ("a", "%d.%m.%Y", "'%d.%m.%Y' have another order as text than in time"),
    ]:
        with pytest.raises(PermanentSourceError, match=message):
            take(SqlTable(url, "t", partition_column=name, partition_format=form), "2013-01-05")


def test_a_lookback_of_hours_from_a_date_asks_from_the_day_before():
    assert watermark.back(date(2026, 1, 5), timedelta(hours=3), "t") == date(2026, 1, 4)


def test_ctrl_c_is_not_an_error_of_the_database(make):
    """The driver manager hears it in the place of Python, and says that the database cannot do something."""
    numbers = "with recursive r(i) as (select 1 union all select i + 1 from r where i < 1500000)"
    url = make("id integer", [])

    def interrupted() -> None:
        typed = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
        typed.start()
        try:
            take(SqlQuery(url, f"{numbers} select sum(i) as i from r"))
        finally:
            typed.join()  # and it has come, however late

    with pytest.raises(KeyboardInterrupt):
        interrupted()
