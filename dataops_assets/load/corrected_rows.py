"""Rows that people have corrected, in a load: read as what was said, through the contract like all others.

The new values are rows of the load beside those that came. Once all are typed and judged, each takes the place of the
row that it is said of, one for one, in whichever attempts that is; so what was read is still what the attempts have.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from dataops_assets.lake.corrections import CorrectedRow, Correction, Corrections, fields_of
from dataops_assets.load.nested_values import fitted, has_nested
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import StagedTable

_PREFIX = "correction:"
PART = "_raw_corrected"


@dataclass(frozen=True)
class _Said:
    """name: stands for the file, and for the attempt, of the row that it reads as."""

    name: str
    key: str
    row: CorrectedRow
    correction: Correction


class CorrectedRows:
    """What is said of rows of the partitions of one load. shared: the fields by which rows are told apart: the
    contract may have got others since, and have lost some.
    """

    def __init__(self, table: StagedTable, corrections: Mapping[str, Corrections]) -> None:
        self._table = table
        said: list[_Said] = []
        for key, each in corrections.items():
            said += [_Said(f"{_PREFIX}{len(said) + n}", key, row, by) for n, (by, row) in enumerate(each.rows.values())]
        known = [set(fields) for one in said if (fields := fields_of(one.row.was))]
        self.shared = [
            name
            for name in dict.fromkeys(column.source for column in table.spec.read_columns)
            if known and all(name in fields for fields in known)
        ]
        self._said = said

    def __bool__(self) -> bool:
        return bool(self._said)

    @property
    def names(self) -> Iterator[tuple[str, str]]:
        """The names that stand for files of rows to be read, with the keys of their partitions."""
        return ((one.name, one.key) for one in self._said if one.row.reads is not None)

    def stage(self, session: Session, kinds: Mapping[str, Collection[pa.DataType]]) -> str:
        """Make the scratch tables of what is said, and of the rows that are read instead. kinds: the wanted columns,
        each with the types it is wanted as. Returns the name of the second, a part like those of files.
        """
        text = pa.string()
        columns: dict[str, pa.Array] = {
            "_slice": pa.array([one.key for one in self._said], text),
            "name": pa.array([one.name for one in self._said], text),
            "place": pa.array(range(len(self._said)), pa.int64()),
            "gives_up": pa.array([one.row.reads is None for one in self._said], pa.bool_()),
            "decided_by": pa.array([one.correction.by for one in self._said], text),
            "decided_because": pa.array([one.correction.reason for one in self._said], text),
            "was": pa.array([one.row.was for one in self._said], text),
            "told_by_fields": pa.array(
                [bool(self.shared and fields_of(one.row.was)) for one in self._said], pa.bool_()
            ),
        }
        for number, name in enumerate(self.shared):
            columns[f"f{number}"] = pa.array([fields_of(one.row.was).get(name) for one in self._said], text)
        session.scratch_arrow("_corrected", pa.table(columns))
        read = [(one.name, one.row.reads) for one in self._said if one.row.reads is not None]
        rows = {name: pa.chunked_array([pa.array([f.get(name) for _, f in read], text)]) for name in kinds}
        as_text = {name: {text} for name in kinds}
        nested = {name: set(types) for name, types in kinds.items() if has_nested({name: types})}
        table = fitted(rows, as_text | nested)
        session.scratch_arrow(PART, table.append_column("_file", pa.array([name for name, _ in read], text)))
        return PART

    def key_of_rows(self, session: Session, text: Mapping[str, str]) -> str:
        """Expression: what tells raw rows apart. text: the fields, as expressions that give text, by their names."""
        return f"COALESCE(_unreadable, {self._object(session, text)})"

    def _object(self, session: Session, text: Mapping[str, str]) -> str:
        if not self.shared:
            return f"CAST(NULL AS {session.dialect.type_of(pa.string())})"
        return session.dialect.json_object({name: text[name] for name in self.shared})

    def put(self, session: Session, rows: str) -> str:
        """Put what is said in the place of the rows that it is said of.

        rows: the scratch table of all that were read, with `_key`. Returns the name of another one: without `_key`,
        with `_replayed` (JSON text of what a row was read as instead of `_raw`), `_given_up`, and who said so and why.
        """
        dialect, names = session.dialect, self._table.spec.names
        by_fields = self._object(session, {name: f"c.f{n}" for n, name in enumerate(self.shared)})
        said = "c._slice, c.name, c.place, c.gives_up, c.decided_by, c.decided_because"
        # By its text as well: a row that cannot be read as the contract's types is known by it, as a line is.
        session.scratch(
            "_said",
            f"SELECT * FROM (SELECT {said}, c.was AS said_of FROM _corrected AS c UNION ALL "
            f"SELECT {said}, {by_fields} AS said_of FROM _corrected AS c WHERE c.told_by_fields) AS k "
            "WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY k._slice, k.said_of ORDER BY k.place DESC) = 1",
        )
        same = f"k._slice = x._slice AND k.said_of = x._key AND NOT STARTS_WITH(x._attempt, '{_PREFIX}')"
        about, said = "x._slice, x._attempt, x._order", "k.decided_by AS _by, k.decided_because AS _because"
        nothing = f"CAST(NULL AS {dialect.type_of(pa.string())})"
        session.scratch(
            "_read",
            f"SELECT {dialect.columns(names, 'x.')}, {about}, x._rejected, x._flagged, x._raw, {nothing} AS _replayed, "
            f"COALESCE(k.gives_up, FALSE) AS _given_up, {said} "
            f"FROM {rows} AS x LEFT JOIN _said AS k ON {same} "
            f"WHERE NOT STARTS_WITH(x._attempt, '{_PREFIX}') AND COALESCE(k.gives_up, TRUE) "
            f"UNION ALL SELECT {dialect.columns(names, 'y.')}, {about}, y._rejected, y._flagged, x._raw, y._raw, "
            f"FALSE, {said.replace(' AS _by', '').replace(' AS _because', '')} FROM {rows} AS x JOIN _said AS k "
            f"ON {same} JOIN {rows} AS y ON y._slice = k._slice AND y._attempt = k.name",
        )
        session.drop("_said", rows)
        return "_read"


def given_up(session: Session, rows: str) -> dict[tuple[str, str], int]:
    """Rejected rows that were given up, by partition and attempt. rows: of `CorrectedRows.put`."""
    return {
        (key, attempt): count
        for key, attempt, count in session.rows(
            f"SELECT _slice, _attempt, COUNT(*) AS n FROM {rows} WHERE _given_up AND _rejected IS NOT NULL "
            "GROUP BY _slice, _attempt"
        )
    }
