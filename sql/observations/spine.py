"""A spine: keys and times for which observations are looked up, as the field calls it, in a table of one transaction."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from sqlalchemy import Column, Connection, DateTime, FromClause, Integer, MetaData, Table, Text, select, text, true

from sql.base.copying import copy_rows, read_rows

_TIME = pa.timestamp("us", "UTC")


def spine_table() -> Table:
    """Return the table: `place` of each pair, its `name` and its `moment`."""
    return Table(
        "asked_observations",
        MetaData(),
        Column("place", Integer),
        Column("name", Text),
        Column("moment", DateTime(timezone=True)),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


def joined_to_spine(
    connection: Connection, spine: Table, found: FromClause, names: pa.Array, moments: pa.Array, schema: pa.Schema
) -> pa.Table:
    """Return a row for each pair of a name and a time, in their order: what was found, null where nothing was.

    Parameters
    ----------
    connection
        In a transaction that ends soon: the spine lives as long.
    spine
        Of :func:`spine_table`.
    found
        Finds one row at most for a row of the spine.
    names, moments
        A name and a time for each pair.
    schema
        Names and types of what is found; see :func:`sql.base.copying.read_rows`.
    """
    spine.create(connection)
    places = pa.array(np.arange(len(names), dtype=np.int32))
    rows = {"place": places, "name": names.cast(pa.string()), "moment": moments.cast(_TIME)}
    copy_rows(connection, spine, pa.RecordBatch.from_pydict(rows))
    connection.execute(text("analyze asked_observations"))
    # With the place, for a line that is empty would be read over.
    query = select(spine.c.place, found).select_from(spine.outerjoin(found, true())).order_by(spine.c.place)
    with_place = pa.schema([pa.field("place", pa.int32()), *schema])
    return read_rows(connection, query, with_place).drop_columns(["place"])
