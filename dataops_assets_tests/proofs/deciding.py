"""Decisions about what the shop has published, in the place of a run: what a crash proof kills as well."""

from collections.abc import Callable, Sequence

from dataops_assets.build import Project
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.model import Partition
from dataops_assets.publish.approve import approve
from dataops_assets.publish.decisions import Who
from dataops_assets.publish.rollback import release, roll_back
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable
from dataops_assets_tests.proofs.shop import CALENDAR, take

WHO, RUN = Who("anna", "prices in dollars"), RunInfo("decision", "code")
TABLE = "trend"
"""What is decided about: each shop publishes it."""

Decide = Callable[[Storage, DerivedTable, Sequence[Partition | None]], object]

DECISIONS: dict[str, Decide] = {
    "approve": lambda storage, table, partitions: approve(storage, table, partitions, None, WHO, RUN),
    "rollback": lambda storage, table, partitions: roll_back(storage, table, partitions, None, WHO, RUN),
    "release": lambda storage, table, partitions: release(storage, table, partitions, WHO, RUN),
}


def decide(project: Project, days: Sequence[str], decision: str) -> None:
    """Make it about these days of the table."""
    DECISIONS[decision](project.storage, project.catalog.derived[TABLE], [CALENDAR.of(day) for day in days])


def before(project: Project, days: Sequence[str], decision: str) -> None:
    """Take to where the decision can be made what has another version by now."""
    made = [f"raw/{name}" for name in project.catalog.staged]
    made += [table.asset for table in (*project.catalog.staged.values(), *project.catalog.derived.values())]
    take(project, days, made if decision == "approve" else ())
    if decision == "release":
        decide(project, days, "rollback")
