"""Running a transformation over one window: a query in the warehouse, or a function of DataFrames."""

import inspect
import logging
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlglot import exp

from dataops_assets.dialects.portable import parse
from dataops_assets.interrupts import is_interrupt
from dataops_assets.model.partitions import Partition, Window
from dataops_assets.model.types import to_pandas, widens
from dataops_assets.transform.inputs import Input
from dataops_assets.warehouse.base import Session, TooManyRows
from dataops_assets.warehouse.tables import DerivedTable

_log = logging.getLogger(__name__)

RESULT = "_result"
"""The scratch table of rows that are computed before anything else is asked of them, if they are."""


class TransformationError(Exception):
    """A transformation gave something that is not the table its contract describes."""


class WindowRefused(TransformationError):
    """It cannot be had for this window, because of the rows in it: of a smaller one it may be."""


@dataclass(frozen=True)
class Computed:
    """A query whose rows are the transformation's result, and the columns it gives."""

    query: str
    schema: pa.Schema
    parameters: Mapping[str, Any]


def compute(
    session: Session, schema: str, table: DerivedTable, inputs: Sequence[Input], partitions: Sequence[Partition | None]
) -> Computed:
    """What gives the result for contiguous partitions: SQL has yet to be run. Inside `reading`."""
    first, last = partitions[0], partitions[-1]
    window = Window(first.start, last.end) if first and last else None
    if table.derived.sql is not None:
        sql = render(session, schema, table, inputs)
        parameters = parameters_of(table, window, sql)
        try:
            return Computed(sql, session.schema_of(sql, parameters), parameters)
        except session.sql_errors as error:
            raise refused(table, inputs, error) from error
    frames = {}
    for needed in inputs:
        try:
            frames[needed.name] = _frame(session, schema, needed, first, window)
        except TooManyRows as error:
            raise WindowRefused(
                f"{table.asset}: the window reads more than {error.limit:,} rows of {needed.table.asset}, which a "
                "function of DataFrames would hold in memory. Write it in SQL (Derived(sql=…)), which stays in the "
                "warehouse; or shorten its history, or raise DATAOPS_MAX_FRAME_ROWS"
            ) from error
    function = table.derived.function
    assert function is not None
    if "window" in inspect.signature(function).parameters:
        frames["window"] = window  # type: ignore[assignment]
    try:
        answer = function(**frames)
    except Exception as error:
        if is_interrupt(error):  # a function may ask DuckDB itself
            raise
        _log.exception("%s: the function raised an error", table.asset)  # where it came from, for the log of the step
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise WindowRefused(
            f"{table.asset}: the function raised {type(error).__name__}: {error} ({place.filename}, line "
            f"{place.lineno}); mend it, or the rows that it stumbles over"
        ) from error
    result = to_arrow(table, answer)
    session.scratch_arrow(RESULT, result)
    return Computed(f"SELECT * FROM {RESULT}", result.schema, {})


def refused(
    table: DerivedTable,
    inputs: Sequence[Input],
    error: Exception,
    kind: type[TransformationError] = TransformationError,
) -> TransformationError:
    """The warehouse does not run the transformation's SQL."""
    names = ", ".join(needed.table.asset for needed in inputs)
    return kind(
        f"{table.asset}: the warehouse refuses the query: {error}; mend the SQL, or, if the contract of an input has "
        f"changed, load it again first ({names})"
    )


def render(session: Session, schema: str, table: DerivedTable, inputs: Sequence[Input]) -> str:
    """The query in the warehouse's dialect, reading the warehouse's own relations."""
    relations = {
        (needed.table.asset.partition("/")[0], needed.name): session.relation(schema, needed.table.relation)
        for needed in inputs
    }
    tree = parse(table.derived.sql or "")
    for node in list(tree.find_all(exp.Table)):
        if node.db:
            relation = exp.to_table(relations[node.db, node.name], dialect=session.dialect.name)
            node.replace(exp.alias_(relation, node.alias or node.name, table=True))
    for column in tree.find_all(exp.Column):
        column.set("db", None)  # staged.flights.carrier is flights.carrier, whatever the relation is called
    return session.dialect.translate(tree.sql(dialect="bigquery"))


