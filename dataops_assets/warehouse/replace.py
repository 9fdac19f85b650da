"""The rows of some partitions of a table, replaced as a whole."""

from collections.abc import Mapping

import pyarrow as pa

from dataops_assets.contracts.spec import TableSpec
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.merge import BooksDoNotBalance
from dataops_assets.warehouse.schema import ensure_table
from dataops_assets.warehouse.slices import Slices


def replace_rows(
    session: Session, schema: str, name: str, spec: TableSpec, slices: Slices, source: str, rows: Mapping[str, int]
) -> None:
    """Put the rows of `source`, which names each row's partition as `_partition`, in the place of what is there.

    Inside the atomic part of a swap. rows: by partition, how many rows it will have; only these are replaced. Raises
    BooksDoNotBalance, which rolls the swap back, if the table then holds another number.
    """
    target = session.relation(schema, name)
    names = session.dialect.columns(spec.names)
    ensure_table(session, schema, name, spec, lineage=False)
    slices.stage(session, "_parts")
    session.scratch_arrow("_changed", pa.table({"value": pa.array(list(rows), pa.string())}))
    matches = slices.matches(session, "t", "p")
    session.execute(f"DELETE FROM {target} AS t WHERE EXISTS (SELECT 1 FROM _parts AS p WHERE {matches})")
    session.execute(
        f"INSERT INTO {target} ({names}) SELECT {names} FROM {source} "
        "WHERE _partition IN (SELECT value FROM _changed) ORDER BY _partition"
    )
    counted = dict(
        session.rows(
            f"SELECT p.partition, COUNT(*) FROM {target} AS t JOIN _parts AS p ON {matches} GROUP BY p.partition"
        )
    )
    for key, count in rows.items():
        if counted.get(key, 0) != count:
            raise BooksDoNotBalance(
                f"{schema}.{name} {key}: {count} rows were to be written, the table holds {counted.get(key, 0)}; "
                "nothing was changed"
            )
