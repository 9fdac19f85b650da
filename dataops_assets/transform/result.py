"""The second validation: what a transformation gave, judged partition by partition before it replaces anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dataops_assets.ledger.entry import key_of
from dataops_assets.model.partitions import Partition
from dataops_assets.transform.compute import WindowRefused, compute, refused, typed_columns
from dataops_assets.transform.inputs import Input
from dataops_assets.validation.audit import Audit, AuditPlan, audit, run_pandera_checks
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.fingerprint import fold
from dataops_assets.warehouse.tables import DerivedTable


@dataclass
class Result:
    """One partition of a computed chunk."""

    rows: int = 0
    version: str = ""
    audit: Audit = field(default_factory=Audit)
    repeated: int = 0
    failure: str = ""


def stage_audited(
    session: Session,
    schema: str,
    table: DerivedTable,
    inputs: Sequence[Input],
    chunk: Sequence[Partition | None],
) -> AuditPlan:
    """Make the scratch table `_audited`: the result of the transformation, with the marks of the contract's checks.

    Inside `reading`. Raises TransformationError if the transformation cannot be run, or gives another table;
    WindowRefused, if it may do for a smaller window.
    """
    computed = compute(session, schema, table, inputs, chunk)
    typed = typed_columns(session, table, computed)
    dialect, spec = session.dialect, table.spec
    slices = table.slices([partition for partition in chunk if partition])
    slices.stage(session, "_parts")
    plan = AuditPlan.of(spec, dialect, (), {})
    try:
        session.scratch(
            "_audited",
            f"SELECT {dialect.columns(spec.names, 'r.')}, p.partition AS _slice, "
            f"{plan.column(dialect, '_rejected', {'stop'})}, {plan.column(dialect, '_flagged', {'warn', 'log'})} "
            f"FROM (SELECT {typed} FROM ({computed.query}) AS q) AS r {slices.left_join(session, 'r', '_parts')}",
            computed.parameters,
        )
    except session.sql_errors:
        try:  # Is it the query, or a check?
            session.scratch("_result", computed.query, computed.parameters)
        except session.sql_errors as error:
            raise refused(table, inputs, error, WindowRefused) from error
        raise
    session.drop("_result")
    return plan


def validate(
    session: Session, table: DerivedTable, chunk: Sequence[Partition | None], plan: AuditPlan
) -> dict[str, Result]:
    """Judge each partition of the chunk by the rows of `_audited`. Raises WindowRefused for rows of no partition."""
    results = {key_of(partition): Result() for partition in chunk}
    dialect, spec = session.dialect, table.spec
    run_pandera_checks(session, plan, "_audited")
    if outside := session.rows("SELECT COUNT(*) FROM _audited WHERE _slice IS NULL")[0][0]:
        raise WindowRefused(
            f"{table.asset}: the transformation gave {outside} rows outside the window "
            f"{key_of(chunk[0])}..{key_of(chunk[-1])}; filter by {table.by.column if table.by else ''} in it"
        )
    for key, found in audit(session, plan, "_audited", ["_slice"], dialect.columns(spec.names)).items():
        if key[0] in results:
            results[key[0]].audit = found
    one, two = dialect.fingerprint(spec.schema)
    for result in results.values():
        result.version = fold(0, None, None)
    for key, rows, first, second in session.rows(
        f"SELECT _slice, COUNT(*), {one}, {two} FROM _audited WHERE _slice IS NOT NULL GROUP BY _slice"
    ):
        results[key].rows, results[key].version = rows, fold(rows, first, second)
    for columns in (spec.key, *spec.unique):
        _find_repeated(session, table, columns, results)
    for key, result in results.items():
        label = f"{table.asset} {key}".strip()
        stopped = [check for check in plan.checks if check.severity == "stop" and result.audit.failed.get(check.id)]
        if stopped and not result.failure:
            worst = stopped[0]
            result.failure = (
                f"{label}: {result.audit.failed[worst.id]} of {result.audit.rows} rows break the check {worst.id!r} "
                f"({worst.description}); mend the transformation or its inputs, or change the contract"
            )
    return results


def _find_repeated(
    session: Session, table: DerivedTable, columns: Sequence[str], results: Mapping[str, Result]
) -> None:
    names = session.dialect.columns(columns)
    present = " AND ".join(f"{session.dialect.quote(name)} IS NOT NULL" for name in columns)
    for key, repeated, *example in session.rows(
        f"SELECT _slice, SUM(n - 1), {', '.join(f'MIN({session.dialect.quote(name)})' for name in columns)} FROM "
        f"(SELECT _slice, {names}, COUNT(*) AS n FROM _audited WHERE {present} "
        f"GROUP BY _slice, {names} HAVING COUNT(*) > 1) AS k GROUP BY _slice"
    ):
        if key in results:
            values = ", ".join(f"{name}={value}" for name, value in zip(columns, example, strict=True))
            results[key].repeated += int(repeated)
            results[key].failure = (
                f"{table.asset} {key}: {repeated} rows repeat the key ({', '.join(columns)}), near {values}; "
                "a join that multiplies rows is the usual cause"
            )