def to_arrow(table: DerivedTable, frame: object) -> pa.Table:
    """A function's DataFrame as Arrow, with the contract's types; NaN is null. Raises TransformationError."""
    if not isinstance(frame, pd.DataFrame):
        raise TransformationError(
            f"{table.asset}: the function returned {type(frame).__name__}, not a pandas DataFrame"
        )
    _same_columns(table, list(frame.columns))
    columns = []
    for field in table.spec.schema:
        values = frame[field.name]
        try:
            if pa.types.is_date(field.type) and pd.api.types.is_datetime64_any_dtype(values):
                moments = pa.Array.from_pandas(values.astype("datetime64[us]"))
                days = moments.cast(pa.date32())
                if not days.cast(moments.type).equals(moments):
                    raise ValueError("some values have a time of day, which a date would lose")
                columns.append(days)
            else:
                columns.append(pa.Array.from_pandas(values, type=field.type, safe=True))
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, TypeError, ValueError) as error:
            raise WindowRefused(
                f"{table.asset}, column {field.name!r}: the function returned {values.dtype}, which cannot be "
                f"{field.type} as the contract says: {error}"
            ) from error
    return pa.Table.from_arrays(columns, names=table.spec.names)


def typed_columns(session: Session, table: DerivedTable, computed: Computed) -> str:
    """Select list that gives a result the contract's types; raises TransformationError if it is another table."""
    found = {field.name: field.type for field in computed.schema}
    _same_columns(table, list(found))
    dialect, chosen = session.dialect, []
    for column in table.spec.columns:
        kind, name = found[column.name], dialect.quote(column.name)
        sql_type = dialect.type_of(column.type)
        if not widens(kind, column.type):
            if kind == dialect.null and not session.rows(
                f"SELECT 1 FROM ({computed.query}) AS r WHERE {name} IS NOT NULL LIMIT 1", computed.parameters
            ):
                chosen.append(f"CAST(NULL AS {sql_type}) AS {name}")
                continue
            raise TransformationError(
                f"{table.asset}, column {column.name!r}: the transformation gives {kind}, the contract says "
                f"{column.type}; CAST it in the transformation, or change the contract"
            )
        # Always, as one Arrow type may stand for several of the engine's: DuckDB's UUID comes as text.
        chosen.append(f"{dialect.as_type(name, column.type)} AS {name}")
    return ", ".join(chosen)


def unfit_column(session: Session, table: DerivedTable, result: str) -> str:
    """What is to be said of the first column of this scratch table with a value that its contract's type lacks."""
    dialect = session.dialect
    for column in table.spec.columns:
        name = dialect.quote(column.name)
        value = dialect.of_our_years(dialect.try_cast(name, column.type), column.type)
        lost = f"{name} IS NOT NULL AND {value} IS NULL"
        if found := session.rows(f"SELECT {dialect.as_text(name)} FROM {result} WHERE {lost} LIMIT 1"):
            return (
                f"{table.asset}, column {column.name!r}: the transformation gives {found[0][0]}, which {column.type} "
                "does not hold as the contract says; CAST or round it in the transformation, or change the contract"
            )
    return ""


def _same_columns(table: DerivedTable, found: Sequence[str]) -> None:
    missing = [name for name in table.spec.names if name not in found]
    extra = [str(name) for name in found if name not in table.spec.names]
    if missing or extra:
        raise TransformationError(
            f"{table.asset}: the transformation and the contract {table.spec.contract.__name__} do not have the same "
            f"columns: missing {missing}, not in the contract {extra}; change one of them"
        )


def _frame(
    session: Session, schema: str, needed: Input, first: Partition | None, window: Window | None
) -> pd.DataFrame:
    between = frame_bounds(needed, first, window)
    return to_pandas(session.fetch(schema, needed.table.relation, needed.columns, between))


def frame_bounds(needed: Input, first: Partition | None, window: Window | None) -> tuple[str, object, object] | None:
    """The partition column of an input and its bounds, `[first, after)`, for a window with its history; None: all."""
    calendar = needed.table.calendar
    if calendar is None or window is None:
        return None
    before = needed.before(first)
    slices = needed.table.slices([])
    return calendar.column, slices.bound(before[0].start if before else window.start), slices.bound(window.end)


def parameters_of(table: DerivedTable, window: Window | None, sql: str) -> dict[str, object]:
    """Bounds of the window, as far as the query names them, as values of the partition column."""
    if window is None:
        return {}
    slices = table.slices([])
    values = {"window_start": slices.bound(window.start), "window_end": slices.bound(window.end)}
    return {name: value for name, value in values.items() if f"${name}" in sql or f"@{name}" in sql}
