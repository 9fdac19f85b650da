"""The book of rulings: who accepted what a statistical check found, or confirmed it, why, and until when.

They are appended, and numbered within the swap that excludes all others; the greatest number of a partition, check and
column is what holds.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pyarrow as pa

from dataops_assets.dialects.base import TableOptions
from dataops_assets.ledger import tables
from dataops_assets.validation.rulings import Ruling, Rulings
from dataops_assets.warehouse.base import Session, Swap

TABLE = "_rulings"

_SCHEMA = pa.schema(
    [
        ("asset", pa.string()),
        ("partition", pa.string()),
        ("check_name", pa.string()),
        ("column_name", pa.string()),
        ("ruling", pa.string()),
        ("version", pa.string()),
        ("value", pa.float64()),
        ("ruled_by", pa.string()),
        ("reason", pa.string()),
        ("until", pa.date32()),
        ("run_id", pa.string()),
        ("recorded_at", pa.timestamp("us", tz="UTC")),
        ("sequence", pa.int64()),
    ]
)
_OPTIONS = TableOptions(
    "What people said of what statistical checks found: accepted, confirmed or withdrawn. Of a partition, check and "
    "column the one of the greatest sequence.",
    key=["asset", "partition"],
)


def of(session: Session, schema: str, asset: str) -> Callable[[], Rulings]:
    """Those of an asset, asked for now (`Session.later`). Inside `reading` or `swapping`."""
    if not session.exists(schema, TABLE):
        return Rulings
    answer = session.later(_newest(session, schema, f"r.asset = {session.dialect.literal(asset)}"))
    return lambda: Rulings.of(Ruling(*row[1:]) for row in answer())


def every(session: Session, schema: str) -> dict[str, Rulings]:
    """Those of all assets, inside `reading`."""
    if not session.exists(schema, TABLE):
        return {}
    found: dict[str, list[Ruling]] = {}
    for asset, *row in session.rows(_newest(session, schema, "TRUE")):
        found.setdefault(asset, []).append(Ruling(*row))
    return {asset: Rulings.of(those) for asset, those in found.items()}


def _newest(session: Session, schema: str, where: str) -> str:
    names = session.dialect.columns(_SCHEMA.names[:10], "r.")
    return (
        f"SELECT {names} FROM {session.relation(schema, TABLE)} AS r WHERE {where} QUALIFY ROW_NUMBER() OVER "
        "(PARTITION BY r.asset, r.partition, r.check_name, r.column_name ORDER BY r.sequence DESC) = 1"
    )


def append(session: Session, swap: Swap, schema: str, asset: str, rulings: Sequence[Ruling], run_id: str) -> None:
    """Put these before what was said before. Within a swap of the asset."""
    before = 0
    if session.exists(schema, TABLE):
        where = f"WHERE r.asset = {session.dialect.literal(asset)}"
        before = session.rows(f"SELECT MAX(r.sequence) AS n FROM {session.relation(schema, TABLE)} AS r {where}")[0][0]
    now = datetime.now(UTC)
    rows = [
        {
            "asset": asset,
            "check_name": each.check,
            "column_name": each.column,
            "ruling": each.kind,
            "ruled_by": each.by,
            "run_id": run_id,
            "recorded_at": now,
            "sequence": number,
            **{name: getattr(each, name) for name in ("partition", "version", "value", "reason", "until")},
        }
        for number, each in enumerate(rulings, start=(before or 0) + 1)
    ]
    session.scratch_arrow("_new_rulings", pa.Table.from_pylist(rows, schema=_SCHEMA))
    tables.ensure(session, swap, schema, TABLE, _SCHEMA, _OPTIONS)
    tables.append(session, swap, schema, TABLE, _SCHEMA, "_new_rulings")
