"""New rows against the columns of the table they go to: what fits, what may change, what is refused.

A partitioned table keeps its columns and types. It is widened in two cases: a column that holds no value yet takes the
type of the first values, and with `schema_evolution: "add"` in the asset's metadata a new column is added.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from dataops_assets.io.plain.target import Target
from dataops_assets.io.plain.values import lossless_cast, same_type, sql_type, stored_type
from dataops_assets.warehouse.base import Session

TYPED = "_typed"


@dataclass(frozen=True)
class Plan:
    """How new rows become rows of the table.

    existing: the table's columns when this was planned; None if there was no table. rows: the scratch table of the new
    rows, typed as `columns` says. added, retyped: what the table needs first.
    """

    existing: pa.Schema | None
    rows: str
    columns: Mapping[str, pa.DataType]
    added: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()


def existing_columns(session: Session, target: Target) -> pa.Schema | None:
    """The columns of the target's table, None if it does not exist. Inside `reading` or `swapping`."""
    if not session.exists(target.schema, target.table):
        return None
    return session.schema(session.relation(target.schema, target.table))


def plan(session: Session, target: Target, new: str, *, whole: bool) -> Plan:
    """Make the rows of the scratch table `new` fit, and say how; raises PlainTableError.

    whole: the table is replaced as a whole, and takes the columns of its new rows.
    """
    existing = existing_columns(session, target)
    found = {field.name: field.type for field in session.schema(new)}
    known = {} if existing is None else {field.name: field.type for field in existing}
    if existing is not None and not whole:
        _same_names(target, found, known)
    planner = _Planner(session, target, new, found, {})
    added, retyped = [], []
    for name in found:
        wanted = known.get(name)
        if wanted is None:
            planner.keep(name)
            added.append(name)
        elif whole:
            planner.keep(name, known=wanted)
        elif planner.fit(name, wanted):
            retyped.append(name)
    if all(select == session.dialect.quote(name) for name, (select, _) in planner.chosen.items()):
        rows = new
    else:
        rows = TYPED
        selected = ", ".join(
            f"{select} AS {session.dialect.quote(name)}" for name, (select, _) in planner.chosen.items()
        )
        session.scratch(TYPED, f"SELECT {selected} FROM {new}")
    columns = {name: kind for name, (_, kind) in planner.chosen.items()}
    return Plan(existing, rows, columns, () if existing is None else tuple(added), tuple(retyped))


def _same_names(target: Target, found: Mapping[str, pa.DataType], known: Mapping[str, pa.DataType]) -> None:
    extra = [name for name in found if name not in known]
    missing = [name for name in known if name not in found]
    folded = {name.casefold(): name for name in known}
    for name in extra:
        if name.casefold() in folded:
            raise target.refuse(
                f"column {name!r} is {folded[name.casefold()]!r} in the table, the same name to the warehouse",
                "Spell it as the table does.",
            )
    if missing:
        raise target.refuse(
            f"the new rows lack the columns {missing} that the table has",
            "Return them, as None where unknown; or drop them from the table if they have served their time.",
        )
    if extra and target.metadata.get("schema_evolution") != "add":
        raise target.refuse(
            f"the new rows have columns that the table has not: {extra}",
            "Leave them out; or let the table grow: metadata={'schema_evolution': 'add'} on the asset adds them, null "
            "in the rows that are there (by hand: ALTER TABLE … ADD COLUMN).",
        )


@dataclass
class _Planner:
    session: Session
    target: Target
    new: str
    found: Mapping[str, pa.DataType]
    chosen: dict[str, tuple[str, pa.DataType]]
    """By column: the expression that selects it from the new rows, and its type then."""

    def keep(self, name: str, known: pa.DataType | None = None) -> None:
        """Store the column as its own type; without a value in it, as the one that is known."""
        found = self.found[name]
        if known is not None and not same_type(found, known) and self._empty(name) and self._null(known) != "NULL":
            self.chosen[name] = self._null(known), known
            return
        wanted = self._storable(name)
        if same_type(found, wanted):
            self.chosen[name] = self.session.dialect.quote(name), wanted
            return
        self._convert(name, wanted)

    def fit(self, name: str, wanted: pa.DataType) -> bool:
        """Store the column as the type the table has; True if the table's type has to change for it."""
        found, quoted = self.found[name], self.session.dialect.quote(name)
        if pa.types.is_dictionary(wanted) and pa.types.is_string(found):
            self.chosen[name] = quoted, pa.string()  # made elsewhere, of the categories of one batch
            return True
        if same_type(found, wanted) or (pa.types.is_string(found) and pa.types.is_large_string(wanted)):
            self.chosen[name] = quoted, wanted
            return False
        if self._empty(name):
            self.chosen[name] = self._null(wanted), wanted
            return False
        example = self._loses(name, wanted)
        if example is None:
            return False
        relation = self.session.relation(self.target.schema, self.target.table)
        if not self.session.rows(f"SELECT 1 FROM {relation} WHERE {quoted} IS NOT NULL LIMIT 1"):
            self.keep(name)
            return True
        hint = ""
        if pa.types.is_timestamp(found) and pa.types.is_timestamp(wanted):
            hint = " A time without a zone is not taken for UTC: use .dt.tz_localize('UTC'), or .dt.tz_localize(None)."
        raise self.target.refuse(
            f"column {name!r} holds {example} ({found}), which the table's {wanted} cannot hold without loss",
            f"Convert the column, or change the table's type (ALTER TABLE … ALTER COLUMN … SET DATA TYPE).{hint}",
        )

    def _convert(self, name: str, wanted: pa.DataType) -> None:
        example = self._loses(name, wanted)
        if example is not None:
            raise self.target.refuse(
                f"column {name!r} holds {example} ({self.found[name]}), which cannot be kept as {wanted} without loss",
                "Round or convert it.",
            )

    def _loses(self, name: str, wanted: pa.DataType) -> str | None:
        """Choose the cast to the wanted type, unless a value would not survive it: then an example of one."""
        dialect, found = self.session.dialect, self.found[name]
        quoted = dialect.quote(name)
        cast = lossless_cast(dialect, quoted, found, wanted)
        if cast is None and pa.types.is_string(wanted) and pa.types.is_dictionary(found):
            cast = dialect.as_text(quoted), "TRUE"
        kept = cast[1] if cast else "FALSE"
        bad = self.session.rows(
            f"SELECT {dialect.as_text(dialect.orderable(quoted, found))} FROM {self.new} "
            f"WHERE {quoted} IS NOT NULL AND NOT ({kept}) LIMIT 1"
        )
        if bad:
            return repr(bad[0][0])
        self.chosen[name] = cast[0] if cast else self._null(wanted), wanted
        return None

    def _empty(self, name: str) -> bool:
        column = self.session.dialect.quote(name)
        return not self.session.rows(f"SELECT 1 FROM {self.new} WHERE {column} IS NOT NULL LIMIT 1")

    def _null(self, wanted: pa.DataType) -> str:
        try:
            return f"CAST(NULL AS {sql_type(self.session.dialect, wanted)})"
        except TypeError:
            return "NULL"

    def _storable(self, name: str) -> pa.DataType:
        try:
            return stored_type(self.found[name])
        except TypeError as error:
            raise self.target.refuse(f"column {name!r}: {error}", "Convert the column.") from error
