"""Every Arrow type that a Parquet file or a driver brings, as every type of a contract: exact, or in quarantine."""

import datetime as dt
import json
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dataops_assets.model import Boolean, Bytes, Contract, Date, Float, Integer, Numeric, Text, Timestamp, column
from dataops_assets_tests.place import DAY, Scripted, parquet, place, source

UUID = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
WIDE = Decimal("1234567890123.123456789")
LONG = Decimal("123456789012345678901234567890123456789.5")
NS = 1_704_067_200_123_456_789  # 2024-01-01 00:00:00.123456789
MOMENT = dt.datetime(2024, 1, 1, 10, 30, 0, 500_000, dt.UTC)
RECORD = pa.struct([("k", pa.string()), ("v", pa.decimal256(50, 9))])
INTERVAL = pa.opaque(pa.string(), "interval", "PostgreSQL")


def moments(unit: str, zone: str | None = None) -> pa.Array:
    ticks = {"s": 1_704_067_200, "ms": 1_704_067_200_123, "us": 1_704_067_200_123_456, "ns": NS}[unit]
    return pa.array([ticks], pa.timestamp(unit, zone))


AS_TEXT: dict[str, tuple[pa.Array, str]] = {
    "bool": (pa.array([True]), "true"),
    **{f"int{n}": (pa.array([-(2 ** (n - 1))], f"int{n}"), str(-(2 ** (n - 1)))) for n in (8, 16, 32, 64)},
    **{f"uint{n}": (pa.array([2**n - 1], f"uint{n}"), str(2**n - 1)) for n in (8, 16, 32, 64)},
    "float16": (pa.array([0.1], pa.float16()), "0.1"),
    "float32": (pa.array([0.1], pa.float32()), "0.1"),
    "float64": (pa.array([1.0], pa.float64()), "1.0"),
    "float64 small": (pa.array([1e-7], pa.float64()), "1e-7"),
    "float64 large": (pa.array([2.0**60], pa.float64()), "1152921504606846976"),
    "float64 NaN": (pa.array([float("nan")], pa.float64()), "nan"),
    "decimal32": (pa.array([Decimal("1.50")], pa.decimal32(9, 2)), "1.50"),
    "decimal64": (pa.array([Decimal("1.50")], pa.decimal64(18, 2)), "1.50"),
    "decimal128": (pa.array([Decimal("1E-9")], pa.decimal128(38, 9)), "0.000000001"),
    "decimal128 whole": (pa.array([Decimal(10**38 - 1)], pa.decimal128(38, 0)), "9" * 38),
    "decimal256": (pa.array([WIDE], pa.decimal256(50, 9)), str(WIDE)),
    "decimal256 long": (pa.array([LONG], pa.decimal256(76, 1)), str(LONG)),
    "string": (pa.array(["é\n"]), "é\n"),
    "large_string": (pa.array(["é"], pa.large_string()), "é"),
    "string_view": (pa.array(["é"], pa.string_view()), "é"),
    "dictionary": (pa.array(["é"]).dictionary_encode(), "é"),
    "dictionary of numbers": (pa.array([7], pa.int64()).dictionary_encode(), "7"),
    "binary": (pa.array([b"a\\\x00\xff"]), "a\\x5C\\x00\\xFF"),
    "large_binary": (pa.array([b"a"], pa.large_binary()), "a"),
    "fixed_size_binary": (pa.array([b"\x01a"], pa.binary(2)), "\\x01a"),
    "uuid": (pa.array([UUID.bytes], pa.uuid()), str(UUID)),
    "json": (pa.array(['{"a": 1.0}'], pa.json_()), '{"a": 1.0}'),
    "a database's own": (pa.ExtensionArray.from_storage(INTERVAL, pa.array(["1 mon"])), "1 mon"),
    "bool8": (pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1], pa.int8())), "1"),
    "date32": (pa.array([dt.date(2024, 1, 31)], pa.date32()), "2024-01-31"),
    "date64": (pa.array([dt.date(2024, 1, 31)], pa.date64()), "2024-01-31"),
    "date32 of year 0": (pa.array([-719_163], pa.date32()), "0000-12-31"),
    "time32[s]": (pa.array([3661], pa.time32("s")), "01:01:01"),
    "time32[ms]": (pa.array([3661500], pa.time32("ms")), "01:01:01.5"),
    "time64[us]": (pa.array([1], pa.time64("us")), "00:00:00.000001"),
    "time64[ns]": (pa.array([1], pa.time64("ns")), "00:00:00.000000001"),
    "timestamp[s]": (moments("s"), "2024-01-01 00:00:00"),
    "timestamp[ms]": (moments("ms"), "2024-01-01 00:00:00.123"),
    "timestamp[us]": (moments("us"), "2024-01-01 00:00:00.123456"),
    "timestamp[ns]": (moments("ns"), "2024-01-01 00:00:00.123456789"),
    "timestamp[us, UTC]": (moments("us", "UTC"), "2024-01-01 00:00:00.123456+00"),
    "timestamp[ns, New York]": (moments("ns", "America/New_York"), "2024-01-01 00:00:00.123456789+00"),
    "duration[s]": (pa.array([90], pa.duration("s")), "PT90S"),
    "duration[ns]": (pa.array([-1_500_000_001], pa.duration("ns")), "-PT1.500000001S"),
    "list of records": (
        pa.array([[{"k": "a, b", "v": None}, {"k": '"', "v": WIDE}, None]], pa.list_(RECORD)),
        f'[{{"k":"a, b","v":null}},{{"k":"\\"","v":{WIDE}}},null]',
    ),
    "record": (pa.array([{"k": None, "v": Decimal(1)}], RECORD), '{"k":null,"v":1.000000000}'),
    "large_list": (pa.array([[1, None]], pa.large_list(pa.uint64())), "[1,null]"),
    "fixed_size_list": (pa.array([[0.5, float("nan")]], pa.list_(pa.float32(), 2)), '[0.5,"nan"]'),
    "list of lists": (pa.array([[[True], None, []]], pa.list_(pa.list_(pa.bool_()))), "[[true],null,[]]"),
    "list of uuids": (pa.array([[UUID.bytes]], pa.list_(pa.binary(16))).cast(pa.list_(pa.uuid())), f'["{UUID}"]'),
    "list of moments": (pa.array([[MOMENT]], pa.list_(pa.timestamp("ns", "UTC"))), '["2024-01-01 10:30:00.5+00"]'),
    "map": (pa.array([[("a", 1), ("b", None)]], pa.map_(pa.string(), pa.int32())), '{"a":1,"b":null}'),
    "map of numbers": (pa.array([[(1, [b"x"])]], pa.map_(pa.int32(), pa.list_(pa.binary()))),
                       '[{"key":1,"value":["x"]}]'),
}  # fmt: skip


