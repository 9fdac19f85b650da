"""`dataops checks`: what each check said of each partition when it was last written, from the ledger and `_checks`."""

import csv
import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime

from dataops_assets.build import load_project
from dataops_assets.commands.layout import fitting, say
from dataops_assets.commands.selection import scope_of, selected
from dataops_assets.commands.shared import Unusable
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger import measuring, rulings
from dataops_assets.ledger.entry import Entry, is_current
from dataops_assets.ledger.freshness import fresh, there
from dataops_assets.ledger.measuring import Result
from dataops_assets.ledger.ruling import said_today
from dataops_assets.load.load_checks import load_checks
from dataops_assets.model.spans import spans_text
from dataops_assets.staleness.snapshot import tables_of
from dataops_assets.validation.rulings import Rulings
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

_LEAST = [["recorded"], ["threshold"], ["severity"], ["value"]]


@dataclass(frozen=True)
class _Line:
    """One check of one partition. value, threshold: rows that fail and none, of a check of rows; else its figures."""

    asset: str
    partition: str
    check: str
    severity: str
    verdict: str
    value: float | None
    threshold: float | None
    reason: str
    recorded: datetime


COLUMNS = [field.name for field in fields(_Line)]
_SHOWN = [name for name in COLUMNS if name != "reason"]


def checks(options: Namespace) -> int:
    """Returns 1 if a check that is listed holds back its partition. Raises Unusable."""
    since = _moment(options.since) if options.since else None
    loaded = load_project()
    chosen = selected(loaded.catalog, options.select)
    within = scope_of(chosen, options.partitions)
    tables, warehouse = tables_of(loaded.catalog), loaded.storage.warehouse
    with warehouse.session() as session, session.reading():
        states = ledger.all_states(session, warehouse.staging)
        measured = measuring.newest(session, warehouse.staging)
        said = rulings.every(session, warehouse.staging)
    lines: list[_Line] = []
    now = datetime.now(UTC)
    for asset, table in tables.items():
        # Of the table as a whole, listed with its newest partition.
        timely = fresh(table, there(table, states.get(asset, {})), now) if asset in chosen else None
        if timely and (
            within(asset, table.calendar, timely.newest)
            if options.partitions and timely.newest
            else not options.partitions
        ):
            of = (asset, timely.newest, timely.measured.statistic.check, timely.measured, now)
            lines += [] if asset.startswith("production/") else [_statistic(Result(*of))]
        for key, state in sorted(states.get(asset, {}).items()):
            if is_current(table, state) and within(asset, table.calendar, key):
                own = [] if asset.startswith("production/") else list(_of_rows(table, state.latest))
                found = said_today(table, measured.get((asset, key), ()), said.get(asset, Rulings()))
                lines += [*own, *_refusal(state.latest), *map(_statistic, found)]
    if options.failed:
        lines = [line for line in lines if line.verdict == "failed"]
    if since:
        lines = [line for line in lines if line.recorded >= since]
    if options.format == "table":
        _table(lines, tables)
    else:
        (_csv if options.format == "csv" else _json)(lines)
    return int(any(line.verdict == "failed" and line.severity == "stop" for line in lines))


def _moment(text: str) -> datetime:
    """Without a time zone it is UTC, as all that is said."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unusable(f"--since {text!r}: a moment, such as 2026-11-20 or 2026-11-20T06:30Z: {error}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _of_rows(table: StagedTable | DerivedTable, entry: Entry) -> Iterator[_Line]:
    """The contract's checks, and how many rows fail each; of an older contract those that found something."""
    counts: dict[str, int] = {}
    severities: dict[str, str] = {}
    for each in entry.checks:
        if isinstance(each.get("failed"), int):
            counts[each["check"]] = counts.get(each["check"], 0) + each["failed"]
            severities[each["check"]] = each.get("severity") or ""
    own = load_checks(table) if isinstance(table, StagedTable) else []
    declared = {check.id: check for check in (*own, *table.spec.checks)}
    looked = entry.contract == table.spec.fingerprint and (entry.verdict == "passed" or bool(counts))
    for name in [*declared, *(name for name in counts if name not in declared)] if looked else counts:
        check, count = declared.get(name), counts.get(name, 0)
        severity = severities.get(name) or (check.severity.value if check else "")
        reason = f"{count} rows: {check.description}" if check and count else ""
        verdict = "failed" if count else "passed"
        yield _Line(entry.asset, entry.partition, name, severity, verdict, count, 0, reason, entry.recorded_at)


def _refusal(entry: Entry) -> Iterator[_Line]:
    """Why the partition is not as it should be by now, whatever it was that stopped it."""
    if entry.verdict != "passed":
        check = "inputs" if entry.verdict == "held" else "contract"
        yield _Line(entry.asset, entry.partition, check, "stop", "failed", None, None, entry.reason, entry.recorded_at)


def _statistic(found: Result) -> _Line:
    each, worst = found.measured, found.measured.worst
    value, threshold = (worst.value, worst.threshold) if worst else (None, None)
    return _Line(
        found.asset,
        found.partition,
        found.check,
        each.statistic.severity,
        each.verdict,
        value,
        threshold,
        each.reason,
        found.recorded,
    )


def _csv(lines: Sequence[_Line]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([*astuple(line)[:-1], line.recorded.isoformat()] for line in lines)


def _json(lines: Sequence[_Line]) -> None:
    for line in lines:
        record = dict(zip(COLUMNS, [*astuple(line)[:-1], line.recorded.isoformat()], strict=True))
        print(json.dumps(record, ensure_ascii=False))  # noqa: T201


def _table(lines: Sequence[_Line], tables: Mapping[str, StagedTable | DerivedTable]) -> None:
    """What failed, each with its figures, and the reasons below, most of which are longer than a line is wide; of what
    did not, each check once with its partitions.
    """
    failed = [line for line in lines if line.verdict == "failed"]
    others: dict[tuple[str, str, str, str], list[str]] = {}
    for line in lines:
        if line.verdict != "failed":
            others.setdefault((line.asset, line.check, line.severity, line.verdict), []).append(line.partition)
    if failed:
        rows = [[_cell(getattr(line, name)) for name in _SHOWN] for line in failed]
        fitting(_SHOWN, rows, right=["value", "threshold"], least=_LEAST)
        for line in failed:
            say(f"{line.asset} {line.partition} {line.check}: {line.reason}")
    if others:
        kinds = [[*kind, spans_text(keys, tables[kind[0]].calendar)] for kind, keys in others.items()]
        fitting(["asset", "check", "severity", "verdict", "partitions"], kinds, right=[], least=[["severity"]])
    if not lines:
        say("no check to list: none failed, or none was made yet")


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)
