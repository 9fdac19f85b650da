"""`dataops rebuild`: make the warehouse, or some of its tables, again of what the lake has."""

import uuid
from argparse import Namespace

from dataops_assets.build import load_project
from dataops_assets.commands.selection import selected
from dataops_assets.commands.shared import Unusable, counted, err, out
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.recovery import rebuild as make_again


def rebuild(options: Namespace) -> int:
    """Returns 0 if all was made that the lake has, else 1."""
    loaded = load_project()
    if loaded.emptiness:
        raise Unusable(loaded.emptiness)
    assets = selected(loaded.catalog, options.select)
    run = RunInfo(f"rebuild-{uuid.uuid4().hex[:8]}", loaded.settings.code_version)
    problems = make_again(loaded.storage, loaded.catalog, assets, run, out.print)
    for problem in problems:
        err.print(problem, style="red")
    if loaded.datasets.plain and options.select is None:
        out.print("tables of plain assets are not in the lake: if the file was damaged, run these assets again")
    out.print(counted(problems) or "done; now: dataops verify")
    return 1 if problems else 0
