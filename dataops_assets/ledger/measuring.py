"""The statistical checks of a write: what the partitions are compared with, what they gave, and what is kept of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from dataops_assets.dialects.base import TableOptions
from dataops_assets.ledger import tables
from dataops_assets.ledger.outcome import CheckOutcome
from dataops_assets.model.partitions import UNPARTITIONED
from dataops_assets.model.severity import Severity
from dataops_assets.model.statistics import Statistic
from dataops_assets.validation.measured import Figure, Measured
from dataops_assets.warehouse.base import Session, Swap

TABLE = "_checks"

_SCHEMA = pa.schema(
    [
        ("asset", pa.string()),
        ("partition", pa.string()),
        ("check_name", pa.string()),
        ("column_name", pa.string()),
        ("severity", pa.string()),
        ("verdict", pa.string()),
        ("value", pa.float64()),
        ("threshold", pa.float64()),
        ("reason", pa.string()),
        ("run_id", pa.string()),
        ("recorded_at", pa.timestamp("us", tz="UTC")),
        ("version", pa.string()),
    ]
)
_OPTIONS = TableOptions(
    "What the statistical checks measured: a row for each partition, check and column of each write, kept for good.",
    key=["asset", "partition"],
)


def command_to(ruling: str, asset: str, key: str, check: str) -> str:
    """What is typed to accept or confirm what a check has found."""
    partition = f" --partition {key}" if key != UNPARTITIONED else ""
    return f"dataops {ruling} {asset}{partition} --check {check} --reason …"


def stopping(measured: Sequence[Measured]) -> list[Measured]:
    """Those that stop a write."""
    return [each for each in measured if Severity(each.statistic.severity).stops and each.verdict == "failed"]


def stopped(measured: Sequence[Measured], asset: str, key: str) -> str:
    """Why a check of the severity "stop" stops the write of a partition, or an empty text."""
    found = stopping(measured)
    if not found:
        return ""
    said = "; ".join(f"{each.statistic.check}: {each.reason}" for each in found)
    label, command = f"{asset} {key}".rstrip(), command_to("accept", asset, key, found[0].statistic.check)
    return f"{label}: {said}; nothing was written. Mend the source and run it again; if this is how it is: {command}"


def check_outcomes(measured: Sequence[Measured]) -> list[CheckOutcome]:
    """The asset checks of one partition: value and threshold of the column that is furthest, and all that failed.

    One without history is neither passed nor failed: there is no result of it.
    """
    return [_outcome(each) for each in measured if each.verdict != "no history"]


def without_history(measured: Sequence[Measured]) -> list[str]:
    """The checks that had nothing to compare with."""
    return [each.statistic.check for each in measured if each.verdict == "no history"]


def _outcome(measured: Measured) -> CheckOutcome:
    figures: dict[str, int | float] = {}
    if worst := measured.worst:
        figures = {"value": worst.value or 0.0, "threshold": worst.threshold or 0.0}
    known = [each for each in measured.figures if each.verdict != "no history"]
    words = measured.reason
    if measured.verdict == "passed":
        of = f", furthest {worst.column}" if worst and worst.column and len(known) > 1 else ""
        words = f"as usual: {len(known)} {'column' if len(known) == 1 else 'columns'}{of}" if of else "as usual"
    table = [
        {
            "column": each.column,
            "verdict": each.verdict,
            "value": "" if each.value is None else f"{each.value:.4g}",
            "threshold": "" if each.threshold is None else f"{each.threshold:.4g}",
            "reason": each.reason,
        }
        for each in measured.figures
        if each.verdict in ("failed", "accepted")
    ]
    severity = Severity(measured.statistic.severity)
    passed = measured.verdict != "failed" or not severity.alerts
    return CheckOutcome(measured.statistic.check, passed, severity, words, figures, table)


def record(
    session: Session,
    swap: Swap,
    schema: str,
    asset: str,
    measured: Mapping[str, Sequence[Measured]],
    run_id: str,
    after: datetime | None = None,
) -> None:
    """Append what the checks measured. after: when what this takes the place of was recorded."""
    now = datetime.now(UTC)
    at = now if after is None else max(now, after + timedelta(microseconds=1))
    checks = [
        (key, each.statistic, each.version, each.figures or [Figure("", "no history", reason=each.reason)])
        for key, found in measured.items()
        for each in found
    ]
    if not checks:
        return
    # What all figures of a check have in common is said of the check, and repeated by Arrow.
    lines = pa.array(np.repeat(np.arange(len(checks)), [len(figures) for *_, figures in checks]))
    figures = zip(*(msgspec.structs.astuple(figure) for *_, figures in checks for figure in figures), strict=True)
    names = ("column_name", "verdict", "value", "threshold", "reason")
    found: dict[str, tuple[Any, ...]] = dict(zip(names, figures, strict=True))
    common = {
        "partition": [key for key, *_ in checks],
        "check_name": [statistic.check for _, statistic, *_ in checks],
        "severity": [statistic.severity for _, statistic, *_ in checks],
        "version": [version for *_, version, _ in checks],
    }
    constant = {"asset": asset, "run_id": run_id, "recorded_at": at}
    rows = tables.rows_of(_SCHEMA, len(lines), found, common, lines, constant)
    tables.ensure(session, swap, schema, TABLE, _SCHEMA, _OPTIONS)
    session.scratch_arrow("_measured", rows)
    tables.append(session, swap, schema, TABLE, _SCHEMA, "_measured")


@dataclass(frozen=True)
class Result:
    """What a check measured of a partition when it was last written, or was to be. recorded: UTC."""

    asset: str
    partition: str
    check: str
    measured: Measured
    recorded: datetime
    run_id: str = ""


def newest(
    session: Session,
    schema: str,
    asset: str | None = None,
    partition: str | None = None,
    first: str = "",
    exceeded: bool = False,
) -> dict[tuple[str, str], list[Result]]:
    """The newest results of each check of each partition, or of one, by asset and partition, inside `reading`.

    first: of this partition and those after it. exceeded: without the figures that have passed or are not known.
    """
    known = session.columns(schema, TABLE)
    if not known:
        return {}
    literal = session.dialect.literal
    asked = [f"t.{name} = {literal(value)}" for name, value in (("asset", asset), ("partition", partition)) if value]
    asked += [f"t.partition >= {literal(first)}"] if first else []
    newest_ones = (
        f"SELECT t.* FROM {session.relation(schema, TABLE)} AS t WHERE {' AND '.join(asked) or 'TRUE'} QUALIFY RANK() "
        "OVER (PARTITION BY t.asset, t.partition, t.check_name ORDER BY t.recorded_at DESC, t.run_id DESC) = 1"
    )
    only = "WHERE e.verdict IN ('failed', 'accepted')" if exceeded else ""
    found = session.arrow(f"SELECT e.* FROM ({newest_ones}) AS e {only}").to_pylist()
    figures: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in sorted(found, key=lambda row: (row["asset"], row["partition"], row["check_name"])):
        figures.setdefault((row["asset"], row["partition"], row["check_name"]), []).append(row)
    results: dict[tuple[str, str], list[Result]] = {}
    for (of, key, check), rows in figures.items():
        any_of = rows[0]
        each = [Figure(r["column_name"], r["verdict"], r["value"], r["threshold"], r["reason"]) for r in rows]
        measured = Measured(Statistic(severity=any_of["severity"]), each, any_of.get("version") or "")
        results.setdefault((of, key), []).append(
            Result(of, key, check, measured, any_of["recorded_at"], any_of["run_id"])
        )
    return results
