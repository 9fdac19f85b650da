"""Rows of a subject taken out of a derived table, as transformed or as production shows it, and of its versions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from dataops_assets.erasure.rows import PARTS, current, partitions_of, rest_of, rest_query, slices_of
from dataops_assets.erasure.subject import ErasureRefused, Subject, columns_of, condition, shown_columns
from dataops_assets.lake.erasures import Removed
from dataops_assets.lake.parallel import batched
from dataops_assets.lake.paths import MANIFEST, partition_prefix
from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import Copy, Version, commit_versions
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import Entry, State, key_of, sequences, validated_version
from dataops_assets.publish.hiding import stage_shown
from dataops_assets.publish.names import published
from dataops_assets.publish.pointers import point_to_what_is_shown
from dataops_assets.publish.receipts import provenance
from dataops_assets.verification.copies import partitions_of as partitions_in
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.conflicts import retry_on_conflict
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable

Layer = Literal["transformed", "production"]


@dataclass(frozen=True)
class Place:
    """A derived table in one of its two layers. names: the columns by which rows of a subject are found there."""

    storage: Storage
    table: DerivedTable
    layer: Layer
    names: tuple[str, ...]

    @classmethod
    def every(cls, storage: Storage, table: DerivedTable, key: str) -> "list[Place]":
        """Those in which rows can be found by the subject key."""
        found = [cls(storage, table, "transformed", tuple(columns_of(table.spec, key)))]
        if table.derived.publish:
            found.append(cls(storage, table, "production", tuple(shown_columns(table, key))))
        return [place for place in found if place.names]

    @property
    def asset(self) -> str:
        return published(self.table) if self.layer == "production" else self.table.asset

    @property
    def schema(self) -> str:
        warehouse = self.storage.warehouse
        return warehouse.production if self.layer == "production" else warehouse.staging

    @property
    def store(self) -> Store:
        return self.storage.production if self.layer == "production" else self.storage.staging


def count_rows(session: Session, place: Place, subject: Subject) -> list[Removed]:
    """What the table has of the subject. Inside `reading`. Raises ErasureRefused."""
    subject.stage(session)
    passed = current(place.table, ledger.states(session, place.storage.warehouse.staging, place.asset))
    rest = rest_of(session, place.schema, place.table, place.asset, place.names, passed)
    return [Removed(place.asset, key, place.layer, each.removed, passed[key].version) for key, each in rest.items()]


def erase_rows(place: Place, subject: Subject, words: str, run_id: str) -> list[Removed]:
    """Remove them, with a copy of what is left in the lake and an entry in the ledger. Raises ErasureRefused."""
    table, warehouse = place.table, place.storage.warehouse

    def swap_in() -> tuple[dict[str, Entry], list[Removed]]:
        with session.swapping(place.asset, reads=[table.asset] if place.layer == "production" else ()) as swap:
            subject.stage(session)
            states = ledger.states(session, warehouse.staging, place.asset)
            passed = current(table, states)
            rest = rest_of(session, place.schema, table, place.asset, place.names, passed)
            if not rest:
                return {}, []
            sources = ledger.states(session, warehouse.staging, table.asset, rest)
            would = _would_show(session, place, sources) if place.layer == "production" else {}
            now: dict[str, Entry] = {}
            entries: list[Entry] = []
            for key, left in rest.items():
                stands = passed[key]
                same = sources[key].passed if would.get(key) == left.version else None
                now[key] = _entry(place, stands, same, left.version, left.rows, words, run_id)
                entries.append(now[key])
                if (latest := states[key].latest).id != stands.id:
                    entries.append(latest.again(version=left.version, rows=left.rows, run_id=run_id))
            _copy(session, place, now)
            ledger.stage(session, entries, sequences(states))
            ledger.ensure(session, swap, warehouse.staging)
            slices = slices_of(table, list(rest))
            theirs = condition(session, table.spec, place.names, "t")
            relation = session.relation(place.schema, table.relation)
            swap.execute(f"DELETE FROM {relation} AS t WHERE {slices.among(session, 't', PARTS)} AND {theirs}")
            ledger.append(session, swap, warehouse.staging, entries)
        return now, [
            Removed(place.asset, key, place.layer, left.removed, passed[key].version, left.version)
            for key, left in rest.items()
        ]

    with warehouse.session() as session:
        now, removed = retry_on_conflict(swap_in)
        if place.layer == "production":
            _point(session, place, now)
    return removed


def _point(session: Session, place: Place, now: Mapping[str, Entry]) -> None:
    """Let the lake show what stands, also where a process was killed before it did."""
    table, warehouse = place.table, place.storage.warehouse
    with session.reading():
        stands = current(table, ledger.states(session, warehouse.staging, place.asset))
    entries = {key: entry for key, entry in stands.items() if key in now or entry.run_id.startswith(RUN)}
    if entries:
        by_key = dict(zip(entries, partitions_of(table, list(entries)), strict=True))
        point_to_what_is_shown(session, warehouse, place.store, table, by_key, entries)


RUN = "erase-"
"""Begins the id of the run that erases."""


def _would_show(session: Session, place: Place, sources: Mapping[str, State]) -> dict[str, str]:
    """By key, the version that production would have of the transformed rows as they are now, without the subject."""
    table, passed = place.table, {key: state.passed for key, state in sources.items() if state.passed}
    if not table.hides:
        return {key: entry.version for key, entry in passed.items()}
    return stage_shown(session, place.storage.warehouse.staging, table, partitions_of(table, list(passed)))


def _entry(
    place: Place, stands: Entry, receipt: Entry | None, version: str, rows: int, words: str, run_id: str
) -> Entry:
    """receipt: of what was transformed, where production shows just that."""
    entry = stands.again(
        version=version,
        rows=rows,
        rows_read=rows,
        rows_deleted=stands.rows - rows,
        reason=words,
        difference=None,
        run_id=run_id,
    )
    made = stands.provenance
    if receipt:
        entry = replace(entry, inputs={place.table.asset: {stands.partition: receipt.version}})
        if made:
            made = replace(made, receipt=receipt.id, version=receipt.version if made.hides else "")
            entry = replace(entry, provenance=made)
    decision = stands.decision
    if decision and decision.version in (stands.version, validated_version(stands)):
        now = receipt.version if receipt and decision.kind == "approve" else version
        entry = replace(entry, decision=replace(decision, version=now))
    return entry


def _copy(session: Session, place: Place, entries: Mapping[str, Entry]) -> None:
    table = place.table
    by_key = dict(zip(entries, partitions_of(table, list(entries)), strict=True))

    def version(key: str) -> Version:
        entry = entries[key]
        said = provenance(entry) if place.layer == "production" else _said(entry)
        return Version(table.relation, by_key[key], entry.version, said)

    query = rest_query(session, place.schema, table, place.names)
    with place.store.scratch.folder() as folder:
        exported = session.export(query, folder, sorted(entries))
        copies = (Copy(version(key), content, entries[key].rows) for key, content in exported)
        for some in batched(copies, lambda each: each.in_memory):
            commit_versions(place.store, some)
            for each in some:
                if isinstance(each.content, Path):
                    each.content.unlink()


def _said(entry: Entry) -> dict[str, object]:
    return {
        "inputs": entry.inputs,
        "contract": entry.contract,
        "code_version": entry.code_version,
        "run_id": entry.run_id,
    }


def versions_with(place: Place, subject: Subject) -> list[Removed]:
    """The versions in the lake that have rows of the subject, with how many."""
    found = []
    names = columns_of(place.table.spec, subject.key)
    for partition in _partitions(place):
        prefix = partition_prefix(place.table.relation, partition)
        for folder in place.store.folders(prefix):
            kind, _, version = folder.partition("=")
            if kind == "version" and (rows := _rows_in(place.store, f"{prefix}{folder}/", names, subject)):
                found.append(Removed(place.asset, key_of(partition), "version", rows, version))
    return found


def erase_versions(place: Place, subject: Subject) -> list[Removed]:
    """Delete them, but for one that stands, which `erase_rows` has to take them out of first."""
    warehouse = place.storage.warehouse
    with warehouse.session() as session, session.reading():
        stands = current(place.table, ledger.states(session, warehouse.staging, place.asset))
    removed = []
    for each in versions_with(place, subject):
        if each.partition in stands and stands[each.partition].version == each.before:
            continue
        [partition] = partitions_of(place.table, [each.partition])
        folder = f"{partition_prefix(place.table.relation, partition)}version={each.before}/"
        # The manifest first: without it there is no version.
        for path in sorted(place.store.objects(folder), key=lambda path: not path.endswith(MANIFEST)):
            if info := place.store.stat(path):
                place.store.delete(path, info.generation)
        removed.append(each)
    return removed


def _partitions(place: Place) -> list:
    calendar = place.table.calendar
    if calendar:
        strangers = [f for f in place.store.folders(f"{place.table.relation}/") if calendar.of_folder(f) is None]
        if strangers:
            uri = place.store.uri(f"{place.table.relation}/{strangers[0]}")
            raise ErasureRefused(
                f"{place.asset}: {uri} is of another calendar, and cannot be looked through; nothing needs it: remove "
                "it"
            )
        return [p for f in place.store.folders(f"{place.table.relation}/") if (p := calendar.of_folder(f))]
    return partitions_in(place.store, place.table)


def _rows_in(store: Store, folder: str, names: list[str], subject: Subject) -> int:
    rows = 0
    for path in store.objects(folder):
        if not path.endswith(".parquet"):
            continue
        try:
            with store.open(path) as stream:
                opened = pq.ParquetFile(stream)
                there = [name for name in names if name in opened.schema_arrow.names]
                for batch in opened.iter_batches(100_000, columns=there) if there else ():
                    columns = [batch.column(name).to_pylist() for name in there]
                    rows += sum(any(map(subject.matches, row)) for row in zip(*columns, strict=True))
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, pa.ArrowMemoryError):
                raise
            raise ErasureRefused(f"{store.uri(path)} cannot be read, and so not looked through; remove it") from error
    return rows
