"""All tables by name, with their contracts read and their inputs resolved."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter

from dataops_assets.layers.severities import Given, severities_of
from dataops_assets.model.statistics import Against
from dataops_assets.model.tables import DatasetError, Derived, Source
from dataops_assets.nearest import suggestion
from dataops_assets.transform.inputs import Input, input_names
from dataops_assets.validation.declared import refuse_unfit_statistics
from dataops_assets.warehouse.tables import DerivedTable, StagedTable


@dataclass(frozen=True)
class Catalog:
    """staged, derived: tables by name, derived ones in the order in which they can be built."""

    staged: dict[str, StagedTable] = field(default_factory=dict)
    derived: dict[str, DerivedTable] = field(default_factory=dict)
    inputs: dict[str, list[Input]] = field(default_factory=dict)

    @classmethod
    def of(cls, sources: Iterable[Source], derived: Iterable[Derived], severities: Given | None = None) -> "Catalog":
        """Read all contracts and resolve all inputs; raises DatasetError or ContractError.

        severities: of checks, where they are others than the datasets say.
        """
        staged = {source.name: StagedTable(source) for source in sources}
        tables = {dataset.name: DerivedTable(dataset) for dataset in derived}
        if severities:
            told = severities_of(severities, (*staged.values(), *tables.values()))
            staged = {name: replace(table, severities=told.get(table.asset, {})) for name, table in staged.items()}
            tables = {name: replace(table, severities=told.get(table.asset, {})) for name, table in tables.items()}
        known = {table.asset: table for table in (*staged.values(), *tables.values())}
        staged = {name: replace(table, others=_others(table, known)) for name, table in staged.items()}
        tables = {name: replace(table, others=_others(table, known)) for name, table in tables.items()}
        for table in (*staged.values(), *tables.values()):
            table.check()
            refuse_unfit_statistics(table)
        inputs = {name: _inputs(table, staged, tables) for name, table in tables.items()}
        order = TopologicalSorter({name: {i.name for i in found if i.name in tables} for name, found in inputs.items()})
        try:
            ordered = list(order.static_order())
        except CycleError as error:
            raise DatasetError(f"derived tables read each other in a circle: {' → '.join(error.args[1])}") from error
        return cls(staged, {name: tables[name] for name in ordered}, inputs)

    @property
    def following(self) -> list[str]:
        """The assets that follow their inputs, in the order of the layers."""
        found = [table.asset for table in self.staged.values() if table.source.automation]
        for name, table in self.derived.items():
            if table.derived.automation:
                found += [table.asset, *([f"production/{name}"] if table.derived.publish else [])]
        return found


def _others(
    table: StagedTable | DerivedTable, known: Mapping[str, StagedTable | DerivedTable]
) -> dict[str, StagedTable | DerivedTable]:
    """The tables that its checks compare it with. Raises DatasetError for one that there is not."""
    wanted = {each.of: each for each in table.statistics if isinstance(each, Against)}
    for asset, statistic in wanted.items():
        if asset not in known:
            raise DatasetError(
                f"{table.asset}: {type(statistic).__name__} is of {asset!r}, which is no staged or transformed table; "
                f"{suggestion(asset, known)}"
            )
    return {asset: known[asset] for asset in wanted}


def _inputs(table: DerivedTable, staged: dict[str, StagedTable], derived: dict[str, DerivedTable]) -> list[Input]:
    dataset = table.derived
    found = []
    for layer, name in input_names(dataset):
        known: dict[str, StagedTable] | dict[str, DerivedTable]
        known = {"staged": staged, "transformed": derived}[layer] if layer else {**staged, **derived}  # type: ignore[dict-item]
        if name not in known:
            raise DatasetError(
                f"derived table {dataset.name!r} reads {f'{layer}.' if layer else ''}{name}, which does not exist; "
                f"there are {', '.join(sorted(known)) or 'none'}"
            )
        columns = dataset.columns.get(name, known[name].spec.names)
        found.append(Input(name, known[name], dataset.history.get(name, 0), tuple(columns)))
    for word, declared in (("history", dataset.history), ("columns", dataset.columns)):
        if strangers := set(declared) - {needed.name for needed in found}:
            raise DatasetError(
                f"derived table {dataset.name!r} declares {word} of {sorted(strangers)}, which it does not read"
            )
    _check_lineage(table, found)
    for needed in found:
        if lacking := [name for name in needed.columns if name not in needed.table.spec.names]:
            raise DatasetError(
                f"derived table {dataset.name!r} declares columns of {needed.name!r} that its contract does not have: "
                f"{lacking}; it has {needed.table.spec.names}"
            )
        if needed.history and (
            needed.table.calendar is None or table.calendar is None or needed.table.calendar.unit != table.calendar.unit
        ):
            raise DatasetError(
                f"derived table {dataset.name!r}: history of {needed.name!r} counts partitions, so both tables must be "
                "partitioned alike"
            )
    return found


def _check_lineage(table: DerivedTable, inputs: list[Input]) -> None:
    name, declared = table.derived.name, table.derived.lineage
    if strangers := [column for column in declared if column not in table.spec.names]:
        raise DatasetError(
            f"derived table {name!r} declares lineage of {strangers}, which its contract does not have; it has "
            f"{table.spec.names}"
        )
    there = [f"{needed.name}.{column}" for needed in inputs for column in needed.columns]
    if lacking := [origin for origins in declared.values() for origin in origins if origin not in there]:
        raise DatasetError(f"derived table {name!r} declares lineage from {lacking}, which it does not read: {there}")
