"""A database with five million predictions, and what its queries cost."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from sql.base.engine import connect_engine
from sql.predictions.hours import roll_up_hours
from sql.provision import prepare_database
from tests.support import servers
from tests.support.pipeline import EQUIPMENT
from tests.support.session.figures import show
from usecases.contract.catalog import load_catalog

TIMES = float(os.environ.get("HISTORY_TIMES", "1"))
"""How many times five million rows there are; by hand also a tenth, and ten times."""

FILES, MESSAGES = round(300 * TIMES), round(100_000 * TIMES)
"""Parts of either kind that the script makes, of 10,000 and of 20 rows."""

FROM_FILES, FROM_PAGE = 10_000 * FILES, min(MESSAGES, 30_000) // 500
ROWS = FROM_FILES + 20 * MESSAGES
"""Rows that came in files, one by one at the page, and at all doors."""

FILL = Path(__file__).with_name("fill.sql")
# Ids as the pipeline derives them: the time first; PostgreSQL 15 has no function for that.
ID_AT = """
create function pg_temp.id_at(at timestamptz, number bigint) returns uuid language sql immutable return (
    lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7000' || '8000'
    || lpad(to_hex(number), 12, '0')
)::uuid;
"""


@pytest.fixture(scope="session")
def large_database(postgres_server: servers.Database) -> Iterator[str]:
    """URL of the database, filled once for all that look at it."""
    with servers.fresh_database(postgres_server) as url:
        prepare_database(url, load_catalog().values())
        _fill(url)
        yield url


@pytest.fixture(scope="session")
def engine(large_database: str) -> Iterator[Engine]:
    engine = connect_engine(large_database, "test")
    yield engine
    engine.dispose()


def _fill(url: str) -> None:
    engine = connect_engine(url, "test")
    begin = time.perf_counter()
    with engine.begin() as connection, closing(connection.connection.cursor()) as cursor:
        # The driver takes whole scripts, and every % as it stands.
        how_many = {"fill.files": str(FILES), "fill.messages": str(MESSAGES)}
        for one in how_many.items():
            cursor.execute("select set_config(%s, %s, false)", one)
        cursor.execute(ID_AT + FILL.read_text())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for schema in ("smartpredict", "predictions"):
            names = connection.scalars(text("select tablename from pg_tables where schemaname = :s"), {"s": schema})
            for name in names.all():
                connection.exec_driver_sql(f'vacuum analyze "{schema}"."{name}"')
    roll_up_hours(engine, EQUIPMENT.name)  # as the schedule for maintenance does each night
    engine.dispose()
    show(f"{ROWS:,} predictions laid down in {time.perf_counter() - begin:.1f} s")


@dataclass
class Cost:
    """What the queries of one look cost."""

    rows_read: int
    """Of tables and indexes, those that were then filtered out included."""
    predictions_read: int
    """Of those, rows of predictions."""
    predictions_scanned: set[str]
    """Partitions with rows that were read from end to end."""
    buffers: int = 0
    """Blocks of 8 KiB that were looked at, wherever they were."""
    indexes: set[str] = field(default_factory=set)
    """Indexes that led to rows."""
    seconds: float = 0.0


Measure = Callable[[Callable[[], Any]], Cost]


@pytest.fixture
def measure(engine: Engine, request: pytest.FixtureRequest) -> Measure:
    """Run something and have PostgreSQL explain every query it made; prints how long it took."""

    def run(look: Callable[[], Any]) -> Cost:
        asked: list[tuple[str, Any]] = []

        def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            asked.append((statement, parameters))

        event.listen(engine, "before_cursor_execute", note)
        begin = time.perf_counter()
        try:
            look()
        finally:
            event.remove(engine, "before_cursor_execute", note)
        took = time.perf_counter() - begin
        cost = Cost(0, 0, set(), seconds=took)
        with engine.connect() as connection:
            for statement, parameters in asked:
                if statement.startswith("SELECT set_config"):
                    connection.exec_driver_sql(statement, parameters)  # what the planner may do holds here as well
                    continue
                found = connection.exec_driver_sql(
                    f"explain (analyze, buffers, format json) {statement}", parameters
                ).scalar()
                plan = found if isinstance(found, list) else json.loads(str(found))
                _add(cost, plan[0]["Plan"])
                cost.buffers += plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"]
        show(f"{request.node.name}: {1000 * took:.0f} ms, {cost}")
        return cost

    return run


def _add(cost: Cost, node: dict[str, Any]) -> None:
    if "Relation Name" in node or node["Node Type"] == "Bitmap Index Scan":
        left_out = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        rows = (node["Actual Rows"] + left_out) * node["Actual Loops"]
        cost.rows_read += rows
        if rows and "Index Name" in node:
            cost.indexes.add(node["Index Name"])
        if node.get("Relation Name", "").startswith("equipment_failure"):
            cost.predictions_read += rows
            if node["Node Type"] == "Seq Scan" and rows:
                cost.predictions_scanned.add(node["Relation Name"])
    for inner in node.get("Plans", ()):
        _add(cost, inner)
