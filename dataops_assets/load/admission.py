"""Which raw attempts a load takes, and which it refuses: the verdicts on files, columns, types and rows.

Each attempt is judged on its own. A partition keeps the rows it has while one is refused that no later one, which is
taken, has read again: the newest, and of an incremental source any, since the next increment begins after it.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from dataops_assets.lake.attempts import LakeDamaged, read_again, verify_files
from dataops_assets.lake.corrections import NONE, Corrections
from dataops_assets.lake.history import readable
from dataops_assets.lake.manifest import Manifest
from dataops_assets.lake.store import Store
from dataops_assets.ledger.entry import CauseCode, Entry, State, made_by
from dataops_assets.ledger.severities import do_otherwise
from dataops_assets.load.committed import Committed, corrected
from dataops_assets.load.needed import newest_with_rows, whole
from dataops_assets.load.raw_rows import Chosen
from dataops_assets.model.partitions import Partition
from dataops_assets.sources.base import full_refresh
from dataops_assets.validation.audit import Audit
from dataops_assets.validation.measured import Measured
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import StagedTable


@dataclass
class PartitionLoad:
    """One partition on its way through a load.

    lost: what was loaded is no longer in the table as it was. code: what kind of failure it is. corrections: what some
    of its rows are read as. given_up: by attempt, how many rejected rows people have given up; the audits leave them
    out.
    """

    key: str
    partition: Partition | None
    manifests: Sequence[Manifest]
    state: State | None
    lost: bool = False
    corrections: Corrections = NONE
    chosen: list[Chosen] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    audits: dict[str, Audit] = field(default_factory=dict)
    given_up: dict[str, int] = field(default_factory=dict)
    rebuild: bool = True
    failure: str = ""
    code: CauseCode = "rejected"
    repeated: str = ""
    unbalanced: str = ""
    measured: Sequence[Measured] = ()

    @property
    def newest(self) -> Manifest | None:
        return self.manifests[-1] if self.manifests else None

    @property
    def passed(self) -> Entry | None:
        """The load whose rows are in the table."""
        return self.state.passed if self.state else None

    @property
    def rejected(self) -> int:
        """Rows that fail a check which rejects them."""
        return sum(found.rejected for found in self.audits.values())

    @property
    def loaded(self) -> list[Chosen]:
        return [choice for choice in self.chosen if choice.manifest.attempt not in self.refused]


def choose(
    table: StagedTable,
    key: str,
    partition: Partition | None,
    there: Committed,
    state: State | None,
    lost: bool = False,
) -> PartitionLoad:
    """Which attempts to load: the newest, or with "merge" and "append" all that have not been loaded yet.

    lost: what was loaded is no longer in the table as it was, so all of it is loaded again.
    """
    manifests = there.manifests
    work = PartitionLoad(key, partition, manifests, state, lost, there.corrections)
    if table.calendar and partition and not table.calendar.keeps(partition):
        work.code = "not_kept"
        work.failure = (
            f"{table.label(key)}: older than the {table.calendar.keep_days} days that the table keeps (keep_days), so "
            "its rows would be deleted as soon as they were written; nothing was loaded"
        )
        return work
    if work.newest is None:
        work.code = "not_extracted"
        work.failure = (
            f"{table.label(key)}: there is no raw attempt to load; extract it first: "
            f"dataops run --select raw/{table.source.name}{f' --partitions {key}' if table.calendar else ''}"
        )
        return work
    if there.corrections.problem:
        work.failure = f"{table.label(key)}: {there.corrections.problem}"
        return work
    passed = work.passed
    # What another contract or another code has made of them is loaded again, from raw. So is that of which it is not
    # known by what it was made: once, when it is run the next time.
    same_code = passed is not None and passed.made_by == made_by(table) and not do_otherwise(table, passed)
    same_code &= passed is not None and corrected(passed) == work.corrections.id
    done = [attempt["content"] for attempt in passed.attempts] if passed and same_code else []
    latest_failed = state is not None and state.latest.verdict != "passed"
    wanted: Sequence[Manifest]
    if table.source.write == "replace":
        reload = lost or not done or latest_failed or work.newest.content_sha256 != done[-1]
        wanted = whole(table.source, manifests) if reload else []
    else:
        changes, known = whole(table.source, manifests), [content for content, _ in groupby(done)]
        wanted = changes[len(known) :]
        # An attempt can come to light that was committed before one that is loaded: then all again, in their order.
        in_order = [manifest.content_sha256 for manifest in changes[: len(known)]] == known
        work.rebuild = lost or not known or not in_order or (latest_failed and not wanted)
        wanted = changes if work.rebuild else wanted
        loaded = [] if work.rebuild or not passed else [attempt["attempt"] for attempt in passed.attempts]
        if gap := _gap(manifests, manifests if work.rebuild else wanted, loaded):
            work.failure = (
                f"{table.label(key)}: raw attempt {gap.attempt} goes on after the rows of attempt {gap.follows}, "
                f"which is no longer in the lake; restore it from a backup, or read all again: "
                f"{full_refresh(table.source.name)}"
            )
            return work
    work.chosen = [Chosen(partition, key, manifest, order) for order, manifest in enumerate(wanted)]
    return work


def _gap(manifests: Sequence[Manifest], wanted: Sequence[Manifest], loaded: Sequence[str]) -> Manifest | None:
    """One of the wanted attempts that goes on after one that is neither there nor loaded, and no later one has read
    everything.
    """
    sound = readable(wanted)
    all_read = max((place for place, manifest in enumerate(sound) if manifest.follows is None), default=0)
    known = {*(manifest.attempt for manifest in manifests), *loaded}
    return next((manifest for manifest in sound[all_read:] if manifest.follows and manifest.follows not in known), None)


def refuse_damaged(store: Store, table: StagedTable, work: PartitionLoad) -> None:
    """Refuse attempts whose files are not what their manifest says, or that lack a column of the contract."""
    for choice in work.chosen:
        manifest = choice.manifest
        try:
            verify_files(store, manifest)
        except LakeDamaged as damage:
            # An error only if no later attempt has read the same again: extracting again is the way out.
            work.refused[manifest.attempt] = str(damage)
            continue
        if reason := _lacking(table, manifest):
            work.refused[manifest.attempt] = f"{table.label(work.key)}: {reason}"
    refuse_empty(table, work)
    _refuse_increment(table, work)
    fail_if_rows_are_missing(table, work)


def _lacking(table: StagedTable, manifest: Manifest) -> str:
    """Which file of an attempt lacks which column of the contract, in words; empty if none does.

    Each file has to have them, or the rows of one that calls a column otherwise would be staged without its values.
    The parts of JSON that an API's answer is kept in are no files of the source: a record may leave out what it has
    no value for, so there the columns are those of all parts. One that spells a column otherwise does lack it.
    """
    whole = [f for f in manifest.files if f.format == "jsonl" and manifest.source.get("kind") != "files" and f.rows]
    parts, of_all_parts = {file.path for file in whole}, {name for file in whole for name in file.columns}
    for file in (file for file in manifest.files if file.rows):
        found = set(file.columns)
        absent = [c for c in table.spec.read_columns if c.source not in found]
        known = of_all_parts if file.path in parts else found
        required = list(dict.fromkeys(c.source for c in absent if c.required and c.source not in known))
        # Of a column that may be missing, one that differs in case or spaces only is the same, misspelt.
        alike = {c.source: similar for c in absent if (similar := _similar(c.source, found, table))}
        if file.path in parts:  # two fields, if one part has both
            both = {name for name, other in alike.items() if any({name, other} <= set(f.columns) for f in whole)}
            alike = {name: other for name, other in alike.items() if name not in both}
        if not required and not alike:
            continue
        named = ", ".join(map(repr, required or alike))
        similar = "".join(f"; it has {other!r} in the place of {name!r}" for name, other in alike.items())
        where = f" ({file.name})" if len(manifest.files) > 1 else ""
        found = found if alike else found | known
        allowed = " (required=False allows a column to be missing)" if required else ""
        return (
            f"column {named} of the contract {table.spec.contract.__name__} is not in raw attempt "
            f"{manifest.attempt}{where}, which has {sorted(found)}{similar}; mend the source and extract again, or "
            f"change the contract{allowed}"
        )
    return ""


def _similar(name: str, found: Iterable[str], table: StagedTable) -> str:
    """A column that is called like this one but for case, spaces and the way in which Unicode composes letters, and
    that the contract does not name itself.
    """
    named = {column.source for column in table.spec.read_columns}
    alike = [other for other in found if other not in named and _folded(other) == _folded(name)]
    return min(alike, default="")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).casefold()


def refuse_empty(table: StagedTable, work: PartitionLoad) -> None:
    """With "replace", refuse an answer without rows where an earlier one had some: a source may have lost its data."""
    newest = work.newest
    if table.source.write != "replace" or table.source.allow_empty or newest is None or newest.rows or not work.chosen:
        return
    if newest.attempt in work.refused or newest.erased:  # what it had was of people who were erased
        return
    # Asked of the lake, so that the answer does not depend on which of the attempts happened to be loaded.
    earlier = newest_with_rows(work.manifests)
    if earlier is not None:
        work.refused[newest.attempt] = (
            f"{table.label(work.key)}: raw attempt {newest.attempt} has no rows, attempt {earlier.attempt} had "
            f"{earlier.rows}; if the source has lost them, mend it and extract again; if they are really gone, say "
            f"allow_empty=True in the source {table.source.name!r}"
        )


def _refuse_increment(table: StagedTable, work: PartitionLoad) -> None:
    """With "replace", refuse what an incremental source has added: the source was one before it was changed."""
    newest = work.newest
    if newest is None or newest.attempt in work.refused:
        return
    if table.source.write == "replace" and work.chosen and newest.follows is not None:
        work.refused[newest.attempt] = (
            f"{table.label(work.key)}: raw attempt {newest.attempt} was extracted incrementally and has only what was "
            "new then, which must not take the place of the whole table; extract it whole: "
            f"dataops run --select +{table.asset}"
        )


def fail_if_rows_are_missing(table: StagedTable, work: PartitionLoad) -> None:
    """Fail the partition if the rows of a refused attempt would be passed over: no attempt that is taken has them."""
    if work.failure:
        return
    # By content: of attempts that say the same, one after the other, only the last is loaded, for all of them.
    taken = {choice.manifest.content_sha256 for choice in work.loaded}
    missing = [
        manifest.attempt
        for place, manifest in enumerate(work.manifests)
        if manifest.attempt in work.refused
        and not read_again(
            manifest, [m for m in work.manifests[place + 1 :] if m.content_sha256 in taken], work.manifests
        )
    ]
    if not missing:
        return
    work.failure = work.refused[missing[-1]]
    if table.source.incremental:
        names = ", ".join(missing)
        work.failure += (
            f". The next extraction would go on after the rows of raw attempt {names}; once the source is mended, have "
            f"all of it read again: {full_refresh(table.source.name)}"
        )


def discard(session: Session, rows: str, works: Mapping[str, PartitionLoad]) -> None:
    """Take the rows of refused attempts, and of refused partitions, out of a scratch table."""
    refused = [(w.key, a) for w in works.values() for a in w.refused]
    refused += [(w.key, c.manifest.attempt) for w in works.values() if w.failure for c in w.chosen]
    for key, attempt in dict.fromkeys(refused):
        session.execute(
            f"DELETE FROM {rows} WHERE _slice = $key AND _attempt = $attempt", {"key": key, "attempt": attempt}
        )
