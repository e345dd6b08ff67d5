"""COPY in columns: an Arrow batch becomes rows of a table, at the speed of the network."""

from __future__ import annotations

import io

import pgpq
import pyarrow as pa
from sqlalchemy import Connection, Table


def copy_rows(connection: Connection, table: Table, rows: pa.RecordBatch) -> None:
    """Append rows to a table, in the transaction of the connection; the columns of the batch name those they go to."""
    encoder = pgpq.ArrowToPostgresBinaryEncoder(rows.schema)
    buffer = io.BytesIO(encoder.write_header() + encoder.write_batch(rows) + encoder.finish())
    preparer = connection.dialect.identifier_preparer
    columns = ", ".join(preparer.quote(name) for name in rows.schema.names)
    # COPY takes no parameters; every name is quoted by the dialect.
    statement = f"COPY {preparer.format_table(table)} ({columns}) FROM STDIN (FORMAT binary)"
    connection.connection.cursor().copy_expert(statement, buffer)