def contract(kinds: dict[str, Any]) -> type[Contract]:
    """Columns `c0`, `c1` … of these types, each of which may be missing, read from the columns of these names."""
    columns = {
        f"c{n}": (kind, column(name, nullable=True, source=name)) for n, (name, kind) in enumerate(kinds.items())
    }
    body: dict[str, Any] = {name: made for name, (_, made) in columns.items()}
    body |= {"__doc__": "Values.", "day": column("Day."), "id": column("Number.")}
    body["__annotations__"] = {name: kind for name, (kind, _) in columns.items()} | {"day": Date, "id": Integer}
    return type("Values", (Contract,), body, quarantine_above=1.0)


def with_null(array: pa.Array) -> pa.Array:
    """The values, and a missing one."""
    return pa.concat_arrays([array, pa.nulls(1, array.type)])


def file(columns: dict[str, pa.Array]) -> Any:
    """The columns, with a row without any value at the end."""
    [rows] = {len(array) for array in columns.values()}
    days = pa.array([dt.date.fromisoformat(DAY)] * (rows + 1))
    return parquet(pa.table({"day": days, "id": range(rows + 1)} | {n: with_null(a) for n, a in columns.items()}))


@pytest.mark.usefixtures("each_backend")
def test_every_type_as_text(tmp_path: Path) -> None:
    """And what is fingerprinted as it is written is what is read back."""
    scripted = Scripted()
    at = place(tmp_path, source(contract(dict.fromkeys(AS_TEXT, Text)), scripted))
    scripted.answer(DAY, file({name: array for name, (array, _) in AS_TEXT.items()}))
    [outcome] = at.take("t", DAY)
    assert not outcome.refusal, outcome.refusal
    full, empty = sorted(at.staged("t"), key=lambda row: row["id"])
    assert {name: full[f"c{n}"] for n, name in enumerate(AS_TEXT)} == {
        name: text for name, (_, text) in AS_TEXT.items()
    }
    assert {empty[f"c{n}"] for n in range(len(AS_TEXT))} == {None}
    at.verify()
    again = at.load("t", DAY)
    assert [found.changed for found in again] == [False]


