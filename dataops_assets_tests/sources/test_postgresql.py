"""SqlTable and SqlQuery on a real PostgreSQL server, whose settings are not those of this project."""

from collections.abc import Iterator

import pytest

from dataops_assets.sources import PermanentSourceError, SqlQuery, SqlTable
from dataops_assets_tests.sources.conftest import take
from dataops_assets_tests.sources.postgres import PREPARE, TYPES, Execute, every_type, execute_on, server


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server() as address:
        yield address


@pytest.fixture
def execute(url: str) -> Execute:
    return execute_on(url)


def test_every_type_is_read_as_it_is_or_as_the_databases_own_text(url: str, execute: Execute) -> None:
    every_type(execute)
    table = take(SqlTable(url, "t")).table
    first, second = table.to_pylist()
    for n, (kind, literal, expected) in enumerate(TYPES):
        read = first[f"c{n}"]
        assert (str(read) if kind == "time" else read) == expected, (kind, literal)
        assert second[f"c{n}"] is None
    assert not [str(field.type) for field in table.schema if "extension" in str(field.type)]


def test_one_partition_is_cut_in_utc_whatever_the_servers_zone(url: str, execute: Execute) -> None:
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
def test_a_cursor_reads_on_in_the_databases_order(url: str, execute: Execute, kind: str) -> None:
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
def test_a_cursor_that_no_watermark_can_follow(url: str, execute: Execute, kind: str) -> None:
    execute(*PREPARE, f"CREATE TABLE t (c {kind})")
    with pytest.raises(PermanentSourceError, match=r"things: the cursor 'c' has the type .*SqlQuery"):
        take(SqlTable(url, "t", cursor="c"))


def test_numbers_in_text_are_refused_when_they_grow(url: str, execute: Execute) -> None:
    execute('CREATE TABLE t (c text COLLATE "C")', "INSERT INTO t VALUES ('8'), ('9')")
    mark = take(SqlTable(url, "t", cursor="c")).watermark
    execute("INSERT INTO t VALUES ('10')")
    with pytest.raises(PermanentSourceError, match=r"no common order \('9' and '10'\).*CAST"):
        take(SqlTable(url, "t", cursor="c"), watermark=mark)


def test_infinity_moves_no_watermark(url: str, execute: Execute) -> None:
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
