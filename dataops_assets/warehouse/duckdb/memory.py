"""Private in-memory databases of DuckDB.

To make one costs DuckDB some ten milliseconds of processor time, for its list of functions, and a write needs three of
them. So the last one that was given back clean is kept, and given to the next who asks. What a session leaves behind is
gone with its connection: temporary tables, views of what is in Python's memory, settings of the session.
"""

import atexit
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

_idle: list[duckdb.DuckDBPyConnection] = []
"""Databases that nobody uses; one at most, but for threads that give back at the same moment."""

_CONFIG: dict[str, str | bool] = {
    "preserve_insertion_order": False,
    "wal_autocheckpoint": "1TB",  # never: a session does it, with an undo at hand
    "enable_external_file_cache": False,  # what was read of a file is not of use to another session
}


_LEFT_BEHIND = """
    SELECT table_name FROM duckdb_tables() UNION ALL
    SELECT database_name FROM duckdb_databases() WHERE NOT internal AND database_name <> 'memory'
"""
"""What outlives the connection that made it."""


@contextmanager
def private_database(spill: Path, memory_limit: str | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a database in memory that nobody else is connected to. Its time zone is UTC.

    spill: an empty folder, for what does not fit into the memory. memory_limit: DuckDB's, such as "4GB"; None: its own.
    """
    database = _idle.pop() if _idle else duckdb.connect(":memory:", config=dict(_CONFIG))
    try:
        with closing(database.cursor()) as connection:
            connection.execute("SET temp_directory = $folder", {"folder": str(spill)})
            if memory_limit:
                connection.execute("SET memory_limit = $limit", {"limit": memory_limit})
            else:
                connection.execute("RESET memory_limit")
            # Not in the configuration: the time zones come with an extension that is loaded after it.
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
    except BaseException:  # nobody knows what state it is in
        database.close()
        raise
    # One that has spilled keeps to its folder for good.
    if _idle or not spill.exists() or any(spill.iterdir()) or database.execute(_LEFT_BEHIND).fetchall():
        database.close()
    else:
        _idle.append(database)


@atexit.register
def _close() -> None:
    while _idle:
        _idle.pop().close()


def _forget() -> None:
    """In the child of a fork: the threads of these databases are not there, and to close one would wait for them."""
    _forgotten.extend(_idle)
    _idle.clear()


_forgotten: list[duckdb.DuckDBPyConnection] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