TEN = dt.datetime(2024, 1, 1, 10, tzinfo=dt.UTC)
AS_TYPE: dict[str, tuple[Any, pa.Array, list[Any], list[str] | None]] = {
    # The contract's type, the values, those that are kept, and the text of those in quarantine.
    "uint64 → Integer": (Integer, pa.array([1, 2**64 - 1], pa.uint64()), [1], [str(2**64 - 1)]),
    "int8 → Integer": (Integer, pa.array([-1], pa.int8()), [-1], []),
    "float64 → Integer": (Integer, pa.array([2.0**60, 5.0, 0.5, 1e22]), [5, 2**60], ["0.5", "10000000000000000000000"]),
    "float32 → Integer": (Integer, pa.array([2.0**40], pa.float32()), [2**40], []),
    "decimal128 → Integer": (Integer, pa.array([Decimal("9007199254740993.00")], pa.decimal128(30, 2)),
                             [9007199254740993], []),
    "decimal256 → Integer": (Integer, pa.array([Decimal(5), LONG], pa.decimal256(76, 1)), [5], [str(LONG)]),
    "int64 → Numeric": (Numeric, pa.array([2**63 - 1]), [Decimal(2**63 - 1)], []),
    "uint64 → Numeric": (Numeric, pa.array([2**64 - 1], pa.uint64()), [Decimal(2**64 - 1)], []),
    "float64 → Numeric": (Numeric, pa.array([0.1, 1e-7, 2.0**60, 1e-10]),
                          [Decimal("1E-7"), Decimal("0.1"), Decimal(2**60)], ["1e-10"]),
    "decimal128 → Numeric": (Numeric, pa.array([Decimal("1.50")], pa.decimal128(10, 2)), [Decimal("1.5")], []),
    "decimal128 fine → Numeric": (Numeric, pa.array([Decimal("1.5"), Decimal("1E-10")], pa.decimal128(38, 10)),
                                  [Decimal("1.5")], ["0.0000000001"]),
    "decimal256 → Numeric": (Numeric, pa.array([WIDE], pa.decimal256(50, 9)), [WIDE], []),
    "decimal256 long → Numeric": (Numeric, pa.array([LONG, Decimal(7)], pa.decimal256(76, 1)), [Decimal(7)],
                                  [str(LONG)]),
    "float16 → Float": (Float, pa.array([0.1], pa.float16()), [0.0999755859375], []),
    "float32 → Float": (Float, pa.array([0.1], pa.float32()), [0.10000000149011612], []),
    "float64 → Float": (Float, pa.array([0.1, float("inf")]), [0.1], ["inf"]),
    "decimal256 → Float": (Float, pa.array([Decimal("0.1")], pa.decimal256(50, 9)), [0.1], []),
    "bool8 → Boolean": (Boolean, pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0], pa.int8())),
                        [False, True], []),
    "far date32 → Date": (Date, pa.array([0, -719_163, 2_932_897], pa.date32()), [dt.date(1970, 1, 1)],
                          ["0000-12-31", "10000-01-01"]),
    "date64 → Date": (Date, pa.array([dt.date(2024, 1, 31)], pa.date64()), [dt.date(2024, 1, 31)], []),
    "timestamp[ns] → Date": (Date, pa.array([0, 10**9], pa.timestamp("ns")), [dt.date(1970, 1, 1)],
                             ["1970-01-01 00:00:01"]),
    "timestamp[us] → Timestamp": (Timestamp, pa.array([TEN.replace(tzinfo=None)], pa.timestamp("us")), [TEN], []),
    "timestamp[ms] → Timestamp": (Timestamp, pa.array([TEN], pa.timestamp("ms", "Asia/Tokyo")), [TEN], []),
    "timestamp[ns] → Timestamp": (Timestamp, pa.array([NS, NS - 789], pa.timestamp("ns")),
                                  [dt.datetime(2024, 1, 1, 0, 0, 0, 123456, dt.UTC)],
                                  ["2024-01-01 00:00:00.123456789"]),
    **{f"far timestamp[{unit}, {zone}] → Timestamp": (
        Timestamp, pa.array([TEN.replace(tzinfo=None), 2**58], pa.timestamp(unit, zone)), [TEN], None
    ) for unit, zone in (("ms", None), ("us", None), ("us", "UTC"))},
    "time64 → Timestamp": (Timestamp, pa.array([1], pa.time64("ns")), [], ["00:00:00.000000001"]),
    "duration → Integer": (Integer, pa.array([1], pa.duration("us")), [], ["PT0.000001S"]),
    "large_binary → Bytes": (Bytes, pa.array([b"\x00\xff"], pa.large_binary()), [b"\x00\xff"], []),
    "fixed_size_binary → Bytes": (Bytes, pa.array([b"\x00\xff"], pa.binary(2)), [b"\x00\xff"], []),
    "uuid → Bytes": (Bytes, pa.array([UUID.bytes], pa.uuid()), [UUID.bytes], []),
}  # fmt: skip


