"""A small house with a history: orders by day with hostile and personal values, a table without partitions, and a
published one.
"""

import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from dataops_assets.build import Project
from dataops_assets.io.operation import written
from dataops_assets.io.values import Extract, Load, Publish, Transform
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.model import (
    Categories,
    Completeness,
    Contract,
    Daily,
    Date,
    Derived,
    Drift,
    Integer,
    References,
    Source,
    Text,
    Volume,
    column,
)
from dataops_assets.report.facts import Facts, gather
from dataops_assets.sources import Files
from dataops_assets_tests.support import make_project

DAYS = [(date(2024, 1, 1) + timedelta(days=n)).isoformat() for n in range(58)]
GAP, SHORT = DAYS[30], DAYS[-1]
"""A day without orders, and one with few."""
SOLD = 5
"""Of the days that are taken so many, the last, are made into sales."""
CALENDAR = Daily(start=DAYS[0], end="2024-02-28", column="day")
HOSTILE = "</title><script>alert(1)</script>"
SECRET = "anna@example.org"


class Orders(Contract, quarantine_above=0.5):
    """One row per order."""

    day: Date = column("Day of the order.")
    id: Integer = column("Number of the order.")
    item: Text = column("What was ordered & sent.")
    email: Text = column("Who ordered.", tags=["pii"])
    cents: Integer = column("Price.", unit="cents", ge=0)


class OrdersOnce(Contract, quarantine_above=0.5):
    """The same as it was once, when nobody had tagged the address."""

    day: Date = column("Day of the order.")
    id: Integer = column("Number of the order.")
    item: Text = column("What was ordered & sent.")
    email: Text = column("Who ordered.")
    cents: Integer = column("Price.", unit="cents", ge=0)


class Items(Contract):
    """All items."""

    item: Text = column("What there is.")


class Sales(Contract):
    """One row per item and day."""

    day: Date = column("Day of the orders.")
    item: Text = column("What was ordered.")
    orders: Integer = column("How many.")


SALES = Derived(
    name="sales",
    contract=Sales,
    partition=CALENDAR,
    key=["day", "item"],
    publish=True,
    sql="""
        select day, item, count(*) as orders from staged.orders
        where day >= @window_start and day < @window_end group by day, item
    """,
)


def sources(home: Path) -> tuple[Source, Source]:
    folder = home / "source"
    orders = Source(
        name="orders",
        extract=Files(f"{folder}/orders-{{partition.start:%Y-%m-%d}}.csv"),
        contract=Orders,
        key=["day", "id"],
        partition=CALENDAR,
        owners=["team:shop"],
        statistics=[Volume(), Completeness(), Categories(), Drift()],
    )
    items = Source(
        name="items",
        extract=Files(f"{folder}/items.csv"),
        contract=Items,
        key=["item"],
        statistics=[References(columns=["item"], of="staged/orders")],
    )
    return orders, items


def house(home: Path) -> Project:
    """With the address tagged."""
    return make_project(home, *sources(home), SALES)


def house_once(home: Path) -> Project:
    """Before it was."""
    orders, items = sources(home)
    return make_project(home, replace(orders, contract=OrdersOnce), items, SALES)


def offer(home: Path, days: Sequence[str], short: int = 6) -> None:
    """Every fifth day has an order that goes to quarantine. short: how many orders the last day has."""
    (home / "source").mkdir(parents=True, exist_ok=True)
    for place, day in enumerate(DAYS):
        if day == GAP or day not in days:
            continue
        count = short if day == SHORT else 30 + 4 * (place % 7) + place % 3
        rows = [(day, n, HOSTILE if n % 3 == 0 else f"item-{n % 3}", SECRET, 100 + 7 * n) for n in range(count)]
        bad = [(day, 900, "item-1", SECRET, "free")] if place % 5 == 0 else []
        _write(home / "source" / f"orders-{day}.csv", ("day", "id", "item", "email", "cents"), [*rows, *bad])
    _write(home / "source" / "items.csv", ("item",), [(f"item-{n}",) for n in range(len(days))])


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


def take(project: Project, days: Sequence[str]) -> None:
    """Through the layers, as the assets do it; the whole table of items after them."""
    run, staged = RunInfo("run", "code"), project.catalog.staged
    partitions = [CALENDAR.of(day) for day in days]
    sales = project.catalog.derived["sales"]
    for work in (Extract(staged["orders"].source), Load(staged["orders"])):
        written(work, project.storage, partitions, run)
    for work in (Transform(sales, project.catalog.inputs["sales"]), Publish(sales)):
        written(work, project.storage, partitions[-SOLD:], run)
    for work in (Extract(staged["items"].source), Load(staged["items"])):
        written(work, project.storage, [None], run)


def facts_of(project: Project, name: str = "orders") -> Facts:
    """What a report shows of a table."""
    table = project.catalog.staged.get(name) or project.catalog.derived[name]
    warehouse = project.storage.warehouse
    with warehouse.session() as session, session.reading():
        return gather(session, warehouse.staging, table)
