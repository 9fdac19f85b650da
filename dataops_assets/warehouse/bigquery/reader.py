"""Rows of a table through the Storage Read API: only the columns and partitions that are asked for, block by block."""

from typing import TYPE_CHECKING

import pyarrow as pa

from dataops_assets.warehouse.base import TooManyRows

if TYPE_CHECKING:
    from google.cloud.bigquery_storage_v1 import BigQueryReadClient

_STREAMS = 4


def read_table(
    reader: "BigQueryReadClient", project: str, dataset: str, table: str, schema: pa.Schema, condition: str, limit: int
) -> pa.Table:
    """The columns of `schema`, of the rows for which the condition holds (all, if it is empty).

    Raises TooManyRows as soon as more than `limit` have come.
    """
    from google.cloud.bigquery_storage_v1 import types

    options = types.ReadSession.TableReadOptions(selected_fields=schema.names, row_restriction=condition)
    session = reader.create_read_session(
        parent=f"projects/{project}",
        read_session=types.ReadSession(
            table=f"projects/{project}/datasets/{dataset}/tables/{table}",
            data_format=types.DataFormat.ARROW,
            read_options=options,
        ),
        max_stream_count=_STREAMS,
    )
    batches: list[pa.RecordBatch] = []
    rows = 0
    for stream in session.streams:
        # The serialized schema and blocks are Arrow's own format; the client's helpers for them want pandas-gbq.
        ipc = pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
        for response in reader.read_rows(stream.name):
            block = pa.ipc.read_record_batch(pa.py_buffer(response.arrow_record_batch.serialized_record_batch), ipc)
            rows += block.num_rows
            if rows > limit:
                raise TooManyRows(limit)
            batches.append(block.select(schema.names))  # they come in the table's order
    return pa.Table.from_batches(batches).cast(schema) if batches else schema.empty_table()
