"""Whom a request for erasure is about, and which tables say in a column whom their rows are about."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

import pyarrow as pa

from dataops_assets import pseudonyms
from dataops_assets.contracts.spec import TableSpec
from dataops_assets.extract.suppress import fields_of
from dataops_assets.lake.subjects import Field, Subjects
from dataops_assets.layers.catalog import Catalog
from dataops_assets.nearest import suggestion
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

NAMED = "_erased_subject"
"""The scratch table that holds the value: not in a statement, where it would be kept with the job."""


class ErasureRefused(ValueError):
    """Something cannot be erased; nothing was changed. The message shows no value."""


@dataclass(frozen=True)
class Subject:
    """key: what tables tag as subject key. value: never shown. hashed: its keyed hash."""

    key: str
    value: str = field(repr=False)
    hashed: str

    @classmethod
    def of(cls, text: str, catalog: Catalog) -> "Subject":
        """Read KEY=VALUE. Raises ErasureRefused, NoPseudonymKey."""
        key, equals, value = text.partition("=")
        known = sorted(keys_of(catalog))
        if not equals or not value.strip():
            raise ErasureRefused("--subject KEY=VALUE: say the key and the value, or KEY=- to have it read from stdin")
        if key not in known:
            hint = suggestion(key, known) if known else 'tag the column that says whom a row is about: tags=["subject"]'
            raise ErasureRefused(f"--subject {key}=…: no contract tags a column as the subject key {key!r}; {hint}")
        hashed = pseudonyms.hasher()
        is_integer = any(f.integer for t in catalog.staged.values() for f in fields_of(t, key))
        canonical = Field(key, key, is_integer).canonical(value) or value
        return cls(key, canonical, hashed(canonical))

    def subjects(self, table: StagedTable) -> Subjects:
        """For the raw files of a source."""
        return Subjects(fields_of(table, self.key), {self.key: frozenset((self.value,))})

    def is_named_in(self, text: str) -> bool:
        """Does a text that people wrote name them?"""
        return Subjects([Field(self.key, self.key)], {self.key: frozenset((self.value,))}).are_named_in(text)

    def matches(self, value: object) -> bool:
        """Is this value of a column theirs, as it is, or as its hash?"""
        return value is not None and str(value) in (self.value, self.hashed)

    def stage(self, session: Session) -> None:
        """Make the scratch table NAMED of the value as text, as number (null if it is none) and of its hash."""
        is_number = re.fullmatch(r"-?[0-9]{1,19}", self.value) and abs(int(self.value)) < 2**63
        number = int(self.value) if is_number else None
        session.scratch_arrow(
            NAMED,
            pa.table(
                {
                    "as_text": pa.array([self.value, self.hashed], pa.string()),
                    "as_number": pa.array([number, number], pa.int64()),
                }
            ),
        )


def keys_of(catalog: Catalog) -> Set[str]:
    """The subject keys of all tables."""
    tables = (*catalog.staged.values(), *catalog.derived.values())
    return {column.subject for table in tables for column in table.spec.columns if column.subject}


def columns_of(spec: TableSpec, key: str) -> list[str]:
    """The columns of a table that name subjects of this key."""
    return [column.name for column in spec.columns if column.subject == key]


def shown_columns(table: DerivedTable, key: str) -> list[str]:
    """Those that production can be searched by: of a masked one there is nothing to find."""
    return [name for name in columns_of(table.spec, key) if table.hides.get(name) != "mask"]


def condition(session: Session, spec: TableSpec, names: Sequence[str], rows: str) -> str:
    """Condition, true or false: a row of the table `rows` is about the subject, who is staged."""
    found = []
    for name in names:
        which = "as_number" if pa.types.is_integer(spec.column(name).type) else "as_text"
        found.append(f"COALESCE({rows}.{session.dialect.quote(name)} IN (SELECT s.{which} FROM {NAMED} AS s), FALSE)")
    return f"({' OR '.join(found)})"
