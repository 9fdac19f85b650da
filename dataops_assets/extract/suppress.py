"""Rows of people who were erased are not kept when a source, which has them still, sends them once more."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from dataops_assets import pseudonyms
from dataops_assets.lake.erasures import Erasure, erasures
from dataops_assets.lake.manifest import Manifest, StoredFile
from dataops_assets.lake.raw_erasure import erase_raw, rewritten_again, sweep
from dataops_assets.lake.store import Store
from dataops_assets.lake.subjects import CannotRewrite, Field, Subjects
from dataops_assets.ledger.entry import key_of
from dataops_assets.model.contract import METADATA
from dataops_assets.model.partitions import Partition
from dataops_assets.model.tables import Source
from dataops_assets.sources.base import PermanentSourceError
from dataops_assets.warehouse.tables import StagedTable

_log = logging.getLogger(__name__)


def fields_of(table: StagedTable, key: str | None = None) -> Sequence[Field]:
    """The fields of a source that name subjects; of this key, or of any."""
    return [
        Field(column.source, column.subject, pa.types.is_integer(column.type))
        for column in table.spec.read_columns
        if column.subject and key in (None, column.subject)
    ]


@dataclass(frozen=True)
class Suppression:
    """Of one source, whom nothing may be kept of. known: the erasures that were there before the first extraction."""

    store: Store
    table: StagedTable
    known: Sequence[Erasure] = field(default_factory=list)

    @classmethod
    def of(cls, store: Store, source: Source) -> "Suppression | None":
        """None where no column says whom a row is about."""
        declared = (column.metadata or {} for column in source.contract.to_schema().columns.values())
        tags = (tag for each in declared for tag in each.get(METADATA, {}).get("tags", ()))
        # Asked of the tags first: to read the whole contract takes longer than many an extraction.
        if not any(tag.lower().startswith("subject") for tag in tags):
            return None
        table = StagedTable(source)
        return cls(store, table, erasures(store)) if fields_of(table) else None

    def kept(self, partition: Partition | None, path: Path, file: StoredFile, folder: Path) -> tuple[Path, StoredFile]:
        """The file, on this disk, without the rows of those who were erased. Raises PermanentSourceError."""
        subjects = self._subjects(self.known)
        if subjects is None:
            return path, file
        label = f"raw/{self.table.source.name} {key_of(partition)}".rstrip()
        try:
            path, file, left_out = rewritten_again(path, file, subjects, folder)
        except CannotRewrite as error:
            raise PermanentSourceError(
                f"{label}: people were erased, and it cannot be told which rows are theirs: {error}; nothing was kept"
            ) from error
        if left_out:
            _log.warning("%s: %s: %d rows of people who were erased are left out", label, file.name, left_out)
        return path, file

    def look_again(self, partition: Partition | None, manifest: Manifest) -> None:
        """After the attempt was committed: somebody may have been erased since the first look, by who could not have
        seen the attempt.
        """
        # By the first look, and not by that of another partition: this one's files may have come before that.
        seen = {each.name for each in self.known}
        if new := [each for each in erasures(self.store, self.known) if each.name not in seen]:
            subjects = self._subjects(new)
            if subjects and manifest.rows:
                erase_raw(self.store, self.table.source.name, partition, subjects)
                sweep(self.store, self.table.source.name, partition)

    def _subjects(self, erasures: Sequence[Erasure]) -> Subjects | None:
        fields = fields_of(self.table)
        hashes: dict[str, set[str]] = {}
        for erasure in erasures:
            if any(each.key == erasure.key for each in fields):
                hashes.setdefault(erasure.key, set()).add(erasure.hashed)
                refuse_other_secret(erasure)
        return Subjects(fields, {}, hashes, pseudonyms.hasher()) if hashes else None


def refuse_other_secret(erasure: Erasure) -> None:
    """Raises NoPseudonymKey where the secret is not the one that the erasure was hashed with."""
    if pseudonyms.fingerprint() != erasure.secret:
        raise pseudonyms.NoPseudonymKey(
            f"{pseudonyms.VARIABLE} is another secret than the one of the erasure of {erasure.name}: who was erased "
            "then could not be told from others; set the one of before"
        )
