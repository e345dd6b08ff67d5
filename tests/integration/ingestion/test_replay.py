"""A bad row is sent again once, however many people repair it at the same time."""

from __future__ import annotations

import asyncio

from sqlalchemy import select

from ingestion.quarantine.replay import NothingToReplayError, Replayed, replay_rows
from sql.base.tables import batches
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import numbered_csv, reading


async def test_rows_that_two_people_replay_at_once_are_sent_once(doors: Doors) -> None:
    batch_id = doors.ledger(await doors.take_in(numbered_csv(20, bad_every=10), "contested.csv")).batch_id
    repairs = [{10: reading(torque_nm=value), 20: reading()} for value in (41.0, 42.0)]
    engine, catalog = doors.ingestion.engine, doors.catalog
    done = await asyncio.gather(
        *(replay_rows(engine, doors.publisher, catalog, batch_id, rows) for rows in repairs), return_exceptions=True
    )
    assert {type(outcome) for outcome in done} == {Replayed, NothingToReplayError}
    (refusal,) = (outcome for outcome in done if isinstance(outcome, NothingToReplayError))
    assert "row 10 of contested.csv was sent again" in str(refusal)
    with engine.connect() as connection:
        names = connection.scalars(select(batches.c.name).where(batches.c.name == "replay of contested.csv")).all()
    assert len(names) == 1
