"""`dataops verify`: hash the raw lake again, recompute the ledger, and name what does not add up."""

from argparse import Namespace

from dataops_assets.build import load_project
from dataops_assets.commands.shared import counted, err, out
from dataops_assets.verification import verify_all


def verify(options: Namespace) -> int:
    """Returns 0 if everything adds up, else 1."""
    loaded = load_project()
    checked, problems = verify_all(
        loaded.storage.warehouse, loaded.storage.staging, loaded.storage.production, loaded.catalog
    )
    for what, count in checked.items():
        out.print(f"{count:>8} {what}")
    for problem in problems:
        err.print(problem, style="red")
    out.print(counted(problems) or "everything adds up")
    return 1 if problems else 0
