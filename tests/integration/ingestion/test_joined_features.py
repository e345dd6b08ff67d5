"""Rows come without what is joined, by file and by message, and are stored with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pytest
from sqlalchemy import RowMapping, func, select

from broker.envelopes.foreign import ForeignMessage
from inference_worker.model_cache import ModelCache, ServedModel
from ingestion.batches.ingest import BatchIngestor
from ingestion.files.outcomes import FileFailedError, FileIngested
from ingestion.messages.ingest import MessageIngestor
from sql.base.tables import quarantine
from sql.predictions.tables import prediction_table
from sql.registry.registration import register
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.baseline_worker import score_waiting_parts
from tests.support.usecases.joined import joined_use_case, tide_use_case
from tests.support.usecases.stored import store
from usecases.checking.table_check import check_table
from usecases.contract.spec import UseCase
from usecases.models.runtime import Examples
from usecases.models.runtimes import DEFAULT_RUNTIME

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
"""The newest hour; a row may not be joined with one that is more than three hours old."""


@pytest.fixture
def tide(doors: Doors) -> UseCase:
    use_case = tide_use_case(f"tide_{uuid4().hex[:12]}")
    with doors.ingestion.engine.begin() as connection:
        register(connection, use_case)
    return use_case


def berths(doors: Doors, tide: UseCase, *, is_required: bool = False) -> UseCase:
    """Put a use case in force that is joined from a tide of its own."""
    use_case = joined_use_case(is_required=is_required, tide=tide.name, name=f"berth_{uuid4().hex[:12]}")
    with doors.ingestion.engine.begin() as connection:
        register(connection, use_case)
    doors.ingestion.refresher.refresh()
    return use_case


def observe(doors: Doors, tide: UseCase, *readings: tuple[str, datetime, float]) -> None:
    rows = [
        {"hour": hour, "published": hour + timedelta(minutes=1), "harbour": harbour, "level": level}
        for harbour, hour, level in readings
    ]
    store(doors.ingestion.engine, tide, pd.DataFrame(rows))


def rows_of(ships: str, harbours: Sequence[str]) -> list[dict[str, Any]]:
    return [{"ship": f"{ships}-{number}", "harbour": name, "draught": 2.5} for number, name in enumerate(harbours)]


def as_csv(rows: Sequence[dict[str, Any]]) -> bytes:
    return pd.DataFrame(rows).to_csv(index=False).encode()


async def send(doors: Doors, use_case: UseCase, rows: Sequence[dict[str, Any]]) -> None:
    message = ForeignMessage(orjson.dumps(rows), use_case.name, str(uuid4()), "application/json", {}, None, None)
    await MessageIngestor(doors.ingestion.batches).ingest([message])


async def stored(doors: Doors, use_case: UseCase) -> dict[str, RowMapping]:
    """Work off what waits, and return what is stored, by ship."""
    models = ModelCache()
    models.put(use_case.name, ServedModel(1, "digest", use_case.schema_hash, fitted(use_case)))
    await score_waiting_parts(doors.ingestion.engine, doors.broker_url, doors.catalog, models)
    with doors.ingestion.engine.connect() as connection:
        return {row["ship"]: row for row in connection.execute(select(prediction_table(use_case))).mappings()}


def fitted(use_case: UseCase) -> Any:
    """Fit a model that has seen rows with what is joined."""
    rng = np.random.default_rng(1)
    level, draught = rng.uniform(0, 6, 400), rng.uniform(0, 6, 400)
    raw = {"harbour": ["inner", "outer"] * 200, "draught": draught, "tide_now": level}
    rows = check_table(use_case, pa.RecordBatch.from_pydict(raw)).good
    targets = (draught > level).astype(float)
    examples = Examples(rows, targets)
    return DEFAULT_RUNTIME.fit(use_case, examples.take(np.arange(300)), examples.take(np.arange(300, 400))).model


def quarantined(doors: Doors, use_case: UseCase) -> list[tuple[int, str]]:
    query = select(quarantine.c.row_number, quarantine.c.reasons).where(quarantine.c.use_case == use_case.name)
    with doors.ingestion.engine.connect() as connection:
        return [(row.row_number, row.reasons[0]["message"]) for row in connection.execute(query.order_by("row_number"))]


async def test_rows_of_files_and_messages_are_stored_with_the_newest_reading_of_their_key(
    doors: Doors, tide: UseCase
) -> None:
    use_case = berths(doors, tide)
    observe(doors, tide, ("inner", NOW - 2 * HOUR, 1.0), ("inner", NOW - HOUR, 2.0), ("outer", NOW - 5 * HOUR, 3.0))
    places = ["inner", "outer", "far"]
    small = await doors.take_in(as_csv(rows_of("small", places)), "small.csv", use_case.name)
    large = await doors.take_in(as_csv(rows_of("large", places * 20)), "large.csv", use_case.name)
    await send(doors, use_case, rows_of("message", places))
    assert isinstance(small, FileIngested)
    assert isinstance(large, FileIngested)
    found = await stored(doors, use_case)
    assert len(found) == 66
    assert {(row["harbour"], row["tide_now"]) for row in found.values()} == {
        ("inner", 2.0), ("outer", None), ("far", None),
    }  # fmt: skip
    assert found["message-0"]["prediction"] == "yes", "2.5 of draught at a level of 2"


async def test_rows_without_a_fresh_reading_wait_in_quarantine_where_one_is_required(
    doors: Doors, tide: UseCase
) -> None:
    use_case = berths(doors, tide, is_required=True)
    observe(doors, tide, ("inner", NOW - HOUR, 2.0), ("outer", NOW - 5 * HOUR, 3.0))
    await doors.take_in(as_csv(rows_of("file", ["inner", "outer", "inner"])), "some.csv", use_case.name)
    await send(doors, use_case, rows_of("message", ["inner", "inner", "far"]))
    assert set(await stored(doors, use_case)) == {"file-0", "file-2", "message-0", "message-1"}
    told = (
        f"tide_now: {tide.name} has no observation of its harbour that is not older than 3h; send observations there, then "
        "this row again"
    )
    assert quarantined(doors, use_case) == [(2, told), (3, told)]


async def test_a_file_that_goes_on_after_a_crash_has_the_same_rows_in_the_same_parts(
    doors: Doors, tide: UseCase
) -> None:
    use_case = berths(doors, tide, is_required=True)
    observe(doors, tide, ("inner", NOW - HOUR, 2.0))
    content = as_csv(rows_of("ship", ["inner", "outer", "inner"] * 33))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BatchIngestor, "publish", _die)  # its parts are written down, and none was sent
        with pytest.raises(FileFailedError):
            await doors.take_in(content, "ships.csv", use_case.name)
    observe(doors, tide, ("outer", NOW - HOUR, 4.0))  # known before the file was received, and told after it
    outcome = await doors.take_in(content, "ships.csv", use_case.name)
    assert len(await stored(doors, use_case)) == 66
    ledger = doors.ledger(outcome)
    assert (ledger.rows_in, ledger.predicted, ledger.quarantined, ledger.pending) == (99, 66, 33, 0)
    with doors.ingestion.engine.connect() as connection:
        table = prediction_table(use_case)
        assert connection.scalar(select(func.count()).select_from(table).where(table.c.harbour == "outer")) == 0


async def _die(*_: Any) -> None:
    raise ConnectionResetError
