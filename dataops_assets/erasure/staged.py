"""Rows of a subject taken out of a staged table and its quarantine; the books say what stands then."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from dataops_assets.erasure.rows import PARTS, current, partitions_of, rest_of, slices_of
from dataops_assets.erasure.subject import ErasureRefused, Subject, columns_of, condition
from dataops_assets.lake.corrections import fields_of
from dataops_assets.lake.erasures import Removed
from dataops_assets.lake.history import attempts_of, readable
from dataops_assets.lake.manifest import Manifest
from dataops_assets.lake.store import Store
from dataops_assets.lake.subjects import Subjects
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import Entry, key_of, sequences
from dataops_assets.ledger.integrity import balances
from dataops_assets.verification.report import run as command
from dataops_assets.warehouse.base import Session, Warehouse
from dataops_assets.warehouse.conflicts import retry_on_conflict
from dataops_assets.warehouse.tables import StagedTable

_RAWS = "_erased_raw"


@dataclass
class _Quarantined:
    """Of a partition. texts: of the rows, as they came. set_aside, given_up: how many the ledger counts, the latter by
    attempt. checks: by attempt and check.
    """

    texts: set[str] = field(default_factory=set)
    rows: int = 0
    set_aside: int = 0
    given_up: Counter[str] = field(default_factory=Counter)
    checks: Counter[tuple[str, str]] = field(default_factory=Counter)


def count_staged(session: Session, schema: str, table: StagedTable, subject: Subject) -> list[Removed]:
    """What a staged table and its quarantine have of the subject. Inside `reading`. Raises ErasureRefused."""
    subject.stage(session)
    passed = current(table, ledger.states(session, schema, table.asset))
    rest = rest_of(session, schema, table, table.asset, columns_of(table.spec, subject.key), passed)
    found = [Removed(table.asset, key, "staged", each.removed, passed[key].version) for key, each in rest.items()]
    bad = _quarantined(session, schema, table, subject.subjects(table))
    return found + [Removed(table.asset, key, "quarantine", each.rows) for key, each in bad.items()]


def erase_staged(
    warehouse: Warehouse, store: Store, table: StagedTable, subject: Subject, words: str, run_id: str
) -> list[Removed]:
    """Remove them, and say so in the ledger, in one swap. After the raw attempts. Raises ErasureRefused."""
    with warehouse.session() as session:
        return retry_on_conflict(lambda: _swap(warehouse, session, store, table, subject, words, run_id))


def _swap(
    warehouse: Warehouse,
    session: Session,
    store: Store,
    table: StagedTable,
    subject: Subject,
    words: str,
    run_id: str,
) -> list[Removed]:
    schema, asset = warehouse.staging, table.asset
    names = columns_of(table.spec, subject.key)
    with session.swapping(asset) as swap:
        subject.stage(session)
        states = ledger.states(session, schema, asset, whole=True)
        passed = current(table, states)
        rest = rest_of(session, schema, table, asset, names, passed)
        bad = _quarantined(session, schema, table, subject.subjects(table))
        raw = _manifests(store, table, list(passed))
        rewritten = {key for key, entry in passed.items() if _attempts(entry, raw[key]) != list(entry.attempts)}
        todo = sorted(rest.keys() | bad.keys() | rewritten)
        if not todo:
            return []
        entries: list[Entry] = []
        removed: list[Removed] = []
        for key in todo:
            stands, gone = passed.get(key), bad.get(key, _Quarantined())
            if stands is None:  # rows for which loads were stopped, where none has ever passed
                removed.append(Removed(asset, key, "quarantine", gone.rows))
                continue
            version, rows = (rest[key].version, rest[key].rows) if key in rest else (stands.version, stands.rows)
            now = _entry(table, stands, raw[key], gone, version, rows, words, run_id)
            entries.append(now)
            latest = states[key].latest
            if latest.id != stands.id:  # refused since: it stays so
                attempts = _attempts(latest, raw[key])
                entries.append(latest.again(version=version, rows=rows, attempts=attempts, run_id=run_id))
            if key in rest:
                removed.append(Removed(asset, key, "staged", rest[key].removed, stands.version, version))
            if gone.rows:
                removed.append(Removed(asset, key, "quarantine", gone.rows))
        ledger.stage(session, entries, sequences(states))
        ledger.ensure(session, swap, schema)
        if rest:
            slices = slices_of(table, list(rest))
            slices.stage(session, PARTS)
            theirs = condition(session, table.spec, names, "t")
            relation = session.relation(schema, table.relation)
            swap.execute(f"DELETE FROM {relation} AS t WHERE {slices.among(session, 't', PARTS)} AND {theirs}")
        if texts := sorted({text for each in bad.values() for text in each.texts}):
            session.scratch_arrow(_RAWS, pa.table({"raw": pa.array(texts, pa.string())}))
            relation = session.relation(schema, table.quarantine)
            swap.execute(f"DELETE FROM {relation} AS q WHERE q.raw IN (SELECT r.raw FROM {_RAWS} AS r)")
        ledger.append(session, swap, schema, entries)
    return removed


def _manifests(store: Store, table: StagedTable, keys: Sequence[str]) -> dict[str, dict[str, Manifest]]:
    """By partition key, the attempts by name."""
    found = attempts_of(store, table.source.name, partitions_of(table, keys)) if keys else {}
    return {key_of(partition): {m.attempt: m for m in readable(each)} for partition, each in found.items()}


def _attempts(entry: Entry, raw: Mapping[str, Manifest]) -> list[Mapping[str, Any]]:
    """The attempts of an entry as they are in the lake by now."""

    def as_now(attempt: Mapping[str, Any]) -> Mapping[str, Any]:
        manifest = raw.get(attempt["attempt"])
        if manifest is None or "content" not in attempt or attempt["content"] == manifest.content_sha256:
            return attempt
        return {**attempt, "content": manifest.content_sha256, "rows": manifest.rows}

    return [as_now(attempt) for attempt in entry.attempts]


def _entry(
    table: StagedTable,
    stands: Entry,
    raw: Mapping[str, Manifest],
    gone: _Quarantined,
    version: str,
    rows: int,
    words: str,
    run_id: str,
) -> Entry:
    attempts = []
    for attempt in _attempts(stands, raw):
        left = attempt.get("given_up", 0) - gone.given_up[attempt["attempt"]]
        attempts.append({**attempt, "given_up": left} if "given_up" in attempt else attempt)
    read = sum(attempt.get("rows", 0) for attempt in attempts if not attempt.get("refused"))
    if not balances(stands):
        read = stands.rows_read
    quarantined = stands.rows_quarantined - gone.set_aside
    duplicates = read - rows - quarantined
    if duplicates < 0 or quarantined < 0:
        raise ErasureRefused(
            f"{table.label(stands.partition)}: the ledger does not balance without the rows of the subject; run first: "
            f"{command(table.asset, stands.partition)}, and then this again"
        )
    checks = []
    for check in stands.checks:
        count = gone.checks[str(check.get("attempt", "")), str(check.get("check", ""))]
        if "failed" in check and count:
            check = {**check, "failed": max(check["failed"] - count, 0)}
        if check.get("failed", 1):
            checks.append(check)
    return stands.again(
        version=version,
        rows=rows,
        rows_read=read,
        rows_quarantined=quarantined,
        duplicates_dropped=duplicates,
        rows_inserted=0,
        rows_updated=0,
        rows_deleted=stands.rows - rows,
        attempts=attempts,
        checks=checks,
        reason=words,
        run_id=run_id,
    )


def _quarantined(session: Session, schema: str, table: StagedTable, subjects: Subjects) -> dict[str, _Quarantined]:
    """By partition key, the rows of these subjects in quarantine; of lines that are no record, those that name them."""
    known = session.columns(schema, table.quarantine)
    if not known:
        return {}

    wanted = {"replayed": "''", "stopped": "FALSE", "given_up": "FALSE"}  # tables of before have them not
    optional = ", ".join(
        f"COALESCE({name}, {nothing}) AS {name}" if name in known else f"{nothing} AS {name}"
        for name, nothing in wanted.items()
    )
    relation = session.relation(schema, table.quarantine)
    rows = session.arrow(f"SELECT partition_key, _attempt, checks, raw, {optional} FROM {relation}")
    found: dict[str, _Quarantined] = {}
    for batch in rows.to_batches(10_000):
        for row in batch.to_pylist():
            if not _is_theirs(row["raw"] or "", subjects) and not _is_theirs(row["replayed"], subjects):
                continue
            each = found.setdefault(row["partition_key"], _Quarantined())
            each.texts.add(row["raw"])
            each.rows += 1
            if row["stopped"]:
                continue
            each.set_aside += 1
            each.given_up[row["_attempt"]] += bool(row["given_up"])
            for check in row["checks"].split(", "):
                each.checks[row["_attempt"], check] += 1
    return found


def _is_theirs(raw: str, subjects: Subjects) -> bool:
    if not raw:
        return False
    fields = fields_of(raw)
    texts = {name: value if value is None else str(value) for name, value in fields.items()}
    return subjects.are_in(texts.get) if fields else subjects.are_named_in(raw)
