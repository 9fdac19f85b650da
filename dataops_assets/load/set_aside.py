"""What is in quarantine, read for people: rows that were set aside, and those for which a load was stopped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from dataops_assets.lake.corrections import fields_of, row_id
from dataops_assets.warehouse.base import Warehouse
from dataops_assets.warehouse.tables import StagedTable

RowState = Literal["set aside", "stopped", "discarded"]


@dataclass(frozen=True)
class BadRow:
    """One row in quarantine. raw: its fields as the source sent them, JSON; or a line that cannot be read. replayed:
    the fields that a correction gave it, which are not good either, JSON. by, because: who corrected or discarded it.
    """

    partition: str
    attempt: str
    checks: str
    reasons: str
    raw: str
    state: RowState
    replayed: str = ""
    by: str = ""
    because: str = ""

    @property
    def id(self) -> str:
        """By which a command names it: the same for rows that are the same to the letter."""
        return row_id(self.raw)

    @cached_property
    def fields(self) -> Mapping[str, str | None]:
        """By the names that the source has for them; nothing of a line that cannot be read."""
        return fields_of(self.raw)


_STATE = (
    "CASE WHEN COALESCE(stopped, FALSE) THEN 'stopped' WHEN COALESCE(given_up, FALSE) THEN 'discarded' "
    "ELSE 'set aside' END"
)


def counted(warehouse: Warehouse, table: StagedTable) -> dict[tuple[str, str, RowState], int]:
    """Rows by partition, check and state; one that fails several checks is counted for each."""
    found: dict[tuple[str, str, RowState], int] = {}
    with warehouse.session() as session, session.reading():
        if not (known := session.columns(warehouse.staging, table.quarantine)):
            return {}
        relation, state = session.relation(warehouse.staging, table.quarantine), _state(known)
        for key, checks, of, rows in session.rows(
            f"SELECT partition_key, checks, {state} AS state, COUNT(*) AS n FROM {relation} GROUP BY 1, 2, 3"
        ):
            for check in checks.split(", "):
                found[key, check, of] = found.get((key, check, of), 0) + rows
    return found


def bad_rows(
    warehouse: Warehouse, table: StagedTable, key: str | None = None, check: str = "", limit: int | None = None
) -> list[BadRow]:
    """In the order of the partitions. key, check: of this partition, that fail this check. limit: no more than that."""
    with warehouse.session() as session, session.reading():
        if not (known := session.columns(warehouse.staging, table.quarantine)):
            return []
        conditions, parameters = ["TRUE"], dict[str, Any]()
        if key is not None:
            conditions.append("partition_key = $key")
            parameters["key"] = key
        if check:
            conditions.append("STRPOS(CONCAT(', ', checks, ','), $check) > 0")
            parameters["check"] = f", {check},"
        said = ", ".join(n if n in known else f"NULL AS {n}" for n in ("replayed", "decided_by", "decided_because"))
        rows = session.arrow(
            f"SELECT partition_key, _attempt, checks, reasons, raw, {_state(known)} AS state, {said} "
            f"FROM {session.relation(warehouse.staging, table.quarantine)} WHERE {' AND '.join(conditions)} "
            f"ORDER BY partition_key, checks, raw, _attempt{'' if limit is None else f' LIMIT {int(limit)}'}",
            parameters,
        ).to_pylist()
    return [
        BadRow(
            *(r[name] for name in ("partition_key", "_attempt", "checks", "reasons", "raw", "state")),
            *(r[name] or "" for name in ("replayed", "decided_by", "decided_because")),
        )
        for r in rows
    ]


def _state(known: Sequence[str]) -> str:
    """Expression: what became of a row; a table of before the columns has none that was not set aside."""
    return _STATE if {"stopped", "given_up"} <= set(known) else "'set aside'"
