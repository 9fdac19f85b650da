"""Everything of one subject: looked for, and removed, in an order in which a process may be killed anywhere.

First the record, from which on no extraction keeps rows of theirs; then raw, so that nothing is made of them again;
then staged, transformed and published rows, each with its entry in the ledger; then the versions in the lakes, the
objects that nothing names any more, and what the warehouse's file keeps of deleted rows. Every step finds by itself
what is left to do, so the same command once more finishes what was begun.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from dataops_assets import pseudonyms
from dataops_assets.erasure.derived import Place, count_rows, erase_rows, erase_versions, versions_with
from dataops_assets.erasure.staged import count_staged, erase_staged
from dataops_assets.erasure.subject import ErasureRefused, Subject, columns_of, shown_columns
from dataops_assets.extract.suppress import fields_of, refuse_other_secret
from dataops_assets.lake.erasures import Erasure, Removed, begin, erasures, finish
from dataops_assets.lake.paths import attempt_name
from dataops_assets.lake.raw_erasure import erase_raw, survey, sweep
from dataops_assets.lake.subjects import CannotRewrite
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger.entry import key_of
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.model.partitions import Partition
from dataops_assets.verification.raw import raw_partitions
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

Say = Callable[[str], None]
_OF_A_WRITE = ("created_at=", "collected=", "corrected=")


@dataclass(frozen=True)
class Scope:
    """Where rows of a subject can be found. unsearched: derived tables that are made of these, and do not name them."""

    staged: list[StagedTable]
    places: list[Place]
    unsearched: list[str]

    @classmethod
    def of(cls, storage: Storage, catalog: Catalog, subject: Subject) -> "Scope":
        """Raises ErasureRefused."""
        staged = [table for table in catalog.staged.values() if fields_of(table, subject.key)]
        derived = [table for table in catalog.derived.values() if columns_of(table.spec, subject.key)]
        if not staged:
            raise ErasureRefused(
                f"--subject {subject.key}=…: {', '.join(table.asset for table in derived)} names subjects by it, and "
                "no source does, so that their raw data could not be searched; tag the source's column too"
            )
        places = [place for table in derived for place in Place.every(storage, table, subject.key)]
        return cls(staged, places, list(_unsearched(catalog, staged, subject)))


def strangers(storage: Storage, catalog: Catalog) -> list[str]:
    """Folders of the lakes that no dataset of today has, and that are not searched."""
    known = {f"raw_{name}" for name in catalog.staged} | set(catalog.derived)
    found = {
        store.uri(folder)
        for store in (storage.staging, storage.production)
        for folder in store.folders("")
        if folder not in known and not folder.startswith(("_", "."))
    }
    return sorted(found)


def look(storage: Storage, catalog: Catalog, subject: Subject) -> list[Removed]:
    """What there is of the subject, as it would be removed; nothing is changed. Raises ErasureRefused."""
    scope = Scope.of(storage, catalog, subject)
    found: list[Removed] = []
    for table in scope.staged:
        for partition in _raw_partitions(storage, table):
            found += _surveyed(storage, table, partition, subject)
    with storage.warehouse.session() as session, session.reading():
        for table in scope.staged:
            found += count_staged(session, storage.warehouse.staging, table, subject)
        for place in scope.places:
            found += count_rows(session, place, subject)
    for place in scope.places:
        found += versions_with(place, subject)
    return found


def erase(
    storage: Storage, catalog: Catalog, subject: Subject, by: str, reason: str, run: RunInfo, say: Say
) -> tuple[Erasure, list[Removed], list[str]]:
    """Remove it. Returns the record, what was removed, and what could not be by now, for which it has to be done again.

    Raises ErasureRefused, before anything is changed, if something stands in the way that is known then.
    """
    scope = Scope.of(storage, catalog, subject)
    look(storage, catalog, subject)
    for known in erasures(storage.staging):
        refuse_other_secret(known)
    wanted = Erasure(
        attempt_name(datetime.now(UTC)),
        subject.key,
        subject.hashed,
        pseudonyms.fingerprint(),
        by,
        reason,
        run.run_id,
        run.code_version,
    )
    record = begin(storage.staging, wanted)
    words = f"rows of a subject were erased: {record.name} by {record.by}"
    removed: list[Removed] = []
    for table in scope.staged:
        for partition in _raw_partitions(storage, table):
            removed += erase_raw(storage.staging, table.source.name, partition, subject.subjects(table))
        say(f"raw/{table.source.name}: done")
    for table in scope.staged:
        removed += erase_staged(storage.warehouse, storage.staging, table, subject, words, run.run_id)
        say(f"{table.asset}: done")
    for place in scope.places:
        removed += erase_rows(place, subject, words, run.run_id)
        removed += erase_versions(place, subject)
        say(f"{place.asset}: done")
    waiting: list[str] = []
    for table in scope.staged:
        for partition in _raw_partitions(storage, table):
            folders = sweep(storage.staging, table.source.name, partition)
            waiting += [f"{folder} is being written, or was left by a process that was killed" for folder in folders]
    storage.warehouse.purge()
    left = look(storage, catalog, subject)
    waiting += [f"{f'{each.asset} {each.partition}'.rstrip()}: {each.rows} rows are there again" for each in left]
    if not waiting:
        finish(storage.staging, record, removed)
    return record, removed, waiting


def _surveyed(storage: Storage, table: StagedTable, partition: Partition | None, subject: Subject) -> list[Removed]:
    try:
        known = survey(storage.staging, table.source.name, partition, subject.subjects(table))
    except CannotRewrite as error:
        raise ErasureRefused(str(error)) from error
    asset, key = f"raw/{table.source.name}", key_of(partition)
    found = [
        Removed(asset, key, "raw", sum(known.files.get(f.path, 0) for f in each.files), each.content_sha256)
        for each in known.attempts
        if not each.same_as
    ]
    return found + [Removed(asset, key, "correction", count, each.name) for each, count in known.corrections]


def _raw_partitions(storage: Storage, table: StagedTable) -> list[Partition | None]:
    """Raises ErasureRefused for folders of another calendar."""
    name, calendar = table.source.name, table.calendar
    for folder in storage.staging.folders(f"raw_{name}/"):
        of_write = folder.startswith(_OF_A_WRITE)
        if (calendar is None and not of_write) or (calendar is not None and calendar.of_folder(folder) is None):
            raise ErasureRefused(
                f"raw/{name}: {storage.staging.uri(f'raw_{name}/{folder}')} is of another calendar than the one in "
                "force, and cannot be looked through; nothing reads it: move it away, or remove it"
            )
    return raw_partitions(storage.staging, calendar, name)


def _unsearched(catalog: Catalog, staged: list[StagedTable], subject: Subject) -> Iterator[str]:
    """Assets that are made, by way of others or not, of tables that name subjects, and name none."""
    made_of = {table.asset for table in staged}
    for name, table in catalog.derived.items():
        if not any(needed.table.asset in made_of for needed in catalog.inputs[name]):
            continue
        made_of.add(table.asset)
        if not columns_of(table.spec, subject.key):
            yield from _layers(table)
        elif table.derived.publish and not shown_columns(table, subject.key):
            yield f"production/{name}"


def _layers(table: DerivedTable) -> Iterator[str]:
    yield table.asset
    if table.derived.publish:
        yield f"production/{table.derived.name}"
