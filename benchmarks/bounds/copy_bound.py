"""The bound of the bulk benchmark: the same rows into an equal table by one bare binary COPY."""

from __future__ import annotations

import contextlib
import io
import time
from uuid import UUID

import psycopg2

TABLE = "predictions.equipment_failure"
TWIN = "predictions.bench_twin"


def copy_rate(url: str, first_id: UUID, last_id: UUID) -> float:
    """Copy the rows of a batch into an empty twin of their table, from a ready buffer, and give rows per second.

    The twin has the same columns, defaults, key and partitioning, so the only thing it lacks is the pipeline.
    """
    plain_url = url.replace("postgresql+psycopg2", "postgresql")
    with contextlib.closing(psycopg2.connect(plain_url)) as connection, connection.cursor() as cursor:
        cursor.execute(f"drop table if exists {TWIN}")
        cursor.execute(f"create table {TWIN} (like {TABLE} including all) partition by range (id)")
        cursor.execute(f"create table {TWIN}_default partition of {TWIN} default")
        connection.commit()
        buffer = io.BytesIO()
        chosen = cursor.mogrify(
            f"copy (select * from {TABLE} where id between %s and %s order by id) to stdout (format binary)",  # noqa: S608  # a constant
            (str(first_id), str(last_id)),
        )
        cursor.copy_expert(chosen, buffer)
        connection.commit()
        buffer.seek(0)
        started = time.perf_counter()
        cursor.copy_expert(f"copy {TWIN} from stdin (format binary)", buffer)
        rows = cursor.rowcount
        connection.commit()
        seconds = time.perf_counter() - started
        cursor.execute(f"drop table {TWIN}")
        connection.commit()
    return rows / seconds
