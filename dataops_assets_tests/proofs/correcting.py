"""What people say of the shop's rows in quarantine, in the place of a run: what a crash proof kills as well."""

from collections.abc import Sequence

from dataops_assets.build import Project
from dataops_assets.load.correcting import Deciding
from dataops_assets_tests.proofs.shop import CALENDAR, take


def correct(project: Project, days: Sequence[str]) -> None:
    """Replay the order in quarantine of the first of these two days, discard that of the second, and load both."""
    storage, table = project.storage, project.catalog.staged["orders"]
    for day in days:
        deciding = Deciding(storage.warehouse, storage.staging, table, CALENDAR.of(day), "anna", "a typo")
        if day == days[0]:
            deciding.replay([{"day": day, "id": "900", "cents": "9"}])
        else:
            deciding.discard()
        take(project, [day], [table.asset])
