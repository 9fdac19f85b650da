"""SqlTable and SqlQuery on a real PostgreSQL server, whose settings are not those of this project."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgresql
import pytest

from dataops_assets.model import Contract, Date, Integer, Numeric, Source, Text, Timestamp, column
from dataops_assets.sources import PermanentSourceError, SqlQuery, SqlTable
from dataops_assets_tests.load.place import place
from dataops_assets_tests.sources.conftest import take
from dataops_assets_tests.sources.postgres import server


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server() as address:
        yield address


@pytest.fixture
def execute(url: str) -> Any:
    """Run statements in a schema that is made anew for each test."""

    def run(*statements: str) -> None:
        with postgresql.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    run("DROP SCHEMA IF EXISTS public CASCADE", "CREATE SCHEMA public")
    return run


TYPES = [
    # (declared, literal, what is read)
    ("boolean", "true", True),
    ("int2", "-3", -3),
    ("int8", "9223372036854775807", 2**63 - 1),
    ("float4", "1.5", 1.5),
    ("float8", "'Infinity'", float("inf")),
    ("numeric", "12345678901234567890.10", "12345678901234567890.10"),
    ("numeric(20,4)", "1.5", "1.5000"),
    ("numeric", "'NaN'", "NaN"),
    ("numeric", "1e60", "1" + "0" * 60),
    ("text", "'é'", "é"),
    ("varchar(3)", "'abc'", "abc"),
    ("char(3)", "'a'", "a  "),
    ("bytea", r"'\x00ff'", b"\0\xff"),
    ("date", "'infinity'", "infinity"),
    ("timestamp", "'-infinity'", "-infinity"),
    ("timestamptz", "'20000-01-01 00:00+00'", "20000-01-01 00:00:00+00"),
    ("time", "'10:00:00.5'", "10:00:00.500000"),
    ("time", "'24:00'", "24:00:00"),
    ("timetz", "'10:00+02'", "10:00:00+02"),
    ("interval", "'1 day 2 hours'", "1 day 02:00:00"),
    ("money", "12.34::numeric", "12.34"),
    ("uuid", "'27625701-5F8B-449d-849a-5b1a132f7a38'", "27625701-5f8b-449d-849a-5b1a132f7a38"),
    ("json", """'{"a": 1.50}'""", '{"a": 1.50}'),
    ("jsonb", """'{"a": 1.50}'""", '{"a": 1.50}'),
    ("mood", "'happy'", "happy"),
    ("int4range", "'[1,5)'", "[1,5)"),
    ("int4multirange", "'{[1,3),[5,7)}'", "{[1,3),[5,7)}"),
    ("inet", "'10.0.0.1/8'", "10.0.0.1/8"),
    ("cidr", "'10.0.0.0/8'", "10.0.0.0/8"),
    ("macaddr", "'08:00:2b:01:02:03'", "08:00:2b:01:02:03"),
    ("bit(3)", "B'101'", "101"),
    ("varbit", "B'10'", "10"),
    ("xml", "'<a/>'", "<a/>"),
    ("pair", "row(1, 'a b')::pair", '(1,"a b")'),
    ("positive", "5", 5),
    ("point", "'(1,2)'", "(1,2)"),
    ("tsvector", "'a b'", "'a' 'b'"),
    ("oid", "4294967295", "4294967295"),
    ("int4[]", "'{1,NULL,2}'", [1, None, 2]),
    ("int4[]", "'{{1,2},{3,4}}'", "{{1,2},{3,4}}"),
    ("bool[]", "'{t,f}'", [True, False]),
    ("text[]", """'{a,NULL,"b,c"}'""", ["a", None, "b,c"]),
    ("numeric[]", "'{1.50}'", ["1.50"]),
    ("float8[]", "'{0.5}'", [0.5]),
    ("uuid[]", "'{27625701-5f8b-449d-849a-5b1a132f7a38}'", ["27625701-5f8b-449d-849a-5b1a132f7a38"]),
    ("jsonb[]", """ARRAY['{"a": 1}'::jsonb]""", ['{"a": 1}']),
    ("mood[]", "'{sad,ok}'", ["sad", "ok"]),
    ("interval[]", "'{1 day}'", ["1 day"]),
    ("money[]", "ARRAY[12.34::numeric::money]", ["$12.34"]),
    ("date[]", "'{infinity}'", "{infinity}"),
    ("pair[]", "ARRAY[row(1, 'a')::pair]", ["(1,a)"]),
    ("positive[]", "ARRAY[5::positive]", ["5"]),
]
PREPARE = [
    "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')",
    "CREATE TYPE pair AS (x int, y text)",
    "CREATE DOMAIN positive AS int CHECK (value > 0)",
]


class Row(Contract):
    """What a contract names: one column. The others are no business of the load."""

    id: Integer = column("Number.")


def test_every_type_is_read_as_it_is_or_as_the_databases_own_text(url: str, execute: Any, tmp_path: Path) -> None:
    columns = ", ".join(f"c{n} {kind}" for n, (kind, _, _) in enumerate(TYPES))
    values = ", ".join(literal for _, literal, _ in TYPES)
    nulls = ", ".join("NULL" for _ in TYPES)
    execute(*PREPARE, f"CREATE TABLE t (id int, {columns})", f"INSERT INTO t VALUES (1, {values}), (2, {nulls})")
    table = take(SqlTable(url, "t")).table
    first, second = table.to_pylist()
    for n, (kind, literal, expected) in enumerate(TYPES):
        read = first[f"c{n}"]
        assert (str(read) if kind == "time" else read) == expected, (kind, literal)
        assert second[f"c{n}"] is None
    assert not [str(field.type) for field in table.schema if "extension" in str(field.type)]
    # And all of it may be named as text, is staged, and stays what was written.
    words: dict[str, Any] = {f"c{n}": column("A value.", nullable=True) for n in range(len(TYPES))}
    notes = {"id": Integer} | dict.fromkeys(words, Text)
    body = {"__doc__": "All as text.", "__annotations__": notes, "id": column("Number.")} | words
    both: list[Any] = [Row, type(Contract)("All", (Contract,), body)]
    for contract in both:
        at = place(tmp_path / contract.__name__, Source(name="t", extract=SqlTable(url, "t"), contract=contract))
        (outcome,) = at.take("t")
        assert not outcome.held, outcome.held
        assert [row["id"] for row in at.staged("t", "id")] == [1, 2]
        at.verify()


class Times(Contract, quarantine_above=1.0):
    """Times and exact numbers, typed."""

    id: Integer = column("Number.")
    day: Date = column("Day.")
    at: Timestamp = column("Moment.")
    amount: Numeric = column("Amount.")


def test_a_moment_that_no_warehouse_has_is_in_quarantine_alone(url: str, execute: Any, tmp_path: Path) -> None:
    execute(
        "CREATE TABLE t (id int, day date, at timestamptz, amount numeric)",
        "INSERT INTO t VALUES (1, '2026-01-05', '2026-01-05 10:00:00.123456+02', 1.5), (2, 'infinity', 'now', 1), "
        "(3, '2026-01-06', 'infinity', 1), (4, '2026-01-06', '2026-01-05 10:00+00', 'NaN')",
    )
    at = place(tmp_path, Source(name="t", extract=SqlTable(url, "t"), contract=Times))
    (outcome,) = at.take("t")
    assert not outcome.held, outcome.held
    assert [(row["id"], str(row["at"])) for row in at.staged("t")] == [(1, "2026-01-05 08:00:00.123456+00:00")]
    raw = [row["raw"] for row in at.quarantine("t")]
    assert len(raw) == 3
    assert all(word in "".join(raw) for word in ("infinity", "NaN"))
    at.verify()


def test_one_partition_is_cut_in_utc_whatever_the_servers_zone(url: str, execute: Any) -> None:
    execute(
        "CREATE TABLE t (n int, naive timestamp, zoned timestamptz, day date)",
        "INSERT INTO t SELECT n, at, at AT TIME ZONE 'UTC', at::date FROM (VALUES "
        "(1, timestamp '2013-01-04 23:59:59'), (2, timestamp '2013-01-05 00:00'), "
        "(3, timestamp '2013-01-05 23:59:59.999999'), (4, timestamp '2013-01-06 00:00')) AS v (n, at)",
    )
    for name in ("naive", "zoned", "day"):
        read = take(SqlTable(url, "t", partition_column=name, columns=("n",)), "2013-01-05")
        assert read.table["n"].to_pylist() == [2, 3], name
    query = "SELECT n FROM t WHERE naive >= @window_start AND naive < @window_end"
    assert take(SqlQuery(url, query), "2013-01-05").table["n"].to_pylist() == [2, 3]


CURSORS = {
    "int8": ["9", "10", "11"],
    "float8": ["9.5", "10.25", "11"],
    "numeric": ["9", "10", "11.5"],
    "money": ["9", "10", "11"],
    "date": ["2026-01-05", "2026-01-06", "2026-01-07"],
    "timestamp": ["2026-01-05 09:00", "2026-01-05 09:00:00.000001", "2026-01-05 10:00"],
    "timestamptz": ["2026-01-05 09:00+02", "2026-01-05 08:00+00", "2026-01-05 09:30+01"],
    "uuid": [f"{n}7625701-5f8b-449d-849a-5b1a132f7a38" for n in "9af"],
    "bytea": [r"\x09", r"\x0a", r"\xff"],
    "text": ["2026-01-05T09:00:00", "2026-01-05 10:00:00", "2026-01-05T12:00:00+01:00"],
    "varchar": ["000a", "000b", "000c"],
}


@pytest.mark.parametrize("kind", CURSORS)
def test_a_cursor_reads_on_in_the_databases_order(url: str, execute: Any, kind: str) -> None:
    values = CURSORS[kind]
    execute(f"CREATE TABLE t (n int, c {kind})", "INSERT INTO t VALUES (0, NULL)")
    mark, source = None, SqlTable(url, "t", cursor="c")
    for n, value in enumerate(values, 1):
        execute(f"INSERT INTO t VALUES ({n}, '{value}')")
        taken = take(source, watermark=mark)
        # What is at the watermark, what is new, and what has none: nothing else, and nothing less.
        assert sorted(taken.table["n"].to_pylist()) == [0, *([n - 1] if n > 1 else []), n]
        mark = taken.watermark


@pytest.mark.parametrize("kind", ["interval", "time", "boolean", "inet", "mood", "jsonb", "int4[]"])
def test_a_cursor_that_no_watermark_can_follow(url: str, execute: Any, kind: str) -> None:
    execute(*PREPARE, f"CREATE TABLE t (c {kind})")
    with pytest.raises(PermanentSourceError, match=r"things: the cursor 'c' has the type .*SqlQuery"):
        take(SqlTable(url, "t", cursor="c"))


def test_numbers_in_text_are_refused_when_they_grow(url: str, execute: Any) -> None:
    execute('CREATE TABLE t (c text COLLATE "C")', "INSERT INTO t VALUES ('8'), ('9')")
    mark = take(SqlTable(url, "t", cursor="c")).watermark
    execute("INSERT INTO t VALUES ('10')")
    with pytest.raises(PermanentSourceError, match=r"no common order \('9' and '10'\).*CAST"):
        take(SqlTable(url, "t", cursor="c"), watermark=mark)


def test_infinity_moves_no_watermark(url: str, execute: Any) -> None:
    execute("CREATE TABLE t (c timestamptz)", "INSERT INTO t VALUES ('2026-01-05 09:00+00'), ('infinity')")
    mark = take(SqlTable(url, "t", cursor="c")).watermark
    assert mark["value"] == "2026-01-05 09:00:00+00"
    execute("INSERT INTO t VALUES ('2026-01-05 10:00+00')")
    assert take(SqlTable(url, "t", cursor="c"), watermark=mark).rows == 3


def test_what_the_server_refuses_is_not_asked_for_again(url: str) -> None:
    with pytest.raises(PermanentSourceError, match=r"postgresql://127.*nowhere.*does not exist"):
        take(SqlTable(url.removesuffix("postgres") + "nowhere", "t"))
    with pytest.raises(PermanentSourceError, match="nothing"):
        take(SqlTable(url, "nothing"))
