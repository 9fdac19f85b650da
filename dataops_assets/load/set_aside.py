"""What is in quarantine, read for people: rows that were set aside, and those for which a load was stopped."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dataops_assets.load.quarantine import set_aside_in
from dataops_assets.warehouse.base import Warehouse
from dataops_assets.warehouse.tables import StagedTable


@dataclass(frozen=True)
class BadRow:
    """One row in quarantine. raw: its fields as the source sent them, JSON; or a line that cannot be read."""

    partition: str
    attempt: str
    checks: str
    reasons: str
    raw: str
    stopped: bool

    @property
    def id(self) -> str:
        """By which a command names it: the same for rows that are the same to the letter."""
        return row_id(self.raw)

    @cached_property
    def fields(self) -> Mapping[str, str | None]:
        """By the names that the source has for them; nothing of a line that cannot be read."""
        return fields_of(self.raw)


def row_id(raw: str) -> str:
    """The `id` of rows that the source sent like this."""
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def fields_of(raw: str) -> dict[str, str | None]:
    """The fields of a row as the quarantine has it."""
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def counted(warehouse: Warehouse, table: StagedTable) -> dict[tuple[str, str, bool], int]:
    """Rows by partition, check and whether they are of a stopped load; one that fails several is counted for each."""
    found: dict[tuple[str, str, bool], int] = {}
    with warehouse.session() as session, session.reading():
        if not (set_aside := set_aside_in(session, warehouse.staging, table.quarantine)):
            return {}
        relation = session.relation(warehouse.staging, table.quarantine)
        for key, checks, aside, rows in session.rows(
            f"SELECT partition_key, checks, {set_aside} AS aside, COUNT(*) AS n FROM {relation} "
            "GROUP BY partition_key, checks, aside"
        ):
            for check in checks.split(", "):
                found[key, check, not aside] = found.get((key, check, not aside), 0) + rows
    return found


def bad_rows(
    warehouse: Warehouse, table: StagedTable, key: str | None = None, check: str = "", limit: int | None = None
) -> list[BadRow]:
    """In the order of the partitions. key, check: of this partition, that fail this check. limit: no more than that."""
    with warehouse.session() as session, session.reading():
        if not (set_aside := set_aside_in(session, warehouse.staging, table.quarantine)):
            return []
        conditions, parameters = ["TRUE"], dict[str, Any]()
        if key is not None:
            conditions.append("partition_key = $key")
            parameters["key"] = key
        if check:
            conditions.append("STRPOS(CONCAT(', ', checks, ','), $check) > 0")
            parameters["check"] = f", {check},"
        rows = session.arrow(
            f"SELECT partition_key, _attempt, checks, reasons, raw, {set_aside} AS aside "
            f"FROM {session.relation(warehouse.staging, table.quarantine)} WHERE {' AND '.join(conditions)} "
            f"ORDER BY partition_key, checks, raw, _attempt{'' if limit is None else f' LIMIT {int(limit)}'}",
            parameters,
        ).to_pylist()
    return [
        BadRow(r["partition_key"], r["_attempt"], r["checks"], r["reasons"], r["raw"], not r["aside"]) for r in rows
    ]
