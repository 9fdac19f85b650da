"""What is wrong with the statistical checks that a dataset declares, found before anything runs."""

from collections import Counter

from dataops_assets.model.statistics import (
    Against,
    Categories,
    Correlation,
    Distinct,
    Freshness,
    Mean,
    NullShare,
    OfColumns,
    Scale,
    Statistic,
)
from dataops_assets.model.tables import DatasetError
from dataops_assets.validation import comparing
from dataops_assets.validation.profiling import kind_of
from dataops_assets.validation.seasons import unknown_country
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

_NUMBERS, _TEXTS = (Mean, Scale, Correlation), (Categories, Distinct)


def refuse_unfit_statistics(table: StagedTable | DerivedTable) -> None:
    """Raise DatasetError for a check of columns that are not there or of another type, of a table without partitions,
    for two of one name, and for holidays of a country that nobody knows.
    """
    name = table.asset.partition("/")[2]
    for each in table.statistics:
        if not isinstance(each, Statistic):
            raise DatasetError(f"{name!r}: statistics lists checks such as Volume(), not {each!r}")
    alone = [type(each).__name__ for each in table.statistics if not isinstance(each, Against)]
    if alone and table.calendar is None:
        raise DatasetError(
            f"{name!r}: statistics compare partitions, and the table has none; leave out {', '.join(alone)}"
        )
    twice = [check for check, count in Counter(each.check for each in table.statistics).items() if count > 1]
    if twice:
        raise DatasetError(f"{name!r}: statistics names {', '.join(twice)} twice; give it all its columns at once")
    for each in table.statistics:
        _refuse_unfit(name, table, each)
    if isinstance(table.holidays, str) and table.holidays and (words := unknown_country(table.holidays)):
        raise DatasetError(f"{name!r}: holidays={table.holidays!r}: {words}")


def _refuse_unfit(name: str, table: StagedTable | DerivedTable, statistic: Statistic) -> None:
    said = f"{name!r}: {type(statistic).__name__}"
    if isinstance(statistic, Freshness) and statistic.severity == "stop":
        raise DatasetError(f"{said}: severity is 'warn' or 'log': what is not there cannot be stopped")
    if isinstance(statistic, Against) and (why := comparing.refuse_unfit(table, statistic)):
        raise DatasetError(f"{said}: {why}")
    if statistic.severity not in ("stop", "warn", "log"):
        raise DatasetError(f"{said}: severity is 'stop', 'warn' or 'log', not {statistic.severity!r}")
    columns: list[str] = []
    if isinstance(statistic, Correlation):
        columns = [statistic.one, statistic.other]
    elif isinstance(statistic, OfColumns):
        if isinstance(statistic.columns, str):
            raise DatasetError(f"{said}: columns is a list of names: [{statistic.columns!r}]")
        columns = list(statistic.columns)
    for column in columns:
        if column not in table.spec.names:
            raise DatasetError(
                f"{said} names the column {column!r}, which the contract does not have: it has {table.spec.names}"
            )
        kind, pii = kind_of(table.spec.column(column)), table.spec.column(column).pii
        if pii and not isinstance(statistic, NullShare | Distinct):
            raise DatasetError(f"{said}: of the column {column!r}, tagged pii, no values are kept in a profile")
        wanted = "number" if isinstance(statistic, _NUMBERS) else "text" if isinstance(statistic, _TEXTS) else kind
        if kind != wanted:
            raise DatasetError(f"{said}: the column {column!r} is no {wanted}")
