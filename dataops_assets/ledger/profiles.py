"""The profiles of what stands in the tables: a row for each partition and column, in the swap that writes their rows.

They are appended, and numbered as the entry of the ledger is that is written with them: the greatest number is of what
stands. Two transactions of BigQuery that delete rows of one table shut each other out; those that append do not.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from dataops_assets.dialects.base import TableOptions
from dataops_assets.ledger import tables
from dataops_assets.validation.profile import ColumnProfile, PairProfile, Profile
from dataops_assets.warehouse.base import Session, Swap

TABLE = "_profiles"

_SCHEMA = pa.schema(
    [
        ("asset", pa.string()),
        ("partition", pa.string()),
        ("column_name", pa.string()),
        ("kind", pa.string()),
        ("rows", pa.int64()),
        ("nulls", pa.int64()),
        ("distinct_values", pa.int64()),
        ("minimum", pa.string()),
        ("maximum", pa.string()),
        ("mean", pa.float64()),
        ("variance", pa.float64()),
        ("counts", pa.string()),
        ("complete", pa.bool_()),
        ("whole", pa.bool_()),
        ("run_id", pa.string()),
        ("recorded_at", pa.timestamp("us", tz="UTC")),
        ("sequence", pa.int64()),
        ("version", pa.string()),
    ]
)
_OF_COLUMN = _SCHEMA.names[2:14]
_KNOWN = ["partition", *_OF_COLUMN]
_OPTIONS = TableOptions(
    "What is known of the rows of each partition: a row for each column, and one without a name for pairs of columns. "
    "Of a partition that was written again, those of the greatest sequence.",
    key=["asset", "partition"],
)
_PAIRS = "pairs"
"""Kind of the row that has the pairs."""


def _stage(
    session: Session, asset: str, profiles: Mapping[str, Profile], after: Mapping[str, int], run_id: str
) -> None:
    """Make the scratch table `_profile_rows`."""
    columns: list[tuple[Any, ...]] = []
    for profile in profiles.values():
        columns += [(name, *msgspec.structs.astuple(column)) for name, column in profile.columns.items()]
        pairs = msgspec.json.encode([(*names, pair) for names, pair in profile.pairs.items()]).decode()
        columns.append(("", _PAIRS, profile.rows, 0, *[None] * 6, pairs, True, False))
    names: list[str] = [*_OF_COLUMN[:5], "distinct_most", *_OF_COLUMN[5:]]
    found = dict(zip(names, zip(*columns, strict=True), strict=True))
    # What all columns of a partition have in common is said of the partition, and repeated by Arrow.
    lines = pa.array(np.repeat(np.arange(len(profiles)), [len(profile.columns) + 1 for profile in profiles.values()]))
    common = {
        "partition": list(profiles),
        "sequence": [after.get(key, 0) + 1 for key in profiles],
        "version": [profile.version for profile in profiles.values()],
    }
    constant = {"asset": asset, "run_id": run_id, "recorded_at": datetime.now(UTC)}
    session.scratch_arrow("_profile_rows", tables.rows_of(_SCHEMA, len(columns), found, common, lines, constant))


def append(
    session: Session,
    swap: Swap,
    schema: str,
    asset: str,
    profiles: Mapping[str, Profile],
    after: Mapping[str, int],
    run_id: str,
) -> None:
    """Put these profiles before what is known of their partitions. after: as of the ledger's `stage`."""
    if not profiles:
        return
    _stage(session, asset, profiles, after, run_id)
    tables.ensure(session, swap, schema, TABLE, _SCHEMA, _OPTIONS)
    tables.append(session, swap, schema, TABLE, _SCHEMA, "_profile_rows")


def between(session: Session, schema: str, asset: str, first: str, last: str) -> Callable[[], dict[str, Profile]]:
    """The profiles of the partitions from the key `first` to `last`, by key; asked for now (`Session.later`).

    Inside `reading` or `swapping`.
    """
    known = session.columns(schema, TABLE)
    if not known:
        return dict
    literal = session.dialect.literal
    version = "t.version" if "version" in known else "''"
    answer = session.later(
        f"SELECT {session.dialect.columns(_KNOWN, 't.')}, {version} AS version "
        f"FROM {session.relation(schema, TABLE)} AS t "
        f"WHERE t.asset = {literal(asset)} AND t.partition BETWEEN {literal(first)} AND {literal(last)} "
        "QUALIFY RANK() OVER (PARTITION BY t.partition ORDER BY t.sequence DESC, t.recorded_at DESC) = 1"
    )
    return lambda: _gathered(answer())


def _gathered(rows: Sequence[tuple[Any, ...]]) -> dict[str, Profile]:
    columns: dict[str, dict[str, ColumnProfile]] = {}
    pairs: dict[str, tuple[int, str, dict[tuple[str, str], PairProfile]]] = {}
    for key, name, kind, count, nulls, distinct, least, most, mean, variance, counts, complete, whole, version in rows:
        if kind == _PAIRS:
            found = msgspec.json.decode(counts, type=list[tuple[str, str, PairProfile]])
            pairs[key] = count, version or "", {(one, other): pair for one, other, pair in found}
            continue
        columns.setdefault(key, {})[name] = ColumnProfile(
            kind, count, nulls, distinct, distinct, least, most, mean, variance, counts or "", complete, whole
        )
    return {key: Profile(count, columns.get(key, {}), found, version) for key, (count, version, found) in pairs.items()}
