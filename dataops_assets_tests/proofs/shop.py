"""A small project that all proofs share: two daily sources of files, a table in SQL and one in pandas, both published.

Each day of the source has variants, so that what was there before and what came after can be told apart.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from dataops_assets.build import Project
from dataops_assets.io.operation import written
from dataops_assets.io.values import Extract, Load, Operation, Publish, Transform
from dataops_assets.ledger.outcome import Outcome, RunInfo
from dataops_assets.model import Contract, Daily, Date, Derived, Integer, Source, Text, Window, column, derived
from dataops_assets.sources import Files
from dataops_assets.verification.verify import verify_all
from dataops_assets.warehouse.base import Warehouse
from dataops_assets_tests.support import make_project

DAYS = ("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05")
CALENDAR = Daily(start=DAYS[0], end="2024-01-06", column="day")
ORDERS = 8
"""Orders of a day; one more, which breaks the contract, goes to quarantine."""


class Orders(Contract, quarantine_above=0.5):
    """One row per order."""

    day: Date = column("Day of the order.")
    id: Integer = column("Number of the order.")
    item: Text = column("What was ordered.")
    cents: Integer = column("Price.", unit="cents", ge=0)


class Stock(Contract, quarantine_above=0.1):
    """One row per item and day."""

    day: Date = column("Day of the count.")
    item: Text = column("What was counted.")
    pieces: Integer = column("How many there were.", ge=0)


class Sales(Contract):
    """One row per item and day."""

    day: Date = column("Day of the orders.")
    item: Text = column("What was ordered.")
    orders: Integer = column("How many orders.", le=3)
    cents: Integer = column("Sum of their prices.", unit="cents", ge=0)
    pieces: Integer = column("How many there were in stock.", nullable=True)


class Trend(Contract):
    """One row per item and day, with the day before."""

    day: Date = column("Day of the orders.")
    item: Text = column("What was ordered.")
    cents: Integer = column("Sum of the prices.", unit="cents")
    cents_before: Integer = column("The same of the day before.", unit="cents", nullable=True)


SALES = Derived(
    name="sales",
    contract=Sales,
    partition=CALENDAR,
    key=["day", "item"],
    publish=True,
    sql="""
        select o.day, o.item, count(*) as orders, sum(o.cents) as cents, max(s.pieces) as pieces
        from staged.orders as o left join staged.stock as s on s.day = o.day and s.item = o.item
        where o.day >= @window_start and o.day < @window_end
        group by o.day, o.item
    """,
)


@derived(
    contract=Trend,
    key=["day", "item"],
    partition=CALENDAR,
    history={"sales": 1},
    lineage={
        "day": ["sales.day"],
        "item": ["sales.item"],
        "cents": ["sales.cents"],
        "cents_before": ["sales.day", "sales.cents"],
    },
    publish=True,
)
def trend(sales: pd.DataFrame, window: Window) -> pd.DataFrame:
    start, end = (pd.Timestamp(moment).tz_localize(None) for moment in (window.start, window.end))
    before = sales.assign(day=(sales["day"] + pd.Timedelta(days=1)).astype(sales["day"].dtype))
    rows = sales.loc[(sales["day"] >= start) & (sales["day"] < end)]
    rows = rows.merge(before[["day", "item", "cents"]], on=["day", "item"], how="left", suffixes=("", "_before"))
    return rows[["day", "item", "cents", "cents_before"]].astype({"cents_before": "Int64"})


ORDERS_ALONE = replace(
    SALES,
    publish=False,
    sql="""
        select day, item, count(*) as orders, sum(cents) as cents, cast(null as int64) as pieces
        from staged.orders where day >= @window_start and day < @window_end
        group by day, item
    """,
)
"""The sales without the stock, and not for everyone."""


def sources(home: Path, folder: Path | None = None) -> tuple[Source, Source]:
    """The two sources, below `home` or in a folder of their own."""
    folder = folder or home / "source"
    return (
        Source(
            name="orders",
            extract=Files(f"{folder}/orders-{{partition.start:%Y-%m-%d}}.csv"),
            contract=Orders,
            key=["day", "id"],
            partition=CALENDAR,
            write="merge",
            max_parallel=1,  # one after the other: so that each write has its number
        ),
        Source(
            name="stock",
            extract=Files(f"{folder}/stock-{{partition.start:%Y-%m-%d}}.csv"),
            contract=Stock,
            key=["day", "item"],
            partition=CALENDAR,
            max_parallel=1,
        ),
    )


def shop(home: Path, *more: Any, **settings: Any) -> Project:
    """The project, with its state below `home`."""
    return make_project(home, *sources(home), SALES, trend, *more, **settings)


def stall(home: Path, **settings: Any) -> Project:
    """The smallest shop: orders, the sales that are made of them alone in SQL, and of these the trend in pandas."""
    return make_project(home, sources(home)[0], ORDERS_ALONE, trend, **settings)


def offer(home: Path, variants: Mapping[str, str]) -> None:
    """Let the source say this of each day: "old", "new", another word for other prices, "bad" or "many".

    "new" and its like have one order more than "old", and one item of stock less. "bad" has stock that breaks its
    contract, and orders as "old". "many" has so many orders that the sales break theirs.
    """
    folder = home / "source"
    folder.mkdir(parents=True, exist_ok=True)
    for day, variant in variants.items():
        base = 100 if variant in ("old", "bad") else 100 + sum(map(ord, variant))
        count = {"old": ORDERS, "bad": ORDERS, "many": ORDERS + 4}.get(variant, ORDERS + 1)
        orders: list[Sequence[object]] = [(day, n, f"item-{n % 3}", base + n) for n in range(count)]
        orders.append((day, 900, "item-0", "free"))
        stock = [(day, f"item-{number}", -1 if variant == "bad" else base + number) for number in range(3)]
        _write(folder / f"orders-{day}.csv", ("day", "id", "item", "cents"), orders)
        _write(folder / f"stock-{day}.csv", ("day", "item", "pieces"), stock if base == 100 else stock[:2])


def _write(path: Path, header: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([header, *lines])


CLERKS = ("anna", "otto")


def clerk(home: Path, name: str) -> Project:
    """The project on the state of `home`, but with a source that only this clerk hears."""
    return make_project(home, *sources(home, home / "source" / name), SALES, trend)


def offer_own(home: Path, name: str, days: Sequence[str], number: int) -> None:
    """What a clerk's source says in round `number`: orders that only it has, and the whole stock."""
    folder, place = home / "source" / name, CLERKS.index(name)
    folder.mkdir(parents=True, exist_ok=True)
    for day in days:
        orders = [(day, place * 100 + i, f"{name}-{i}", 1000 * number + i) for i in range(5)]
        _write(folder / f"orders-{day}.csv", ("day", "id", "item", "cents"), orders)
        stock = [(day, f"{name}-{i}", 1000 * place + 10 * number + i) for i in range(3 + place)]
        _write(folder / f"stock-{day}.csv", ("day", "item", "pieces"), stock)


