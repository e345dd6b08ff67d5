"""Messages without an id, where a use case lets them count: which of them are one and the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Engine

from broker.dead_letters import HEADER_REPLAY
from broker.envelopes.foreign import ForeignMessage
from broker.ids import batch_id_of_arrival
from ingestion.messages.rows import ForeignRows
from sql.ledger.batches import equal_arrivals
from sql.ledger.lots import find_known
from usecases.contract.inbox import WithoutId

LOOK_BACK = timedelta(days=1)
"""How long ago a message may have been written down that the broker delivers again: a broker may be away for a night."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Finds the batches of messages without an id; one that a person replays counts once, however often.

    Attributes
    ----------
    taken
        Batches that messages have been taken for which the broker delivered again, by their bytes and by how often: equal
        messages that come again together are not all taken for the same one.
    """

    taken: dict[tuple[str, str, int], set[UUID]] = field(default_factory=dict)

    def batches_of(
        self, engine: Engine, arrived: Sequence[tuple[ForeignMessage, ForeignRows]], now: datetime
    ) -> list[UUID]:
        """Return the batch of each message: that of an equal one which it is, or a new one."""
        return [self._batch_of(engine, message, read, now) for message, read in arrived]

    def _batch_of(self, engine: Engine, message: ForeignMessage, read: ForeignRows, now: datetime) -> UUID:
        name, minutes = read.use_case.name, read.use_case.inbox.same_bytes_minutes
        if HEADER_REPLAY in message.headers:
            return batch_id_of_arrival(name, read.digest, "replayed")
        if read.use_case.inbox.without_id is WithoutId.SAME_BYTES and minutes is not None:
            return _within(engine, name, read.digest, timedelta(minutes=minutes), now)
        if message.held is not None:
            return batch_id_of_arrival(name, read.digest, f"held {message.held}")
        if message.deliveries:
            taken = self.taken.setdefault((name, read.digest, message.deliveries), set())
            for known in equal_arrivals(engine, name, read.digest, now - LOOK_BACK):
                if known not in taken:
                    taken.add(known)
                    return known
        return batch_id_of_arrival(name, read.digest, str(uuid4()))


def _within(engine: Engine, use_case: str, digest: str, length: timedelta, now: datetime) -> UUID:
    """Return the batch of the same bytes of so long ago at most, or else one that equal messages of this moment share."""
    span = (now - _EPOCH) // length
    this, before = (batch_id_of_arrival(use_case, digest, f"{length} {number}") for number in (span, span - 1))
    known = find_known(engine, {this, before})
    if this not in known and before in known and now - known[before].batch.received_at <= length:
        return before
    return this
