"""`dataops report`: one HTML page about the health of all tables, or about one of them, to be kept or mailed."""

import os
import shlex
import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from dataops_assets.build import load_project
from dataops_assets.commands.layout import say
from dataops_assets.commands.reported import about_table, health_of, look_at, overview_tiles, troubles_of, verdict_of
from dataops_assets.commands.selection import table_named
from dataops_assets.commands.shared import Unusable
from dataops_assets.report.facts import gather
from dataops_assets.report.page import overview_page, table_page

STDOUT = "-"
_PAGES = {"raw": "staged", "production": "transformed"}


def report(options: Namespace) -> int:
    """Returns 0; that something is wrong is said in the page. Raises Unusable."""
    loaded = load_project()
    now = datetime.now(UTC)
    table = table_named(loaded.catalog, _own(options.table)) if options.table else None
    name = f"report-{table.asset.replace('/', '-')}.html" if table else "report.html"
    path = options.output or name
    _refuse_unwritable(path)
    seen = look_at(loaded, now)
    if table is None:
        health = health_of(loaded, seen)
        verdict = loaded.emptiness or verdict_of(health)
        page = overview_page(health, troubles_of(seen), verdict, overview_tiles(seen), "dataops report", now)
    else:
        warehouse = loaded.storage.warehouse
        with warehouse.session() as session, session.reading():
            facts = gather(session, warehouse.staging, table, now)
        command = f"dataops report {shlex.quote(options.table)}"
        page = table_page(facts, about_table(loaded, seen, table, facts), command, now)
    if path == STDOUT:
        sys.stdout.write(page)
    else:
        _write(Path(path), page)
        say(f"wrote {path}")
    return 0


def _own(name: str) -> str:
    """What is raw is in the page of the staged table, and what is published in that of the transformed one."""
    layer, _, rest = name.partition("/")
    return f"{_PAGES[layer]}/{rest}" if layer in _PAGES else name


def _refuse_unwritable(path: str) -> None:
    """Before all the work."""
    place = Path(path)
    if path != STDOUT and (place.is_dir() or not place.parent.is_dir()):
        why = "is a folder" if place.is_dir() else f"there is no folder {place.parent}"
        raise Unusable(f"--output {path}: {why}; name a file, or - for the standard output")


def _write(path: Path, page: str) -> None:
    """In whole or not at all: somebody may be reading the one from before."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(page, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise Unusable(f"--output {path}: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)
