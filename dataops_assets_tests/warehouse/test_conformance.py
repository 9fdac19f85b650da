"""What the machinery asks of a warehouse, asked of both: the same rows, the same answers."""

import datetime as dt
import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataops_assets.warehouse.base import Session, Warehouse
from dataops_assets.warehouse.bigquery import schema as bigquery_schema
from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse
from dataops_assets.warehouse.fingerprint import rows_version

UTC = pa.timestamp("us", tz="UTC")


@pytest.fixture(params=["duckdb", pytest.param("bigquery", marks=[pytest.mark.gcp, pytest.mark.slow])])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param == "duckdb":
        return DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    return request.getfixturevalue("storage_in")(tmp_path).warehouse


@pytest.fixture
def session(backend: Warehouse) -> Iterator[Session]:
    with backend.session() as session:
        yield session


def put(backend: Warehouse, session: Session, name: str, rows: pa.Table) -> None:
    """Make a table of these rows."""
    session.scratch_arrow("_given", rows)
    relation = session.relation(backend.staging, name)
    names = session.dialect.columns(rows.column_names)
    with session.swapping(name) as swap:
        swap.define(session.dialect.create_table(relation, {field.name: field.type for field in rows.schema}))
        swap.execute(f"INSERT INTO {relation} ({names}) SELECT {names} FROM _given")
    session.drop("_given")


def held(backend: Warehouse, session: Session, name: str, columns: str = "*", tail: str = "") -> pa.Table:
    with session.reading():
        return session.arrow(f"SELECT {columns} FROM {session.relation(backend.staging, name)}{tail}")


VALUES: dict[str, tuple[pa.DataType, list[Any]]] = {
    "integers": (pa.int64(), [0, -1, 2**63 - 1, -(2**63), None]),
    "floats": (pa.float64(), [0.1, -1.7976931348623157e308, 5e-324, 1e22, None]),
    "decimals": (pa.decimal128(38, 9), [Decimal("0.000000001"), Decimal("9" * 29 + "." + "9" * 9), Decimal(-1), None]),
    "texts": (pa.string(), ["", " ", "a\nb\t'\"\\`%_;--$x@x", "Zoë 🦆 é", "null", None]),
    "booleans": (pa.bool_(), [True, False, None]),
    "days": (pa.date32(), [dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(2024, 2, 29), None]),
    "moments": (
        UTC,
        [
            dt.datetime(1, 1, 1, tzinfo=dt.UTC),
            dt.datetime(9999, 12, 31, 23, 59, 59, 999999, dt.UTC),
            dt.datetime(2024, 3, 31, 1, 30, 0, 1, dt.UTC),
            None,
        ],
    ),
    "bytes": (pa.binary(), [b"", bytes(range(256)), None]),
    "lists": (pa.list_(pa.int64()), [[1, 2, 2], [], [2**63 - 1]]),
    "lists of texts": (pa.list_(pa.string()), [["", "a,b", "é"], []]),
    "records": (
        pa.struct([("a", pa.int64()), ("b", pa.string()), ("c", pa.decimal128(38, 9))]),
        [{"a": 1, "b": "x", "c": Decimal("1.5")}, {"a": None, "b": "", "c": None}, None],
    ),
    "lists of records": (
        pa.list_(pa.struct([("at", UTC), ("n", pa.float64())])),
        [[{"at": dt.datetime(2024, 1, 1, tzinfo=dt.UTC), "n": 0.5}, {"at": None, "n": None}], []],
    ),
}


@pytest.mark.parametrize("large", [False, True], ids=["as a parameter", "as a file"])
@pytest.mark.parametrize("kind", VALUES)
def test_values_come_back_as_they_were(
    backend: Warehouse, session: Session, monkeypatch: pytest.MonkeyPatch, kind: str, large: bool
) -> None:
    if large:
        monkeypatch.setattr(bigquery_schema, "_MOST_VALUES", 0)
    arrow, values = VALUES[kind]
    rows = pa.table({"n": range(len(values)), "value": pa.array(values, arrow)})
    put(backend, session, "t", rows)
    found = held(backend, session, "t", tail=" ORDER BY n")
    assert found["value"].to_pylist() == values
    assert found.schema.field("value").type == arrow


def test_floats_that_are_not_finite(backend: Warehouse, session: Session) -> None:
    put(backend, session, "t", pa.table({"value": [math.nan, math.inf, -math.inf, -0.0]}))
    found = held(backend, session, "t")["value"].to_pylist()
    assert {repr(value) for value in found} == {"nan", "inf", "-inf", "-0.0"}


NAMES = ["select", "größe", "日本", "with blank", "CamelCase", "_n", "a" * 120]


def test_unusual_names(backend: Warehouse, session: Session) -> None:
    rows = pa.table({name: [number] for number, name in enumerate(NAMES)})
    put(backend, session, "t", rows)
    assert held(backend, session, "t").select(NAMES).to_pylist() == rows.to_pylist()
    assert held(backend, session, "t", session.dialect.columns(NAMES)).num_rows == 1


