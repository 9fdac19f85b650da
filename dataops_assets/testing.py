"""Testing datasets: a transformation with a few rows and no Dagster, or all the way from a file to production;
and what was an incident once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import pyarrow as pa

from dataops_assets.dialects.duckdb import DUCKDB
from dataops_assets.dialects.portable import translate
from dataops_assets.load.captured import Captured, changes, differences, read
from dataops_assets.model.partitions import Window
from dataops_assets.model.tables import DatasetError, Derived
from dataops_assets.model.types import to_pandas
from dataops_assets.transform.inputs import input_names

if TYPE_CHECKING:
    import dagster as dg

    from dataops_assets.build import Project


def run_sql(
    derived: Derived, tables: Mapping[str, pd.DataFrame | pa.Table], window: Window | None = None
) -> pd.DataFrame:
    """The answer of a derived table's SQL over these tables, on DuckDB in memory.

    tables: DataFrames or Arrow tables by the names the SQL uses, such as "staged.flights". Timestamps without a time
        zone are read as dates, if all are at midnight.
    window: what `@window_start` and `@window_end` stand for, as dates; only if the SQL names them.
    Returns the rows with the pandas types of the contract words, in the order in which the SQL gives them. Raises
    DatasetError for a table that is missing or a derived table that is not SQL.
    """
    if derived.sql is None:
        raise DatasetError(f"derived table {derived.name!r} is a function: call it with DataFrames")
    needed = [f"{layer}.{name}" for layer, name in input_names(derived)]
    if missing := sorted(set(needed) - set(tables)):
        raise DatasetError(f"derived table {derived.name!r} reads {', '.join(missing)}; tables has {sorted(tables)}")
    sql = translate(derived.sql, DUCKDB.name)
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name in needed:
            schema, _, table = name.partition(".")
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {DUCKDB.quote(schema)}")
            connection.register("_given", _arrow(tables[name]))
            connection.execute(f"CREATE TABLE {DUCKDB.quote(schema, table)} AS SELECT * FROM _given")
            connection.unregister("_given")
        bounds = {"window_start": window.start.date(), "window_end": window.end.date()} if window else {}
        used: dict[str, Any] = {name: value for name, value in bounds.items() if f"${name}" in sql}
        return to_pandas(connection.sql(sql, params=used).to_arrow_table())


def captured(folder: Path) -> list[Captured]:
    """What `dataops capture` has kept in a folder, in the order of the files' names; nothing if it is not there.

    Raises NotCaptured for a file of another kind.
    """
    return [read(path) for path in sorted(folder.glob("*.json"))]


@dataclass(frozen=True)
class Datasets:
    """Datasets on a lake and a warehouse of their own, on the local profile."""

    _project: "Project"
    _instance: "dg.DagsterInstance"

    def run(self, select: str | None = None, partitions: str | None = None) -> None:
        """Do as `dataops run --select … --partitions A..B`. Raises AssertionError with what failed."""
        from dataops_assets.runs import runner

        first, _, last = (partitions or "").partition("..")
        problems = [
            problem
            for result in runner.run(
                self._project.definitions(),
                self._instance,
                select=select,
                partitions=(first, last or first) if first else None,
            )
            for problem in result.problems
        ]
        if problems:
            raise AssertionError("\n".join(problems))

    def finds_again(self, case: Captured) -> None:
        """Load the rows of an incident, as `dataops capture` has kept them, into lake and warehouse, which have nothing
        of that table. Raises AssertionError if a row is judged otherwise than then, with how the contract has changed.
        """
        table = self._project.catalog.staged.get(case.table)
        if table is None:
            raise AssertionError(f"{case}: there is no source {case.table!r} any more; delete the file if it is meant")
        if found := differences(case, table, self._project.storage):
            changed = [f"the contract has changed: {change}" for change in changes(case, table)]
            raise AssertionError(
                "\n".join([f"{case}, {case.reason or 'captured'} ({case.captured_at:%Y-%m-%d}):", *found, *changed])
            )

    def query(self, sql: str) -> pd.DataFrame:
        """The answer of a query in DuckDB's SQL over the committed tables, with the pandas types of contracts."""
        return to_pandas(self._project.storage.warehouse.query(sql))


@contextmanager
def project(*packages: str, home: Path) -> Iterator[Datasets]:
    """The datasets of these packages, with their lake and warehouse below `home`; a temporary folder will do.

    Sources are asked as in any run: lead them to a few files by their environment variables.
    """
    import dagster as dg

    from dataops_assets.build import Project
    from dataops_assets.discovery import discover
    from dataops_assets.settings import Settings

    with dg.DagsterInstance.ephemeral() as instance:
        yield Datasets(Project(Settings(home=home, datasets=packages), discover(*packages)), instance)


def _arrow(table: pd.DataFrame | pa.Table) -> pa.Table:
    """Arrow, with the days that pandas keeps as timestamps at midnight as dates."""
    if isinstance(table, pa.Table):
        return table
    found = pa.Table.from_pandas(table, preserve_index=False)
    for place, field in enumerate(found.schema):
        if not (pa.types.is_timestamp(field.type) and field.type.tz is None):
            continue
        moments = found.column(place).cast(pa.timestamp("us"))
        days = moments.cast(pa.date32())
        if days.cast(moments.type).equals(moments):
            found = found.set_column(place, field.name, days)
    return found
