"""A small project with a table of each kind, taken through two days of corrections, to be damaged and mended."""

import shlex
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from dataops_assets.commands.arguments import parser
from dataops_assets.commands.selection import selected
from dataops_assets.lake.versions import read_current
from dataops_assets.model import Contract, Integer, Source, Text, column
from dataops_assets.recovery import rebuild
from dataops_assets.sources import SqlTable
from dataops_assets.verification.report import Report
from dataops_assets.verification.verify import verify_all
from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse
from dataops_assets_tests.place import RUN, Place, place
from dataops_assets_tests.proofs.shop import DAYS, SALES, offer, sources, trend

DATES = DAYS[:2]
LINEAGE = {"created_at", "updated_at", "_attempt", "_run_id", "quarantined_at"}


class Customer(Contract, quarantine_above=0.9):
    """One row per customer."""

    id: Integer = column("Number.")
    name: Text = column("Name.")
    changed: Integer = column("Last change.")


def market(home: Path, source: Path) -> Place:
    """Daily files that are merged, daily files that are replaced, a database read incrementally; two derived tables."""
    customers = Source(
        name="customers",
        extract=SqlTable(f"sqlite:///{source}/shop.db", "customers", cursor="changed"),
        contract=Customer,
        key=["id"],
        write="merge",
    )
    return place(home, *sources(home, source), customers, SALES, trend)


def grow(at: Place, source: Path, variant: str) -> None:
    """Let the source say something new, and take it all the way."""
    offer(source.parent, dict.fromkeys(DATES, variant))
    with closing(sqlite3.connect(source / "shop.db")) as database, database:
        database.execute("CREATE TABLE IF NOT EXISTS customers (id INTEGER, name TEXT, changed INTEGER)")
        (number,) = database.execute("SELECT COUNT(*) FROM customers").fetchone()
        rows = [(number + 1, variant, number + 1), (number + 2, None, number + 2)]
        database.executemany("INSERT INTO customers VALUES (?, ?, ?)", rows)
    obey(at, f"dataops run --select * --partitions {DATES[0]}..{DATES[-1]}")


def verify(at: Place) -> Report:
    """As `dataops verify` does."""
    storage = at.project.storage
    return verify_all(storage.warehouse, storage.staging, storage.production, at.project.catalog)


def obey(at: Place, command: str) -> list[str]:
    """Do what a command line says, without Dagster around it; returns what it refused."""
    program, *arguments = shlex.split(command)
    assert program == "dataops"
    options, catalog = parser().parse_args(arguments), at.project.catalog
    assets = selected(catalog, options.select)
    if options.command == "rebuild":
        return rebuild(at.project.storage, catalog, assets, RUN, lambda line: None)
    assert options.command == "run"
    first, _, last = (options.partitions or "").partition("..")
    keys = [day for day in DATES if first <= day <= (last or first)]
    outcomes = []
    for name, table in catalog.staged.items():
        own = keys if table.calendar else []
        assert own or not table.calendar or not {f"raw/{name}", table.asset} & assets, f"{command!r} names no partition"
        if f"raw/{name}" in assets:
            at.extract(name, *own, full_refresh=options.full_refresh)
        if table.asset in assets:
            outcomes += at.load(name, *own)
    for name, table in catalog.derived.items():
        if table.asset in assets:
            outcomes += at.transform(name, *keys)
        if f"production/{name}" in assets:
            outcomes += at.publish(name, *keys)
    return [outcome.refusal for outcome in outcomes if outcome.refusal]


def tables(at: Place) -> dict[str, list[str]]:
    """All rows of all tables but their lineage, and the published versions' names by partition."""
    warehouse, catalog = at.project.storage.warehouse, at.project.catalog
    names = [(warehouse.staging, table.relation) for table in (*catalog.staged.values(), *catalog.derived.values())]
    names += [(warehouse.staging, table.quarantine) for table in catalog.staged.values()]
    names += [(warehouse.production, table.relation) for table in catalog.derived.values()]
    found: dict[str, list[str]] = {}
    with warehouse.session() as session, session.reading():
        for schema, table in names:
            there = session.exists(schema, table)
            records = session.arrow(f"SELECT * FROM {session.relation(schema, table)}").to_pylist() if there else []
            found[f"{schema}.{table}"] = sorted(repr(_plain(record)) for record in records)
    for name, table in catalog.derived.items():
        assert table.calendar
        pointers = ((day, read_current(at.project.storage.production, name, table.calendar.of(day))) for day in DATES)
        found[f"shown of {name}"] = [f"{day} {pointer['version']}" for day, pointer in pointers if pointer]
    return found


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sorted(record.items()) if name not in LINEAGE}


def by_hand(at: Place, sql: str) -> None:
    """Change the warehouse behind the ledger's back. sql: with `staging.` and `production.` for the schemas."""
    warehouse: Any = at.project.storage.warehouse
    for schema in ("staging", "production"):
        sql = sql.replace(f"{schema}.", f"{getattr(warehouse, schema)}.")
    if isinstance(warehouse, DuckDBWarehouse):
        with duckdb.connect(str(warehouse.path)) as connection:
            connection.execute(sql)
    else:
        warehouse.client.query(sql).result()


Spoil = Callable[[bytes], bytes | None]
