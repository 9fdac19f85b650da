"""A dataset that cannot work is refused where it is declared; the message names it and says what to write."""

import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.contracts.reading import table_spec
from dataops_assets.contracts.spec import ContractError
from dataops_assets.discovery import Datasets, discover
from dataops_assets.layers.catalog import Catalog
from dataops_assets.model import (
    Bytes,
    Contract,
    Daily,
    DatasetError,
    Date,
    Derived,
    Hourly,
    Integer,
    Monthly,
    Rule,
    Source,
    Text,
    column,
    derived,
)
from dataops_assets.model.severity import Severity
from dataops_assets.sources import Files, RestApi, SqlQuery, SqlTable

DAILY = Daily(start="2024-01-01", column="day")


class Good(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    note: Text = column("Note.", nullable=True)


def a_source(**more: Any) -> Source:
    return Source(**({"name": "orders", "extract": None, "contract": Good, "key": ["day", "id"]} | more))


def a_derived(**more: Any) -> Derived:
    output = {"name": "totals", "contract": Good, "key": ["day", "id"], "sql": "select * from staged.orders"}
    return Derived(**(output | more))


def a_function(**more: Any) -> Derived:
    return a_derived(sql=None, function=lambda orders: orders, **more)


def test_what_is_right_is_taken() -> None:
    catalog = Catalog.of(
        [a_source(partition=DAILY, write="merge")], [a_derived(partition=DAILY, history={"orders": 2})]
    )
    assert list(catalog.derived) == ["totals"]
    # A partition is read whole, whatever the extractor could do.
    assert not a_source(partition=DAILY, extract=SqlTable("sqlite:///x", "t", cursor="id")).incremental


MISTAKES: dict[str, tuple[Any, list[str]]] = {
    "bad name": (lambda: a_source(name="Orders"), ["source 'Orders'", "lower case"]),
    "digit first": (lambda: a_source(name="1orders"), ["'1orders'", "starts with a letter"]),
    "long name": (lambda: a_source(name="a" * 64), ["at most 63"]),
    "a line break in the name": (lambda: a_source(name="orders\n"), ["lower case"]),
    "taken name": (lambda: a_derived(name="raw_orders"), ["derived table 'raw_orders'", "does not start with raw_"]),
    "write mode": (lambda: a_source(write="upsert"), ["'orders'", "'replace', 'merge' or 'append'", "'upsert'"]),
    "merge without key": (lambda: a_source(write="merge", key=[]), ["write='merge' needs a key"]),
    "append with key": (lambda: a_source(write="append"), ["takes no key; use 'merge'"]),
    "merge across days": (
        lambda: a_source(write="merge", key=["id"], partition=DAILY),
        ["the key must contain the partition column 'day'", "add it to the key"],
    ),
    "allow_empty where nothing is replaced": (
        lambda: a_source(write="merge", allow_empty=True),
        ["allow_empty", "write='replace'"],
    ),
    **{
        f"replace with increments of {type(extract).__name__}": (
            lambda extract=extract: a_source(extract=extract),
            ["source 'orders'", "extracted incrementally", "write='replace'", "say write='merge' with a key, or"],
        )
        for extract in (
            SqlTable("sqlite:///x", "t", cursor="id"),
            SqlQuery("sqlite:///x", "select 1 as id", cursor="id"),
            RestApi("http://127.0.0.1/x", cursor="id"),
            Files("/x/*.csv", incremental=True),
        )
    },
    "neither sql nor function": (lambda: a_derived(sql=None), ["'totals'", "either sql or function"]),
    "both sql and function": (lambda: a_derived(function=print), ["either sql or function"]),
    "no key": (lambda: a_derived(key=[]), ["say what identifies a row, key=[…]"]),
    "columns of SQL": (lambda: a_derived(columns={"orders": ["id"]}), ["'totals'", "columns is for a function"]),
    "no columns": (lambda: a_function(columns={"orders": []}), ["columns of 'orders' is a list of names"]),
    "columns that are a text": (lambda: a_function(columns={"orders": "id"}), ["is a list of names: 'id'"]),
    "negative history": (lambda: a_derived(history={"orders": -1}), ["history", "-1"]),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_in_a_declaration(case: str) -> None:
    make, words = MISTAKES[case]
    with pytest.raises(DatasetError) as raised:
        make()
    assert [word for word in words if word not in str(raised.value)] == []


def catalog(*datasets: Source | Derived) -> Catalog:
    return Catalog.of([d for d in datasets if isinstance(d, Source)], [d for d in datasets if isinstance(d, Derived)])


class Other(Contract):
    """Rows without a day."""

    id: Integer = column("Number.")


CATALOGS: dict[str, tuple[list[Any], list[str]]] = {
    "unknown input": ([a_derived()], ["'totals' reads staged.orders", "there are none"]),
    "another layer": (
        [a_source(), a_derived(sql="select * from transformed.orders")],
        ["reads transformed.orders", "there are totals"],
    ),
    "no layer": ([a_source(), a_derived(sql="select * from orders")], ["staged.{table} or transformed.{table}"]),
    "production": ([a_source(), a_derived(sql="select * from production.orders")], ["reads production.orders"]),
    "unknown argument": (
        [a_source(), a_derived(sql=None, function=lambda order: order)],
        ["reads order, which does not exist", "there are orders, totals"],
    ),
    "a circle": (
        [
            a_derived(name="one", sql="select * from transformed.two"),
            a_derived(name="two", sql="select * from transformed.one"),
        ],
        ["read each other in a circle", "one", "two"],
    ),
    "itself": ([a_derived(sql="select * from transformed.totals")], ["circle", "totals → totals"]),
    "history of a stranger": (
        [a_source(), a_derived(history={"flights": 1})],
        ["declares history of ['flights'], which it does not read"],
    ),
    "columns of a stranger": (
        [a_source(), a_function(columns={"flights": ["id"]})],
        ["declares columns of ['flights'], which it does not read"],
    ),
    "unknown columns": (
        [a_source(), a_function(columns={"orders": ["id", "days"]})],
        ["columns of 'orders' that its contract does not have: ['days']", "it has ["],
    ),
    "history without partitions": (
        [a_source(), a_derived(partition=DAILY, history={"orders": 1})],
        ["history of 'orders' counts partitions"],
    ),
    "history of another unit": (
        [
            a_source(partition=Monthly(start="2024-01-01", column="day")),
            a_derived(partition=DAILY, history={"orders": 1}),
        ],
        ["both tables must be partitioned alike"],
    ),
    "partition column": (
        [a_source(partition=DAILY, contract=Other, key=["id"])],
        ["'orders' is partitioned by 'day', which its contract Other does not have", "['id']"],
    ),
    "partition column of another type": (
        [a_source(partition=Daily(start="2024-01-01", column="note"))],
        ["'orders' is partitioned by 'note'", "a date or a timestamp"],
    ),
    "hours of a date": (
        [a_source(partition=Hourly(start="2024-01-01", column="day"))],
        ["'orders' is partitioned by hour of 'day'", "timestamp"],
    ),
    "nullable partition column": (
        [a_source(contract=type("N", (Contract,), {"__annotations__": {"day": Date, "id": Integer},
                                                   "day": column("d", nullable=True), "id": column("i")}),
                  key=["id"], partition=DAILY)],
        ["'orders' is partitioned by 'day'", "nullable"],
    ),
    "order_by": ([a_source(order_by=["updated"])], ["order_by names 'updated'"]),
    "quarantine in a derived table": (
        [a_source(), a_derived(contract=type("Q", (Contract,), {
            "__annotations__": {"day": Date, "id": Integer}, "day": column("d"),
            "id": column("i", ge=1, severity="quarantine")}))],
        ["'totals': check", "asks for quarantine", "use 'stop' or 'warn'"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CATALOGS)
def test_a_mistake_between_datasets(case: str) -> None:
    datasets, words = CATALOGS[case]
    with pytest.raises((DatasetError, ContractError)) as raised:
        catalog(*datasets)
    assert [word for word in words if word not in str(raised.value)] == []


def contract(rules: Any = None, **columns: tuple[Any, Any]) -> type[Contract]:
    names = {name: kind for name, (kind, _) in columns.items()}
    output = {name: value for name, (_, value) in columns.items()}
    return type("Faulty", (Contract,), {"__annotations__": names, **output}, rules=rules)


CONTRACTS: dict[str, tuple[type[Contract], list[str], list[str]]] = {
    "no columns": (contract(), [], ["the contract Faulty has no columns"]),
    "unknown type": (contract(x=(int, column("x"))), [], ["column x", "int64", "use Integer, Float"]),
    "key not there": (contract(x=(Integer, column("x"))), ["y"], ["has no column 'y', which the key names", "['x']"]),
    "nullable key": (contract(x=(Integer, column("x", nullable=True))), ["x"], ["key column 'x' may not be nullable"]),
    "one name twice": (contract(x=(Integer, column("x")), X=(Integer, column("x"))), [], ["two columns named 'x'"]),
    "lineage column": (
        contract(created_at=(Text, column("x"))),
        [],
        ["test_mistakes.py)", "column 'created_at': the name is reserved", 'column(…, source="created_at")'],
    ),
    "private name": (
        contract(x=(Integer, column("x")), _id=(Text, column("x"))),
        ["_id"],
        ["column '_id': the name is reserved", 'source_id: … = column(…, source="_id")'],
    ),
    "severity": (contract(x=(Integer, column("x", severity="error"))), [], ["x: severity is one of ['log'", "'error'"]),  # pyright: ignore[reportArgumentType]
    "severity of a check": (contract(x=(Integer, column("x", severity={"ge": "no"}))), [], ["severity is one of"]),  # pyright: ignore[reportArgumentType]
    "severity of a check that is not there": (
        contract(x=(Integer, column("x", ge=1, severity={"le": "warn"}))), [], ["column x", "'le'", "'ge'"],
    ),
    "severity of a rule": (
        contract(rules=[Rule("r", "x > 1", severity="loud")], x=(Integer, column("x"))),  # pyright: ignore[reportArgumentType]
        [],
        ["rule r: severity is one of ['log', 'quarantine', 'stop', 'warn'], not 'loud'"],
    ),
    "two checks of a name": (
        contract(rules=[Rule("r", "x > 1"), Rule("r", "x > 2")], x=(Integer, column("x"))),
        [],
        ["two checks named 'r'"],
    ),
    "a rule that cannot be read": (
        contract(rules=[Rule("r", "x > ")], x=(Integer, column("x"))), [], ["rule 'r'", "not readable as BigQuery SQL"],
    ),
    "bytes with a pattern": (contract(x=(Bytes, column("x", pattern="a"))), [], ["column x", "about text"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CONTRACTS)
def test_a_mistake_in_a_contract(case: str) -> None:
    faulty, key, words = CONTRACTS[case]
    with pytest.raises(ContractError) as raised:
        table_spec("staged/t", faulty, key, Severity.QUARANTINE)
    assert str(raised.value).startswith("staged/t")
    assert [word for word in words if word not in str(raised.value)] == []


def test_a_share_is_a_share() -> None:
    with pytest.raises(ValueError, match="quarantine_above is a share from 0 to 1, not 5"):
        type("Faulty", (Contract,), {}, quarantine_above=5)


def test_a_derived_table_in_sql_is_no_function() -> None:
    with pytest.raises(TypeError, match="derived table 'totals' is SQL, not a function"):
        a_derived()()

    @derived(contract=Good, key=["day"])
    def doubled(n: int) -> int:
        return n * 2

    assert doubled(4) == 8
    assert doubled.name == "doubled"


# Discovery.


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write the modules of a package of datasets, and discover it."""
    name = f"datasets_of_{tmp_path.name.replace('-', '_')}"
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(**modules: str) -> Datasets:
        (tmp_path / name).mkdir()
        for module, text in {"__init__": "", **modules}.items():
            path = tmp_path / name / f"{module.replace('__sub__', 'sub/')}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(textwrap.dedent(text))
        return discover(name)

    yield write
    for module in [m for m in sys.modules if m.split(".")[0] == name]:
        del sys.modules[module]


MODULE = """
from dataops_assets.model import *
class Rows(Contract):
    '''Rows.'''
    id: Integer = column("Number.")
{variable} = Source(name={name!r}, extract=None, contract=Rows, key=["id"])
"""


def test_discovery_finds_all_modules_and_each_dataset_once(package: Any) -> None:
    found = package(one=MODULE.format(variable="orders", name="orders"), two=MODULE.format(variable="o", name="others"))
    assert sorted(source.name for source in found.sources) == ["orders", "others"]


def test_discovery_names_the_file_that_cannot_be_imported(package: Any) -> None:
    with pytest.raises(DatasetError, match=r"\.two cannot be imported: ModuleNotFoundError: No module named 'nowhere'"):
        package(one="", two="import nowhere")


def test_discovery_names_the_file_with_a_bad_dataset(package: Any) -> None:
    with pytest.raises(DatasetError, match=r"\.one cannot be imported: DatasetError: source 'Bad'"):
        package(one=MODULE.format(variable="x", name="Bad"))


def test_discovery_names_the_file_with_a_syntax_error(package: Any) -> None:
    with pytest.raises(DatasetError, match=r"\.one cannot be imported: SyntaxError"):
        package(one="x = = 1")


def test_discovery_refuses_two_datasets_of_a_name(package: Any) -> None:
    with pytest.raises(DatasetError, match=r"\.two: a dataset called 'orders' exists already in .*\.one; rename one"):
        package(one=MODULE.format(variable="a", name="orders"), two=MODULE.format(variable="b", name="orders"))


def test_datasets_given_by_hand_have_names_of_their_own() -> None:
    with pytest.raises(DatasetError, match="two datasets are called 'orders'"):
        Datasets(sources=(a_source(), a_source()))
    with pytest.raises(DatasetError, match="two datasets are called 'orders'"):
        Datasets(sources=(a_source(),), derived=(a_derived(name="orders"),))