@pytest.mark.usefixtures("each_backend")
def test_every_type_as_another(tmp_path: Path) -> None:
    """A column for each case, which has values in rows of its own."""
    scripted, columns, cases, total = Scripted(), {}, [], sum(len(array) for _, array, _, _ in AS_TYPE.values())
    for case, (_, array, _, _) in AS_TYPE.items():
        before, after = len(cases), total - len(cases) - len(array)
        columns[case] = pa.concat_arrays([pa.nulls(before, array.type), array, pa.nulls(after, array.type)])
        cases += [case] * len(array)
    at = place(tmp_path, source(contract({case: kind for case, (kind, _, _, _) in AS_TYPE.items()}), scripted))
    scripted.answer(DAY, file(columns))
    [outcome] = at.take("t", DAY)
    assert not outcome.refusal, outcome.refusal
    kept: dict[str, list[Any]] = {case: [] for case in AS_TYPE}
    for row in at.staged("t"):
        for n, case in enumerate(AS_TYPE):
            kept[case] += [row[f"c{n}"]] if row[f"c{n}"] is not None else []
    refused: dict[str, list[str]] = {case: [] for case in AS_TYPE}
    for row in at.quarantine("t"):
        raw = json.loads(row["raw"])
        case = cases[int(raw["id"])]
        refused[case].append(raw[case])
        assert row["checks"] in {f"c{list(AS_TYPE).index(case)}.{check}" for check in ("type", "finite")}
    assert {case: sorted(found) for case, found in kept.items()} == {
        case: sorted(right) for case, (_, _, right, _) in AS_TYPE.items()
    }
    for case, (_, array, right, texts) in AS_TYPE.items():
        assert texts is None or refused[case] == texts, case
        assert len(right) + len(refused[case]) == len(array), case
    at.verify()


def test_a_year_that_no_warehouse_has(tmp_path: Path) -> None:
    """Of types that are the contract's already, and that DuckDB reads by itself; BigQuery leaves such a file to us."""
    days, second = (-719_163, -719_162, 2_932_896, 2_932_897), 10**6  # the last before the year 1, its first, …
    moments = [days[0] * 86_400 * second, days[1] * 86_400 * second, days[3] * 86_400 * second - 1]
    scripted = Scripted()
    at = place(tmp_path, source(contract({"day32": Date, "moment": Timestamp}), scripted))
    scripted.answer(
        DAY,
        file(
            {
                "day32": pa.array(days, pa.date32()),
                "moment": pa.array([*moments, days[3] * 86_400 * second], pa.timestamp("us", "UTC")),
            }
        ),
    )
    [outcome] = at.take("t", DAY)
    assert not outcome.refusal, outcome.refusal
    assert [(row["c0"], row["c1"]) for row in at.staged("t", "id, c0, c1")] == [
        (dt.date(1, 1, 1), dt.datetime(1, 1, 1, tzinfo=dt.UTC)),
        (dt.date.max, dt.datetime.max.replace(tzinfo=dt.UTC)),
        (None, None),
    ]
    assert [row["checks"] for row in at.quarantine("t")] == ["c0.type, c1.type"] * 2
    at.verify()
