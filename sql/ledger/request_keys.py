"""Idempotency keys of HTTP requests: the same request again is the same batch, for a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine, and_, delete, select
from sqlalchemy.dialects.postgresql import insert

from broker.ids import batch_id_of_request
from sql.base.tables import request_keys

KEPT_FOR = timedelta(hours=24)
"""How long a key stands for its first request; retries come within minutes."""


class RequestKeyReusedError(Exception):
    """The key stands for another request."""


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """What a key stands for."""

    batch_id: UUID
    received_at: datetime


def keep_request(engine: Engine, account: str, key: str, digest: str, now: datetime) -> KeptRequest:
    """Reserve a key for a request, or find the request it is reserved for.

    Of several at the same time one takes the key and the others find it.

    Parameters
    ----------
    engine
        The database.
    account, key
        Who sent which key.
    digest
        Of all that makes the request what it is.
    now
        When it was received, to the millisecond.

    Raises
    ------
    RequestKeyReusedError
        If the key was taken for a request with another digest.
    """
    # The id holds the time as well, so a key that is used again after a day does not meet the ids of its first life.
    batch_id = batch_id_of_request(account, f"{key}\0{now.isoformat()}")
    mine = and_(request_keys.c.account == account, request_keys.c.key == key)
    is_over = request_keys.c.received_at < now - KEPT_FOR
    reserve = insert(request_keys).values(
        account=account, key=key, batch_id=batch_id, request_digest=digest, received_at=now
    )
    # Each statement commits: a new key takes one round trip, where a transaction around them would take five.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.scalar(reserve.on_conflict_do_nothing().returning(request_keys.c.batch_id)) is None:
            kept = connection.execute(select(request_keys).where(mine, ~is_over)).one_or_none()
            if kept is None:
                connection.execute(delete(request_keys).where(mine, is_over))
            elif kept.request_digest != digest:
                raise RequestKeyReusedError(key)
            else:
                return KeptRequest(kept.batch_id, kept.received_at)
    return KeptRequest(batch_id, now)


def forget_old_requests(connection: Connection, now: datetime) -> int:
    """Delete the keys that nobody will send again; gives their number."""
    return connection.execute(delete(request_keys).where(request_keys.c.received_at < now - KEPT_FOR)).rowcount
