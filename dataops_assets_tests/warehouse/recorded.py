"""The statements that the warehouse is given for a day of the demo, on either backend, as text that people can review.

`python -m dataops_assets_tests.warehouse.recorded` writes them down anew.
"""

import os
import re
import tempfile
import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from duckdb import DuckDBPyConnection

from dataops_assets.build import Project
from dataops_assets.discovery import discover
from dataops_assets.ledger import entries as ledger
from dataops_assets.publish.difference import differences
from dataops_assets.publish.rows import StagedRows
from dataops_assets.settings import Settings
from dataops_assets.warehouse.bigquery.jobs import Jobs
from dataops_assets.warehouse.duckdb.warehouse import DuckDBSession
from dataops_assets_tests.place import Place
from dataops_assets_tests.standins.cloud import Cloud, running

GOLDEN = Path(__file__).parent / "golden"
DAY = "2013-01-05"
REWRITE = "python -m dataops_assets_tests.warehouse.recorded"

# What differs from run to run, or from machine to machine, and what stands for it.
_CHANGING = (
    (r"s[0-9a-f]{12}(?=_)", "SESSION"),
    (r"created_at=[0-9T:.\-]+Z", "created_at=ATTEMPT"),
    (r"(?:gs:/)?/[^'\s]*?(?=/raw_\w+/)", "LAKE"),
    (r"'/[^']*warehouse\.duckdb'", "'WAREHOUSE'"),
)
_CLAUSES = (
    r"(?<!DISTINCT)(?<!DELETE)(?<!LEFT)(?<!CROSS)(?<!ALL)(?<!AS) "
    r"(?=(?:FROM|WHERE|LEFT JOIN|JOIN|CROSS JOIN|UNION ALL|GROUP BY|QUALIFY|AS SELECT|SELECT) )"
)

Statements = dict[str, list[str]]
"""By dataset: a line `-- what` before the statements of each operation."""


def local(home: Path) -> Statements:
    """On DuckDB."""
    sent: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        begin = DuckDBSession.__init__

        def recorded(self: DuckDBSession, warehouse: Any, connection: Any) -> None:
            begin(self, warehouse, cast(DuckDBPyConnection, _Recording(connection, sent)))

        patch.setattr(DuckDBSession, "__init__", recorded)
        return _carried_out(Project(Settings(home=home), discover()), sent)


def on_cloud(cloud: Cloud, home: Path) -> Statements:
    """On BigQuery, in a dataset of its own each time."""
    sent: list[str] = []
    settings = cloud.settings(home, "recorded")
    name = settings.staging_dataset.removesuffix("_staging")
    with pytest.MonkeyPatch.context() as patch:
        query, load, load_file = Jobs.query, Jobs.load, Jobs.load_file

        def recorded_query(self: Jobs, sql: str, parameters: Any = None, **more: Any) -> Any:
            sent.append(sql)
            return query(self, sql, parameters, **more)

        def recorded_load(self: Jobs, uris: Any, destination: Any, config: Any, **more: Any) -> Any:
            sent.append(f"-- load job: {config.source_format} {', '.join(uris)} INTO {destination}")
            return load(self, uris, destination, config, **more)

        def recorded_file(self: Jobs, content: Any, destination: Any, config: Any, **more: Any) -> Any:
            sent.append(f"-- load job: {config.source_format} from memory INTO {destination}")
            return load_file(self, content, destination, config, **more)

        patch.setattr(Jobs, "query", recorded_query)
        patch.setattr(Jobs, "load", recorded_load)
        patch.setattr(Jobs, "load_file", recorded_file)
        found = _carried_out(Project(settings, discover()), sent)
    return {key: [each.replace(f"{name}_", "").replace(name, "BUCKET") for each in found[key]] for key in found}


def _carried_out(project: Project, sent: list[str]) -> Statements:
    """Each dataset's operations, in the order of the layers."""
    at, found = Place(project), {}

    def note(name: str, what: str, operation: Callable[..., Any], *keys: str) -> None:
        sent.clear()
        held = [outcome.refusal for outcome in operation(name, *keys)]
        assert not any(held), held
        found.setdefault(name, []).append(f"-- {what}: {len(sent)} statements, in as many jobs where each is one")
        found[name] += dict.fromkeys(readable(each) for each in sent)  # a statement that comes twice stands once

    for name, table in project.catalog.staged.items():
        keys = [DAY] if table.calendar else []
        at.extract(name, *keys)
        note(name, "load", at.load, *keys)
    for name in project.catalog.derived:
        note(name, "transform", at.transform, DAY)
        note(name, "publish", at.publish, DAY)
        note(name, "difference", partial(compared, project), DAY)
    return found


def compared(project: Project, name: str, key: str) -> list[Any]:
    """Ask what a publication of what is published already would change."""
    warehouse, table = project.storage.warehouse, project.catalog.derived[name]
    with warehouse.session() as session, session.reading():
        states = ledger.states(session, warehouse.staging, table.asset, [key])
        entries = {partition: state.latest for partition, state in states.items()}
        slices = table.slices([table.calendar.of(key)] if table.calendar else [])
        source = StagedRows(warehouse.staging, table).select(session, slices)
        [found] = differences(session, warehouse.production, table, slices, source, entries, entries)().values()
    assert (found.rows_after, found.rows_changed, found.not_by_key) == (entries[key].rows, 0, "")
    return []


def readable(statement: str) -> str:
    """A statement with what changes replaced, a clause a line."""
    text = " ".join(statement.split())
    for pattern, stands in _CHANGING:
        text = re.sub(pattern, stands, text)
    lines = re.sub(_CLAUSES, "\n", re.sub(r"; (?=[A-Z]+ )", ";\n", text)).splitlines()
    wrapped = [
        textwrap.fill(line, 140, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
        for line in lines
    ]
    return "\n".join(wrapped)


def as_file(statements: list[str]) -> str:
    return "\n\n".join(statements) + "\n"


def path(dialect: str, name: str) -> Path:
    return GOLDEN / dialect / f"{name}.sql"


class _Recording:
    """A connection of DuckDB that notes what it is given."""

    def __init__(self, connection: Any, sent: list[str]) -> None:
        self._connection, self._sent = connection, sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *parameters: Any) -> Any:
        self._sent.append(sql)
        return self._connection.execute(sql, *parameters)

    def sql(self, sql: str, **more: Any) -> Any:
        self._sent.append(sql)
        return self._connection.sql(sql, **more)


def main() -> None:
    """Write the statements of both dialects down."""
    with tempfile.TemporaryDirectory() as home, running() as cloud:
        os.environ.update(cloud.environment)
        os.environ["DATAOPS_HOME"] = home
        for dialect, found in (("duckdb", local(Path(home) / "a")), ("bigquery", on_cloud(cloud, Path(home) / "b"))):
            (GOLDEN / dialect).mkdir(parents=True, exist_ok=True)
            for name, statements in found.items():
                path(dialect, name).write_text(as_file(statements))


if __name__ == "__main__":
    main()
