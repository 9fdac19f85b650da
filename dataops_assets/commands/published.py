"""What the commands about production share: the table and the partitions that were typed."""

from dataops_assets.build import Project
from dataops_assets.commands.shared import Unusable
from dataops_assets.model.partitions import Partition
from dataops_assets.nearest import suggestion
from dataops_assets.staleness.scope import partitions_of
from dataops_assets.warehouse.tables import DerivedTable


def published_table(loaded: Project, name: str) -> DerivedTable:
    """The published table of this name, or of this asset. Raises Unusable."""
    known = {n: table for n, table in loaded.catalog.derived.items() if table.derived.publish}
    table = known.get(name.rpartition("/")[2].rpartition(".")[2])
    if table is None:
        raise Unusable(f"no published table {name!r}; {suggestion(name, known)}")
    return table


def partitions_in(table: DerivedTable, text: str | None) -> list[Partition | None] | None:
    """The partitions that `--partitions A..B` names, as keys, days or months; None without it, which means all.

    Raises Unusable.
    """
    calendar = table.calendar
    if calendar is None:
        if text:
            raise Unusable(f"{table.derived.name} has no partitions; leave out --partitions")
        return [None]
    if not text:
        return None
    try:
        return partitions_of(calendar, text)
    except ValueError as error:
        raise Unusable(f"--partitions {error}") from error


def partitions_named(table: DerivedTable, text: str | None) -> list[Partition | None]:
    """The same where they have to be named: what is done to production is not done to all of it by omission."""
    found = partitions_in(table, text)
    if found is None:
        raise Unusable(f"{table.derived.name} has partitions; say which, --partitions A..B")
    return found
