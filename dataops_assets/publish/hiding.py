"""Rows as production shows them, where a dataset declares that some personal data are masked or hashed there.

They are made once, in a scratch table, of rows whose version has its receipt: fingerprinted, copied to the lake of
production, compared and swapped in from there. The version that is published is that of the rows that are shown.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from dataops_assets.contracts.spec import Column
from dataops_assets.dialects.base import Dialect
from dataops_assets.lake.parallel import batched
from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import Copy, Version, commit_versions, is_sound
from dataops_assets.ledger.entry import Entry, key_of
from dataops_assets.model.partitions import Partition
from dataops_assets.model.tables import Hiding
from dataops_assets.pseudonyms import pads
from dataops_assets.publish.receipts import provenance
from dataops_assets.publish.rows import StagedRows
from dataops_assets.validation.audit import MASK
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.fingerprint import rows_version
from dataops_assets.warehouse.tables import DerivedTable

SHOWN = "_shown"
"""The scratch table: the columns, and `_slice`, the partition's key."""

_PADS = "_pseudonym_pads"


def stage_shown(
    session: Session, schema: str, table: DerivedTable, partitions: Sequence[Partition | None]
) -> dict[str, str]:
    """Make the scratch table of these partitions as they stand in staging; returns the versions of what is shown, by
    key. Inside `reading`. Raises NoPseudonymKey.
    """
    found = {key_of(partition): rows_version(0, None, None) for partition in partitions}
    if not found:
        return {}
    dialect = session.dialect
    rows = StagedRows(schema, table).select(session, table.slices([p for p in partitions if p]))
    hashes = "hash" in table.hides.values()
    if hashes:
        # The secret goes in as rows and not as a parameter, which would be kept with the job.
        one = pads()
        session.scratch_arrow(_PADS, pa.table({"inner_pad": pa.array([one.inner]), "outer_pad": pa.array([one.outer])}))
    columns = ", ".join(
        f"{shown(dialect, column, table.hides.get(column.name))} AS {dialect.quote(column.name)}"
        for column in table.spec.columns
    )
    with_pads = f" CROSS JOIN {_PADS} AS k" if hashes else ""
    session.scratch(SHOWN, f"SELECT {columns}, r._slice FROM {rows} AS r{with_pads}")
    one_, two = dialect.fingerprint(table.spec.schema)
    answer = session.rows(f"SELECT _slice, COUNT(*) AS n, {one_} AS one, {two} AS two FROM {SHOWN} GROUP BY _slice")
    if hashes:
        session.drop(_PADS)
    return found | {key: rows_version(count, first, second) for key, count, first, second in answer}


def shown(dialect: Dialect, column: Column, hiding: Hiding | None) -> str:
    """Expression: what production shows of a column of rows AS r, with the pads of HMAC AS k."""
    value = f"r.{dialect.quote(column.name)}"
    if hiding == "hash":
        return dialect.keyed_hash(value, "k.inner_pad", "k.outer_pad")
    if hiding == "mask":
        return f"CAST(NULL AS {dialect.type_of(column.type)})" if column.nullable else dialect.literal(MASK)
    return value


def copy_shown(
    session: Session,
    store: Store,
    table: DerivedTable,
    by_key: Mapping[str, Partition | None],
    entries: Mapping[str, Entry],
) -> None:
    """Put the rows that are shown into the lake of production, each partition as the version of its entry."""
    versions = {
        key: Version(table.relation, by_key[key], entry.version, provenance(entry)) for key, entry in entries.items()
    }
    wanted = {key: version for key, version in versions.items() if not is_sound(store, version)}
    if not wanted:
        return
    session.scratch_arrow("_wanted", pa.table({"value": pa.array(list(wanted), pa.string())}))
    columns, order = (session.dialect.columns(names) for names in (table.spec.names, ["_slice", *table.spec.key]))
    query = f"SELECT {columns}, _slice FROM {SHOWN} WHERE _slice IN (SELECT value FROM _wanted) ORDER BY {order}"
    with store.scratch.folder() as folder:
        copies = (
            Copy(wanted[key], content, entries[key].rows)
            for key, content in session.export(query, folder, list(wanted))
        )
        for some in batched(copies, lambda each: each.in_memory):
            commit_versions(store, some)
            for each in some:
                if isinstance(each.content, Path):
                    each.content.unlink()
