"""`dataops drop NAME`: remove from the warehouse what no dataset makes any more; raw attempts and copies are kept."""

import sys
from argparse import Namespace

from dataops_assets.build import load_project
from dataops_assets.commands.layout import say_line
from dataops_assets.commands.shared import Unusable, err, out
from dataops_assets.commands.wording import orphan_lines
from dataops_assets.nearest import nearest, suggestion
from dataops_assets.staleness import orphans as found_by
from dataops_assets.staleness.snapshot import take


def drop(options: Namespace) -> int:
    """Returns 0 if it is removed, 1 if the answer was no."""
    loaded = load_project()
    snapshot = take(loaded.storage, loaded.catalog, {})
    known = found_by.orphans(loaded.storage, loaded.catalog, snapshot)
    orphan = known.get(options.name)
    if orphan is None or not (orphan.assets or orphan.older):
        there = sorted(name for name, each in known.items() if each.assets or each.older)
        declared = options.name in {*loaded.catalog.staged, *loaded.catalog.derived}
        why = "it is declared, and made as it is declared" if declared else "the warehouse has nothing of it"
        hint = f"there is something to drop of {', '.join(there) or 'nothing'}"
        if not declared and nearest(options.name, there):
            hint = suggestion(options.name, there)
        raise Unusable(f"{options.name!r}: {why}; {hint}")
    for line in orphan_lines({orphan.name: orphan}):
        say_line(line)
    out.print("the lake keeps its raw attempts and copies")
    if not options.yes:
        if not sys.stdin.isatty():
            raise Unusable("nothing was removed; say --yes to remove it from the warehouse")
        if input("remove it from the warehouse? [y/N] ").strip().lower() not in ("y", "yes"):
            err.print("nothing was removed")
            return 1
    found_by.drop(loaded.storage, loaded.catalog, orphan)
    out.print("removed")
    return 0