def take(project: Project, days: Sequence[str], steps: Sequence[str] = ()) -> dict[str, list[Outcome]]:
    """Take days through the layers as the assets do, without Dagster around it; returns the outcomes by asset.

    steps: the assets to write, if not all of them.
    """
    found: dict[str, list[Outcome]] = {}
    partitions = [CALENDAR.of(day) for day in days]

    def step(asset: str, work: Operation) -> None:
        if not steps or asset in steps:
            found[asset] = written(work, project.storage, partitions, RunInfo("run", "code"))

    for table in project.catalog.staged.values():
        step(f"raw/{table.source.name}", Extract(table.source))
    for table in project.catalog.staged.values():
        step(table.asset, Load(table))
    for name, table in project.catalog.derived.items():
        step(table.asset, Transform(table, project.catalog.inputs[name]))
        if table.derived.publish:
            step(f"production/{name}", Publish(table))
    return found


def published(warehouse: Warehouse) -> dict[str, str]:
    """The published tables, each in one text: every row of every day, in a stable order."""
    text = "STRING_AGG(CAST(t AS VARCHAR), ';' ORDER BY CAST(t AS VARCHAR))"
    tables = ("production.sales", "production.trend")
    return {t: str(warehouse.query(f"SELECT {text} AS answer FROM {t} AS t").to_pylist()[0]["answer"]) for t in tables}


def problems(project: Project) -> list[str]:
    """What `dataops verify` would say."""
    storage = project.storage
    return list(map(str, verify_all(storage.warehouse, storage.staging, storage.production, project.catalog).problems))
