"""The second validation: what a transformation gave, judged partition by partition before it replaces anything."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from dataops_assets.ledger.entry import key_of
from dataops_assets.model.partitions import Partition
from dataops_assets.transform.compute import (
    RESULT,
    Computed,
    WindowRefused,
    compute,
    refused,
    typed_columns,
    unfit_column,
)
from dataops_assets.transform.inputs import Input
from dataops_assets.validation import comparing
from dataops_assets.validation.audit import MASK, Audit, AuditPlan, audit, run_pandera_checks
from dataops_assets.validation.comparing import Compared
from dataops_assets.validation.measured import Measured
from dataops_assets.validation.profile import Profile
from dataops_assets.validation.profiling import profiling_of
from dataops_assets.warehouse.base import Answer, Session
from dataops_assets.warehouse.fingerprint import rows_version
from dataops_assets.warehouse.tables import DerivedTable


@dataclass
class Result:
    """One partition of a computed chunk."""

    rows: int = 0
    version: str = ""
    profile: Profile | None = None
    measured: Sequence[Measured] = ()
    compared: Sequence[Measured] = ()
    audit: Audit = field(default_factory=Audit)
    repeated: int = 0
    failure: str = ""


_AUDITED = "_audited"


@dataclass(frozen=True)
class Staged:
    """The result of a transformation, marked. rows: the scratch table that it is in. plan: what marked it. computed:
    what gave it. compared: what checks against other tables say of it, once they have answered.
    """

    rows: str
    plan: AuditPlan
    computed: Computed
    compared: Callable[[], Compared]


def stage_audited(
    session: Session,
    schema: str,
    table: DerivedTable,
    inputs: Sequence[Input],
    chunk: Sequence[Partition | None],
) -> Staged:
    """The result of the transformation, in a scratch table, with the marks of the contract's checks.

    Inside `reading`. Raises TransformationError if the transformation cannot be run, or gives another table;
    WindowRefused, if it may do for a smaller window.
    """
    computed = compute(session, schema, table, inputs, chunk)
    typed = typed_columns(session, table, computed)
    dialect, spec = session.dialect, table.spec
    slices = table.slices([partition for partition in chunk if partition])
    slices.stage(session, "_parts")
    plan = AuditPlan.of(spec, dialect, (), {})
    with _query_or_check(session, table, inputs, computed):
        session.scratch(
            _AUDITED,
            f"SELECT {dialect.columns(spec.names, 'r.')}, p.partition AS _slice, "
            f"{plan.marks(dialect)} "
            f"FROM (SELECT {typed} FROM ({computed.query}) AS q) AS r {slices.left_join(session, 'r', '_parts')}",
            computed.parameters,
        )
        compared = comparing.ask(session, schema, table, _AUDITED, slices)
    return Staged(_AUDITED, plan, computed, compared)


@contextmanager
def _query_or_check(
    session: Session, table: DerivedTable, inputs: Sequence[Input], computed: Computed
) -> Iterator[None]:
    """Tells the query's errors, which become WindowRefused, from those of a check."""
    try:
        yield
    except session.sql_errors:
        try:
            session.scratch(RESULT, computed.query, computed.parameters)
            session.rows(f"SELECT COUNT(*) AS n FROM {RESULT}")
        except session.sql_errors as error:
            raise refused(table, inputs, error, WindowRefused) from error
        if unfit := unfit_column(session, table, RESULT):
            raise WindowRefused(unfit) from None
        raise


def validate(
    session: Session,
    table: DerivedTable,
    inputs: Sequence[Input],
    chunk: Sequence[Partition | None],
    staged: Staged,
) -> dict[str, Result]:
    """Judge each partition of the chunk by its rows. Raises WindowRefused for rows of no partition, and
    as `stage_audited` does: a warehouse may run the query only now.
    """
    profiling = profiling_of(table)
    nothing = rows_version(0, None, None)
    empty = replace(profiling.empty, version=nothing)
    results = {key_of(partition): Result(version=nothing, profile=empty) for partition in chunk}
    plan, spec, dialect = staged.plan, table.spec, session.dialect
    with _query_or_check(session, table, inputs, staged.computed):
        run_pandera_checks(session, plan, staged.rows)
        outside = session.later(f"SELECT COUNT(*) AS n FROM {staged.rows} WHERE _slice IS NULL")
        one, two = dialect.fingerprint(spec.schema)
        slices = table.slices([partition for partition in chunk if partition])
        figures = profiling.ask(session, staged.rows, slices, f"{one} AS one, {two} AS two", "_slice IS NOT NULL")
        unique = {columns: _repeated(session, staged.rows, columns) for columns in (spec.key, *spec.unique)}
        audits = audit(session, plan, staged.rows, ["_slice"], dialect.columns(spec.names))
    session.drop(RESULT)
    if rows := outside()[0][0]:
        raise WindowRefused(
            f"{table.asset}: the transformation gave {rows} rows outside the window {key_of(chunk[0])}.."
            f"{key_of(chunk[-1])}; filter by {table.calendar.column if table.calendar else ''} in it"
        )
    for (key,), found in audits.items():
        if key in results:
            results[key].audit = found
    for key, rows, first, second, *more in figures():
        results[key].rows, results[key].version = rows, rows_version(rows, first, second)
        results[key].profile = replace(profiling.read(rows, more), version=results[key].version)
    for key, found in staged.compared().items():
        results[key].compared = found
    for columns, answer in unique.items():
        for key, repeated, *example in answer():
            if key in results:
                values = ", ".join(
                    f"{name}={MASK if spec.column(name).pii else value}"
                    for name, value in zip(columns, example, strict=True)
                )
                results[key].repeated += int(repeated)
                results[key].failure = (
                    f"{table.label(key)}: {repeated} rows repeat the key ({', '.join(columns)}), near {values}; "
                    "a join that multiplies rows is the usual cause"
                )
    for key, result in results.items():
        label = table.label(key)
        stopped = [check for check in plan.checks if check.severity.stops and result.audit.failed.get(check.id)]
        if stopped and not result.failure:
            worst = stopped[0]
            result.failure = (
                f"{label}: {result.audit.failed[worst.id]} of {result.audit.rows} rows break the check {worst.id!r} "
                f"({worst.description}); mend the transformation or its inputs, or change the contract"
            )
    return results


def _repeated(session: Session, rows: str, columns: Sequence[str]) -> Answer:
    """How many rows repeat these columns, by partition, and the least of their values."""
    names = session.dialect.columns(columns)
    quoted = [session.dialect.quote(name) for name in columns]
    present = " AND ".join(f"{name} IS NOT NULL" for name in quoted)
    least = ", ".join(f"MIN({name}) AS least{place}" for place, name in enumerate(quoted))
    return session.later(
        f"SELECT _slice, SUM(n - 1) AS repeated, {least} FROM "
        f"(SELECT _slice, {names}, COUNT(*) AS n FROM {rows} WHERE {present} "
        f"GROUP BY _slice, {names} HAVING COUNT(*) > 1) AS k GROUP BY _slice"
    )
