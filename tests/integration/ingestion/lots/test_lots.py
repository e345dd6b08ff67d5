"""Messages that arrive together: one transaction and shared parts, and each is accounted for as if it were alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import func, select, update

from broker.envelopes.foreign import ForeignMessage
from broker.ids import batch_id_of_message
from broker.messages import PartHeader
from broker.topology import BULK
from ingestion.batches.lots import plan_lot
from ingestion.messages.ingest import MessageIngestor, incoming_rows, read_message
from sql.base.maintenance import empty_letters
from sql.base.tables import batches, dead_letters, parts, quarantine, shared_parts
from sql.dead_letters.storage import LetterFilter, NewLetter, list_letters, store_letter
from sql.ledger.audit import read_books
from sql.ledger.batch_ledger import BatchLedger, find_batch
from sql.ledger.lots import record_lot
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import READING, reading

MACHINES = "equipment_failure"
BAD = reading(torque_nm=455)


def message(rows: Any = READING, message_id: str | None = None, body: bytes | None = None) -> ForeignMessage:
    content = orjson.dumps(rows) if body is None else body
    return ForeignMessage(content, MACHINES, message_id or str(uuid4()), "application/json", {}, None, None)


def ledger_of(doors: Doors, one: ForeignMessage) -> BatchLedger | None:
    return find_batch(doors.ingestion.engine, batch_id_of_message(MACHINES, one.message_id or ""))


def predicted(doors: Doors, lot: Sequence[ForeignMessage]) -> list[int | None]:
    found = [ledger_of(doors, one) for one in lot]
    return [None if ledger is None else ledger.predicted for ledger in found]


def count(doors: Doors, table: Any) -> int:
    with doors.ingestion.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def is_kept(doors: Doors, part_id: UUID | None) -> bool:
    with doors.ingestion.engine.connect() as connection:
        return connection.scalar(select(shared_parts.c.part_id).where(shared_parts.c.part_id == part_id)) is not None


async def ingest(doors: Doors, lot: Sequence[ForeignMessage]) -> None:
    await MessageIngestor(doors.ingestion.batches).ingest(lot)


def write_down(doors: Doors, lot: Sequence[ForeignMessage]) -> None:
    """Commit a lot and go no further, as a process that ends right then."""
    ingestor = doors.ingestion.batches
    incoming = [rows for one in lot for rows in incoming_rows(read_message(doors.catalog, one), None)]
    planned = plan_lot(ingestor, incoming)
    record_lot(doors.ingestion.engine, planned.batches, planned.parts)


async def test_messages_share_a_part_and_each_has_its_account(doors: Doors) -> None:
    before = count(doors, parts)
    lot = [message(), message([READING, BAD, READING]), message([BAD]), message()]
    await ingest(doors, lot)
    assert count(doors, parts) == before + 1
    ledgers = [ledger_of(doors, one) for one in lot]
    assert [(one.rows_in, one.pending, one.quarantined) for one in ledgers if one] == [
        (1, 1, 0), (3, 2, 1), (1, 0, 1), (1, 1, 0),
    ]  # fmt: skip
    assert await doors.record_all() == [0]
    assert predicted(doors, lot) == [1, 2, 0, 1]
    assert all(one and one.is_done and one.is_balanced and one.name for one in map(ledger_of, [doors] * 4, lot))
    assert all(one and not is_kept(doors, one.part_id) for one in ledgers[:2]), "a part is kept until it is recorded"
    with doors.ingestion.engine.connect() as connection:
        numbers = connection.scalars(
            select(quarantine.c.row_number).where(
                quarantine.c.batch_id == batch_id_of_message(MACHINES, lot[1].message_id or "")
            )
        ).all()
    assert numbers == [2]


async def test_a_message_that_cannot_be_read_harms_none_of_its_neighbours(doors: Doors) -> None:
    lot = [message(), message(body=b"{"), message(body=b"[]"), message(message_id="no\0name"), message()]
    await ingest(doors, lot)
    await doors.record_all()
    assert predicted(doors, lot) == [1, None, None, None, 1]


async def test_a_lot_that_was_written_down_and_not_sent_is_sent_with_any_of_its_messages(doors: Doors) -> None:
    lot = [message() for _ in range(6)]
    write_down(doors, lot)
    assert await doors.record_all() == [], "nothing was sent"
    # They come again in other company, and not all of them.
    others = [message(), message()]
    await ingest(doors, [others[0], *lot[2:4], others[1]])
    assert await doors.record_all() == [0, 0]
    assert predicted(doors, [*lot, *others]) == [1] * 8


async def test_a_message_alone_that_was_written_down_and_not_sent_is_sent_when_it_comes_again(doors: Doors) -> None:
    alone = message([READING, READING])
    write_down(doors, [alone])
    await ingest(doors, [message(), alone])
    await doors.record_all()
    assert predicted(doors, [alone]) == [2]


async def test_a_lot_that_comes_again_before_and_after_it_is_recorded_counts_once(doors: Doors) -> None:
    lot = [message() for _ in range(5)]
    await ingest(doors, lot)
    await ingest(doors, lot[::-1])
    assert await doors.record_all() == [0, 0], "whether the first copy arrived is not known"
    await ingest(doors, lot)
    assert await doors.record_all() == []
    assert predicted(doors, lot) == [1] * 5


async def test_one_id_twice_in_a_lot_counts_once_and_another_body_is_refused(doors: Doors) -> None:
    first, other = message(message_id=str(uuid4())), message(message_id=str(uuid4()))
    again = message(message_id=first.message_id)
    changed = message(reading(machine_id="M-2"), other.message_id)
    await ingest(doors, [first, again, other, changed])
    await doors.record_all()
    assert predicted(doors, [first, other]) == [1, 1]
    found = ledger_of(doors, other)
    assert found is not None
    assert found.rows_in == 1


async def test_lots_that_overlap_and_meet_are_written_down_once(doors: Doors) -> None:
    lot = [message() for _ in range(60)]
    await asyncio.gather(*(ingest(doors, lot[start : start + 30]) for start in (0, 10, 20, 30)))
    await doors.record_all()
    assert predicted(doors, lot) == [1] * 60


async def test_a_long_message_among_short_ones_fills_parts_of_its_own(doors: Doors) -> None:
    long = message([reading(machine_id=f"M-{row}") for row in range(25)])
    short = [message(), message()]
    await ingest(doors, [short[0], long, short[1]])
    assert sorted(await doors.record_all()) == [0, 0, 1, 2]
    assert predicted(doors, [*short, long]) == [1, 1, 25]


async def test_a_dead_part_is_found_by_each_of_its_messages(doors: Doors) -> None:
    lot = [message(), message()]
    await ingest(doors, lot)
    channel = await doors.publisher.connection.channel()
    dead = await (await channel.get_queue(BULK, ensure=False)).get()
    assert dead is not None
    header = PartHeader.from_headers(dict(dead.headers))
    store_letter(doors.ingestion.engine, letter(header, dead.body, dead.headers))
    for one in lot:
        ledger = ledger_of(doors, one)
        assert ledger is not None
        assert (ledger.dead_lettered, ledger.pending) == (1, 0)
        listed = list_letters(doors.ingestion.engine, LetterFilter(batch_id=ledger.batch_id))
        assert [found.part_id for found in listed] == [header.part_id]
    assert list(read_books(doors.ingestion.engine).problems()) == []
    await dead.nack(requeue=True)
    await channel.close()


async def test_a_discarded_part_is_kept_no_longer_than_its_letter(doors: Doors) -> None:
    lot = [message(), message()]
    write_down(doors, lot)
    engine = doors.ingestion.engine
    ledger = ledger_of(doors, lot[0])
    assert ledger is not None
    kept = select(shared_parts.c.header).where(shared_parts.c.part_id == ledger.part_id)
    with engine.connect() as connection:
        header = PartHeader.model_validate_json(connection.scalars(kept).one())
    store_letter(engine, letter(header, b"rows", {}))
    assert empty_letters(engine, timedelta()) == 0
    assert is_kept(doors, header.part_id)
    long_ago = update(dead_letters).values(discarded_at=func.now() - timedelta(hours=1))
    with engine.begin() as connection:
        connection.execute(long_ago.where(dead_letters.c.part_id == header.part_id))
    assert empty_letters(engine, timedelta()) == 1
    assert not is_kept(doors, header.part_id)


async def test_a_shared_part_that_is_lost_is_told_by_the_audit(doors: Doors) -> None:
    lot = [message(), message()]
    write_down(doors, lot)
    with doors.ingestion.engine.connect() as connection:
        part = connection.scalar(
            select(batches.c.part_id).where(batches.c.id == batch_id_of_message(MACHINES, lot[0].message_id or ""))
        )
    pending = [found for found in read_books(doors.ingestion.engine).pending if found.part_id == part]
    assert [found.rows for found in pending] == [2]
    await ingest(doors, lot)


def letter(header: PartHeader, body: bytes, headers: Any) -> NewLetter:
    return NewLetter(
        letter_id=uuid4(), queue=BULK, exchange="predict", routing_key=BULK, message_id=str(header.part_id),
        part_id=header.part_id, batch_id=header.batch_id, use_case=header.use_case, rows=header.rows, cause="rejected",
        content_type=None, headers={name: str(value) for name, value in headers.items()}, body=body,
        died_at=datetime.now(UTC),
    )  # fmt: skip
