"""Ids that come from what arrived, so that the same thing arriving twice is the same thing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa

MAX_ROWS_PER_BATCH = 2**31 - 1
"""Row numbers are 32 bit; a batch owns as many consecutive prediction ids."""

FEW_IDS = 64
"""Ids up to which looking at them one by one is quicker than in columns."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LOW_BITS = (1 << 61) - 1
"""Bits of the lower half that a batch may fill; one bit is left free so that adding a row number never carries out."""


def batch_id_of_file(use_case: str, digest: str, name: str) -> UUID:
    """Name the batch of a file by its bytes and its name."""
    return _derive("file", use_case, digest, name)


def batch_id_of_message(use_case: str, message_id: str, account: str | None = None) -> UUID:
    """Name the batch of a foreign message by the id its sender gave it, and by the sender, if the broker vouches for one."""
    return _derive("message", use_case, message_id, *([account] if account else []))


def batch_id_of_row(use_case: str, identity: str, version: str = "") -> UUID:
    """Name the batch of one row of a foreign message by the columns that name the row.

    Parameters
    ----------
    use_case, identity
        What the row is of, and its columns with their values.
    version
        Which of several rows of that name it is, where more than one may count.
    """
    return _derive("row", use_case, identity, version)


def batch_id_of_arrival(use_case: str, digest: str, arrival: str) -> UUID:
    """Name the batch of a foreign message without an id by its bytes and by what tells it from an equal one."""
    return _derive("arrival", use_case, digest, arrival)


def batch_id_of_request(account: str, key: str) -> UUID:
    """Name the batch of an HTTP request by who sent it and the request's id or `Idempotency-Key`."""
    return _derive("request", account, key)


def batch_id_of_replay(batch_id: UUID, row_numbers: Sequence[int], digest: str) -> UUID:
    """Name the batch of replayed rows by where they came from and what they hold now."""
    return _derive("replay", str(batch_id), ",".join(map(str, row_numbers)), digest)


def batch_id_of_forecast(use_case: str, origin: datetime, version: int) -> UUID:
    """Name the batch of a forecast by what it is of."""
    return _derive("forecast", use_case, origin.astimezone(UTC).isoformat(), str(version))


def part_id(batch_id: UUID, part_number: int) -> UUID:
    """Name a part of a batch."""
    return _derive("part", str(batch_id), str(part_number))


def letter_id(*death: str) -> UUID:
    """Name a dead letter by what died, where and when."""
    return _derive("letter", *death)


def first_prediction_id(received_at: datetime, batch_id: UUID) -> UUID:
    """Return the id that row 0 of a batch would have; row ``n`` has this id plus ``n``.

    The id is a UUIDv7 (RFC 9562): 48 bits of milliseconds, then bits of the batch instead of random ones. Ordered by
    time, it is primary key, time index and partition key in one, and a batch is a range of ids.
    """
    high, low = _halves(received_at, batch_id)
    return UUID(int=(high << 64) | low)


def last_prediction_id(received_at: datetime, batch_id: UUID) -> UUID:
    """Return the largest id a row of a batch may have."""
    return UUID(int=first_prediction_id(received_at, batch_id).int + MAX_ROWS_PER_BATCH)


def prediction_ids(
    starts: Sequence[tuple[datetime, UUID, int]], row_numbers: np.ndarray[Any, np.dtype[np.int32]]
) -> pa.FixedSizeBinaryArray:
    """Return the ids of many rows at once.

    Parameters
    ----------
    starts
        For every run of rows of one batch: when it was received, its id, and the number of rows.
    row_numbers
        Row number within its batch of every row, in the order of the runs.

    Returns
    -------
    pyarrow.FixedSizeBinaryArray
        16 bytes a row, as PostgreSQL's ``uuid`` wants them.
    """
    halves = np.array([_halves(received_at, batch) for received_at, batch, _ in starts], dtype=np.uint64).reshape(-1, 2)
    ids = np.repeat(halves, [rows for _, _, rows in starts], axis=0)
    ids[:, 1] += row_numbers.astype(np.uint64)
    return _binary16(ids.astype(">u8").tobytes(), len(row_numbers))


