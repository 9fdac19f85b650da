"""`dataops verify`: hash the raw lake again, recompute the ledger, and name what does not add up, and what mends it."""

import json
from argparse import Namespace
from dataclasses import asdict

from dataops_assets.build import load_project
from dataops_assets.commands.layout import command, paragraph, say
from dataops_assets.commands.selection import selected
from dataops_assets.commands.shared import counted, err, out
from dataops_assets.verification.verify import verify_all


def verify(options: Namespace) -> int:
    """Returns 0 if everything adds up, else 1."""
    loaded = load_project()
    assets = selected(loaded.catalog, options.select)
    storage = loaded.storage
    report = verify_all(storage.warehouse, storage.staging, storage.production, loaded.catalog, assets)
    if options.format == "json":
        print(json.dumps([asdict(problem) for problem in report.problems], indent=1))  # noqa: T201
        return 1 if report.problems else 0
    for what, count in report.checked.items():
        out.print(f"{count:>8} {what}")
    for note in report.notes:
        say(note)
    for problem in report.problems:
        lines = paragraph(str(problem))
        if len(lines) > 1:  # the command stands alone
            lines = [*paragraph(f"{problem.what}; run:"), *command(problem.command)]
        for line in lines:
            err.print(line, style="red")
    out.print(counted(report.problems) or loaded.emptiness or "everything adds up")
    return 1 if report.problems else 0