def test_a_hundred_columns_and_long_texts(backend: Warehouse, session: Session) -> None:
    rows = pa.table({f"c{n}": [n, n + 1] for n in range(100)} | {"text": ["é" * 500_000, "x" * 1_000_000]})
    put(backend, session, "t", rows)
    found = held(backend, session, "t", tail=" ORDER BY c0")
    assert found.num_columns == 101
    assert found.to_pylist() == rows.to_pylist()


def test_no_rows(backend: Warehouse, session: Session) -> None:
    put(backend, session, "t", pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())}))
    assert held(backend, session, "t").num_rows == 0
    session.scratch_arrow("_none", pa.table({"value": pa.array([], pa.string())}))
    assert session.rows("SELECT COUNT(*) FROM _none WHERE value IN (SELECT value FROM _none)") == [(0,)]


def test_order(backend: Warehouse, session: Session) -> None:
    """Texts by their code points, nulls last where the machinery says so."""
    texts = ["a", "B", "ä", "Z", "", None, "10", "9", "🦆", "￿"]
    put(backend, session, "t", pa.table({"value": texts}))
    known = sorted((text for text in texts if text is not None), key=lambda text: text.encode())
    up = held(backend, session, "t", tail=" ORDER BY value NULLS LAST")["value"].to_pylist()
    down = held(backend, session, "t", tail=" ORDER BY value DESC NULLS LAST")["value"].to_pylist()
    assert (up, down) == ([*known, None], [*known[::-1], None])


@pytest.mark.parametrize("unit", ["HOUR", "DAY", "MONTH"])
def test_time_is_utc(backend: Warehouse, session: Session, unit: str) -> None:
    zone = dt.timezone(dt.timedelta(hours=5, minutes=30))
    moment = dt.datetime(2024, 3, 1, 2, 15, tzinfo=zone)  # February in UTC
    put(backend, session, "t", pa.table({"moment": pa.array([moment], UTC)}))
    relation = session.relation(backend.staging, "t")
    floor = session.dialect.floor("t.moment", UTC, unit)
    with session.reading():
        [(start, text)] = session.rows(
            f"SELECT {floor}, {session.dialect.as_text('t.moment')} FROM {relation} AS t "
            f"WHERE t.moment = $moment AND t.moment >= {session.dialect.literal(moment, UTC)}",
            {"moment": moment},
        )
    whole = moment.astimezone(dt.UTC).replace(minute=0)
    whole = whole if unit == "HOUR" else whole.replace(hour=0)
    assert start == (whole.replace(day=1) if unit == "MONTH" else whole)
    assert text.startswith("2024-02-29 20:45:00")


def test_versions_tell_rows_apart(backend: Warehouse, session: Session) -> None:
    kinds = {
        "f": pa.float64(),
        "t": pa.string(),
        "d": pa.decimal128(38, 9),
        "a": UTC,
        "b": pa.binary(),
        "i": pa.int64(),
    }
    one, two = session.dialect.fingerprint(pa.schema(list(kinds.items())))

    def versions(groups: list[tuple[dict[str, Any], ...]]) -> list[str]:
        rows = [{"n": n, **row} for n, group in enumerate(groups) for row in group]
        columns = {"n": pa.int64(), **kinds}
        table = pa.table({name: pa.array([row.get(name) for row in rows], kind) for name, kind in columns.items()})
        session.scratch_arrow("_rows", table)
        found = session.rows(f"SELECT n, COUNT(*), {one}, {two} FROM _rows GROUP BY n")
        by_group = {n: rows_version(*figures) for n, *figures in found}
        return [by_group[n] for n in range(len(groups))]

    several: list[tuple[dict[str, Any], ...]] = [
        ({},),
        ({}, {}),
        ({}, {}, {}),
        ({"t": ""},),
        ({"t": "null"},),
        ({"f": math.nan},),
        ({"f": 0.1},),
        ({"f": math.nextafter(0.1, 1)},),
        ({"f": math.inf},),
        ({"d": Decimal("1.5")},),
        ({"d": Decimal("1.500000001")},),
        ({"i": 2**63 - 1},),
        ({"i": 2**63 - 2},),
        ({"i": 2**53},),
        ({"i": 2**53 + 1},),
        ({"b": b""},),
        ({"b": b"\0"},),
        ({"a": dt.datetime(2024, 1, 1, tzinfo=dt.UTC)},),
        ({"a": dt.datetime(2024, 1, 1, 0, 0, 0, 1, dt.UTC)},),
        ({"t": "a", "i": 1}, {"t": "b", "i": 2}),
        ({"t": "a", "i": 2}, {"t": "b", "i": 1}),
    ]
    found = versions(several)
    assert len({*found, rows_version(0, None, None)}) == len(several) + 1
    assert found == versions([tuple(reversed(rows)) for rows in several])


