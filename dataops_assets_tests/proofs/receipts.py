"""Proof of the third promise: the ways in which something could come to production unvalidated, each tried."""

from collections.abc import Callable
from pathlib import Path

import duckdb

from dataops_assets.build import Project
from dataops_assets.model import Derived, Integer, column
from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse
from dataops_assets_tests.proofs import state
from dataops_assets_tests.proofs.shop import DAYS, SALES, Sales, offer, shop, sources, take, trend
from dataops_assets_tests.support import make_project

DAY = DAYS[0]
PUBLISH = ["production/sales"]
STEPS = ["raw/orders", "raw/stock", "staged/orders", "staged/stock", "transformed/sales", *PUBLISH]


class Stricter(Sales):
    """The same table, under a contract that has changed since."""

    orders: Integer = column("How many orders.", le=4)


def tamper(project: Project, sql: str) -> None:
    """Change the warehouse behind the ledger's back."""
    warehouse = project.storage.warehouse
    assert isinstance(warehouse, DuckDBWarehouse)
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute(sql)


def with_stricter_contract(home: Path) -> Project:
    """The project after an edit of the contract of sales."""
    edited = Derived(
        name="sales", contract=Stricter, partition=SALES.partition, key=SALES.key, publish=True, sql=SALES.sql
    )
    return make_project(home, *sources(home), edited, trend)


def never_validated(home: Path) -> Project:
    return shop(home / "elsewhere")


def validation_failed(home: Path) -> Project:
    offer(home, {DAY: "many"})
    take(shop(home), [DAY], ["raw/orders", "staged/orders", "transformed/sales"])
    return shop(home)


def input_held(home: Path) -> Project:
    offer(home, {DAY: "bad"})
    take(shop(home), [DAY], ["raw/stock", "staged/stock", "transformed/sales"])
    return shop(home)


def staging_changed(home: Path) -> Project:
    tamper(shop(home), f"UPDATE staging.sales SET cents = cents + 1 WHERE day = '{DAY}' AND item = 'item-1'")
    return shop(home)


def staging_emptied(home: Path) -> Project:
    tamper(shop(home), "DELETE FROM staging.sales")
    return shop(home)


def contract_changed(home: Path) -> Project:
    return with_stricter_contract(home)


def receipt_of_input_missing(home: Path) -> Project:
    tamper(shop(home), "DELETE FROM staging._ledger WHERE asset = 'staged/stock'")
    return shop(home)


WAYS: dict[Callable[[Path], Project], str] = {
    never_validated: "has no validated version",
    validation_failed: "the last validation of transformed/sales says failed.*orders.le",
    input_held: "the last validation of transformed/sales says held.*because staged/stock 2024-01-01 failed",
    staging_changed: "the rows in staging.sales are version .* the receipt is of",
    staging_emptied: "the rows in staging.sales are version .* the receipt is of",
    contract_changed: "validated under another contract",
    receipt_of_input_missing: "no receipt for staged/stock 2024-01-01",
}
"""What could go wrong, and what production then says."""


def prepare(home: Path) -> None:
    """A day that is published, and a newer version of it that is validated, but not published yet."""
    project = shop(home)
    offer(home, {DAY: "old"})
    take(project, [DAY], STEPS)
    offer(home, {DAY: "new"})
    take(project, [DAY], ["raw/orders", "staged/orders", "transformed/sales"])


def published_unvalidated(home: Path, way: Callable[[Path], Project]) -> tuple[list[str], str]:
    """Publish after something went wrong; returns what came to production all the same, and the reason given."""
    project = way(home)
    before = state.rows(project)["production.sales"], state.pointers(project)
    [outcome] = take(project, [DAY], PUBLISH)["production/sales"]
    after = state.rows(project)["production.sales"], state.pointers(project)
    wrong = [] if after == before else ["production has changed"]
    if outcome.entry.verdict == "passed":
        wrong.append("the ledger says it was published")
    return wrong, outcome.refusal