def id_ranges(batches: Sequence[tuple[datetime, UUID]]) -> tuple[pa.FixedSizeBinaryArray, pa.FixedSizeBinaryArray]:
    """Return the first and the last prediction id of many batches at once, by when each was received and its id.

    >>> moment, batch = datetime(2026, 1, 1, tzinfo=UTC), UUID(int=7)
    >>> first, last = id_ranges([(moment, batch)])
    >>> UUID(bytes=first[0].as_py()) == first_prediction_id(moment, batch)
    True
    >>> UUID(bytes=last[0].as_py()) == last_prediction_id(moment, batch)
    True
    """
    halves = np.array([_halves(*batch) for batch in batches], dtype=np.uint64).reshape(-1, 2)
    first = _binary16(halves.astype(">u8").tobytes(), len(batches))
    halves[:, 1] += np.uint64(MAX_ROWS_PER_BATCH)
    return first, _binary16(halves.astype(">u8").tobytes(), len(batches))


def id_bounds(ids: pa.FixedSizeBinaryArray) -> tuple[UUID, UUID]:
    """Return the smallest and the largest of some ids, of which there is at least one.

    >>> moment, row_numbers = datetime(2026, 1, 1, tzinfo=UTC), np.array([2, 1], dtype=np.int32)
    >>> smallest, largest = id_bounds(prediction_ids([(moment, UUID(int=7), 2)], row_numbers))
    >>> largest.int - smallest.int
    1
    """
    # One by one it takes as long as scoring the rows, unless they are few, as a caller's are.
    if len(ids) <= FEW_IDS:
        found = ids.to_pylist()
        return UUID(bytes=min(found)), UUID(bytes=max(found))
    halves = np.frombuffer(ids.buffers()[1], dtype=">u8").reshape(-1, 2)[ids.offset : ids.offset + len(ids)]
    high, low = halves[:, 0], halves[:, 1]
    first, last = int(high.min()), int(high.max())
    return (
        UUID(int=first << 64 | int(low[high == first].min())),
        UUID(int=last << 64 | int(low[high == last].max())),
    )


def repeated_ids(ids: Sequence[tuple[UUID, int]]) -> pa.FixedSizeBinaryArray:
    """Lay out each id as often as told, 16 bytes a row."""
    return _binary16(b"".join(uuid.bytes * rows for uuid, rows in ids), sum(rows for _, rows in ids))


def parsed_ids(texts: Sequence[str]) -> pa.FixedSizeBinaryArray:
    """Parse ids that are written out, 16 bytes each.

    >>> parsed_ids(["019b76da-a800-7000-8000-000000000000"])[0].as_py().hex()
    '019b76daa80070008000000000000000'
    """
    return _binary16(bytes.fromhex("".join(texts).replace("-", "")), len(texts))


def first_id_at(moment: datetime) -> UUID:
    """Return the smallest id a prediction received at this moment can have; a date range is a range of ids.

    >>> first_id_at(datetime(2026, 1, 1, tzinfo=UTC))
    UUID('019b76da-a800-7000-8000-000000000000')
    """
    return UUID(int=(_milliseconds(moment) << 80) | (0x7 << 76) | (0b10 << 62))


def received_at_of(prediction_id: UUID) -> datetime:
    """Read from a prediction's id when its row was received."""
    return _EPOCH + timedelta(milliseconds=prediction_id.int >> 80)


def to_milliseconds(moment: datetime) -> datetime:
    """Cut a time to the milliseconds that an id keeps, so that the stored time and the id never disagree."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _halves(received_at: datetime, batch_id: UUID) -> tuple[int, int]:
    bits = int.from_bytes(hashlib.sha256(batch_id.bytes).digest()[:16])
    high = (_milliseconds(received_at) << 16) | (0x7 << 12) | (bits >> 116)
    low = (0b10 << 62) | (bits & _LOW_BITS)
    return high, low


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def _derive(*parts: str) -> UUID:
    """Hash parts into a UUIDv8, the version for ids of one's own making."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()[:16]
    value = int.from_bytes(digest)
    value = (value & ~(0xF << 76)) | (0x8 << 76)
    value = (value & ~(0b11 << 62)) | (0b10 << 62)
    return UUID(int=value)


def _binary16(content: bytes, rows: int) -> pa.FixedSizeBinaryArray:
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), rows, [None, pa.py_buffer(content)])