def test_values_that_differ(backend: Warehouse, session: Session) -> None:
    """As the merge asks it: null is null, and NaN is NaN."""
    for kind, values in [
        (pa.string(), ["", None, "a"]),
        (pa.float64(), [0.0, math.nan, None, math.inf]),
        (pa.list_(pa.int64()), [[1], [], [1, 2]]),
        (pa.struct([("a", pa.int64())]), [{"a": 1}, {"a": None}]),
    ]:
        session.scratch_arrow("_v", pa.table({"n": range(len(values)), "value": pa.array(values, kind)}))
        differs = session.dialect.differs("a.value", "b.value", kind)
        found = session.rows(f"SELECT a.n, b.n FROM _v AS a CROSS JOIN _v AS b WHERE NOT ({differs}) ORDER BY a.n, b.n")
        assert found == [(n, n) for n in range(len(values))], kind


class Refused(Exception):
    pass


@pytest.mark.parametrize("how", ["an expectation", "a statement", "the block"])
def test_a_swap_that_fails_changes_nothing(backend: Warehouse, session: Session, how: str) -> None:
    for name in ("one", "two"):
        put(backend, session, name, pa.table({"value": [1]}))
    one, two = (session.relation(backend.staging, name) for name in ("one", "two"))

    def swap() -> None:
        with session.swapping("both") as swap:
            swap.execute(f"DELETE FROM {one} WHERE value = $value", {"value": 1})
            swap.execute(f"INSERT INTO {one} (value) SELECT $value", {"value": 2})
            swap.execute(f"UPDATE {two} SET value = $value WHERE TRUE", {"value": 3})
            if how == "an expectation":
                swap.expect_none(f"SELECT 1 FROM {one} WHERE value = 1", Refused("the first"))
                swap.expect_none(f"SELECT 1 FROM {two} WHERE value = 3", Refused("the second"))
            if how == "a statement":
                swap.execute(f"INSERT INTO {one} (value) SELECT CAST($text AS {int64}) FROM {one}", {"text": "x"})
            if how == "the block":
                raise Refused("the block")

    int64 = session.dialect.type_of(pa.int64())
    with pytest.raises(Exception) as caught:
        swap()
    if how == "a statement":
        assert isinstance(caught.value, session.sql_errors)
    else:
        assert (type(caught.value), str(caught.value)) == (Refused, "the second" if "exp" in how else "the block")
    assert [held(backend, session, name)["value"].to_pylist() for name in ("one", "two")] == [[1], [1]]
    with session.swapping("both") as again:
        again.execute(f"UPDATE {one} SET value = $value WHERE TRUE", {"value": 4})
    assert held(backend, session, "one")["value"].to_pylist() == [4]


def test_the_same_parameter_in_several_statements(backend: Warehouse, session: Session) -> None:
    put(backend, session, "t", pa.table({"n": pa.array([], pa.int64()), "word": pa.array([], pa.string())}))
    relation = session.relation(backend.staging, "t")
    with session.swapping("t") as swap:
        for n in range(3):
            session.scratch_arrow("_words", pa.table({"n": [n], "word": [f"it's {n}; DROP TABLE t; --"]}))
            swap.execute(f"INSERT INTO {relation} (n, word) SELECT n, word FROM _words WHERE n = $n", {"n": n})
    found = held(backend, session, "t", tail=" ORDER BY n").to_pylist()
    assert found == [{"n": n, "word": f"it's {n}; DROP TABLE t; --"} for n in range(3)]


def test_a_table_that_is_there_or_not(backend: Warehouse, session: Session) -> None:
    put(backend, session, "t", pa.table({"n": [1]}))
    with session.reading():
        assert session.exists(backend.staging, "t")
        assert not session.exists(backend.staging, "other")
        assert not session.exists(backend.production, "t")
        assert session.schema(session.relation(backend.staging, "t")).names == ["n"]


def test_an_export_keeps_order_and_partitions(backend: Warehouse, session: Session, tmp_path: Path) -> None:
    rows = [{"n": n, "text": f"ö{n}", "_slice": "b" if n % 3 else "a"} for n in range(5000)]
    session.scratch_arrow("_rows", pa.Table.from_pylist(rows))
    query = "SELECT n, text, _slice FROM _rows ORDER BY _slice, n DESC"
    exported = session.export(query, tmp_path, ["a", "b", "none"])
    found = {key: pq.read_table(pa.BufferReader(f) if isinstance(f, bytes) else f) for key, f in exported}
    assert {key: table.num_rows for key, table in found.items()} == {"a": 1667, "b": 3333, "none": 0}
    for key in ("a", "b"):
        assert found[key].to_pylist() == [
            {"n": row["n"], "text": row["text"]} for row in reversed(rows) if row["_slice"] == key
        ]
    assert found["none"].schema == found["a"].schema


def test_scratch_tables_are_ones_own(backend: Warehouse) -> None:
    with backend.session() as one, backend.session() as other:
        one.scratch_arrow("_t", pa.table({"n": [1]}))
        other.scratch("_t", "SELECT 2 AS n")
        assert (one.rows("SELECT n FROM _t"), other.rows("SELECT n FROM _t")) == ([(1,)], [(2,)])
        one.scratch("_t", "SELECT n + 10 AS n FROM _t")  # of itself
        assert one.rows("SELECT n FROM _t") == [(11,)]
        one.drop("_t", "_never_there")
        with pytest.raises(Exception, match="_t"):
            one.rows("SELECT n FROM _t")
        assert other.rows("SELECT n FROM _t") == [(2,)]
