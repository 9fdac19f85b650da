"""Which assets, and which of their partitions, a command looks at without Dagster: `staged/*,+production/sales`."""

import fnmatch
import re
from collections.abc import Container, Iterable

from dataops_assets.commands.shared import Unusable
from dataops_assets.layers.catalog import Catalog
from dataops_assets.model.partitions import Partition
from dataops_assets.nearest import suggestion
from dataops_assets.staleness.finding import Scope
from dataops_assets.staleness.scope import scope
from dataops_assets.warehouse.tables import DerivedTable, StagedTable


def selected(catalog: Catalog, select: str | None, plain: Iterable[str] = ()) -> set[str]:
    """The keys of these assets; all, if nothing is selected. As of `dataops run`: `*` is a wildcard, `+KEY` is the
    asset with all that is upstream, and `KEY+` with all that is downstream. plain: keys of plain assets, of which it is
    not known here what they read. Raises Unusable.
    """
    parents = _parents(catalog) | {asset: set() for asset in plain}
    if not select:
        return set(parents)
    chosen: set[str] = set()
    for part in re.split(r"[,\s]+", select.strip()):
        found = {asset for asset in parents if fnmatch.fnmatchcase(asset, part.strip("+"))}
        if not found:
            raise Unusable(f"--select {part!r} matches no asset; {suggestion(part, parents)}")
        chosen |= found
        if part.startswith("+"):
            chosen |= _reached(found, parents)
        if part.endswith("+"):
            children = {asset: {child for child, above in parents.items() if asset in above} for asset in parents}
            chosen |= _reached(found, children)
    return chosen


def scope_of(assets: Container[str], partitions: str | None) -> Scope:
    """Of these assets, the partitions that `--partitions` names: `A..B`, one, or all. Raises Unusable."""
    first, _, last = (partitions or "").partition("..")
    try:
        return scope(assets, first or None, last or None)
    except ValueError as error:
        raise Unusable(f"--partitions {error}") from error


def table_named(catalog: Catalog, name: str) -> StagedTable | DerivedTable:
    """By the key of its asset, or by its name alone: the transformed table, if there are two. Raises Unusable."""
    tables: dict[str, StagedTable | DerivedTable] = {}
    for staged in catalog.staged.values():
        tables |= {staged.asset: staged, staged.source.name: staged}
    for derived in catalog.derived.values():
        tables |= {derived.asset: derived, derived.derived.name: derived}
    if name not in tables:
        raise Unusable(f"there is no table {name!r}; {suggestion(name, tables)}")
    return tables[name]


def staged_table(catalog: Catalog, name: str) -> StagedTable:
    """The table of a source, by its name, or by the key of its asset. Raises Unusable."""
    found = catalog.staged.get(name.removeprefix("staged/"))
    if found is None:
        raise Unusable(f"no source {name!r}; {suggestion(name, catalog.staged)}; other tables have no quarantine")
    return found


def partition_of(table: StagedTable | DerivedTable, key: str | None) -> Partition | None:
    """The one that `--partition` names; None of a table without. Raises Unusable."""
    try:
        return table.partition(key)
    except ValueError as error:
        raise Unusable(f"--partition: {error}") from error


def _parents(catalog: Catalog) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, table in catalog.staged.items():
        found |= {f"raw/{name}": set(), table.asset: {f"raw/{name}"}}
    for name, table in catalog.derived.items():
        found[table.asset] = {needed.table.asset for needed in catalog.inputs[name]}
        if table.derived.publish:
            found[f"production/{name}"] = {table.asset}
    return found


def _reached(assets: set[str], edges: dict[str, set[str]]) -> set[str]:
    todo, seen = list(assets), set(assets)
    while todo:
        new = edges[todo.pop()] - seen
        seen |= new
        todo += new
    return seen
