"""Holding refused messages of a sender of whom too many were refused, until a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_if_new

from sql.base.reading import reading
from sql.dead_letters.tables import held_messages, holds

MOST_HOLDS = 200
"""Holds of a list; there is one of a sender and a use case at a time."""


MOST_AT_ONCE = 500
"""Released messages that are taken up together."""

MOST_BYTES_AT_ONCE = 8 * 1024 * 1024
"""Bytes of them past which the others have to wait."""


class Decision(StrEnum):
    """What a person decided about a hold."""

    RELEASED = "released"
    DISCARDED = "discarded"


class NoSuchHoldError(Exception):
    """There is no hold of this number about which somebody could decide; says why."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends messages, and what for; empty where that is not known."""

    account: str
    use_case: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHeld:
    """A message to hold."""

    key: UUID
    content: UUID
    is_redelivered: bool
    """Whether it may be one that is held already, without an id that says so."""
    routing_key: str
    message_id: str | None
    content_type: str | None
    message_type: str | None
    headers: dict[str, Any]
    body: bytes
    cause: str


_STORED = tuple(name for name in NewHeld.__dataclass_fields__ if name != "is_redelivered")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMessage:
    """A message that is held."""

    id: int
    account: str
    routing_key: str
    message_id: str | None
    content_type: str | None
    message_type: str | None
    headers: dict[str, Any]
    body: bytes
    cause: str
    held_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A sender whose refused messages are held, or were; its number is what people call it by."""

    id: int
    account: str
    use_case: str
    cause: str
    opened_at: datetime
    messages: int
    bytes: int
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    left: int
    """Messages of it that still lie there."""


def open_hold(engine: Engine, sender: Sender, cause: str) -> None:
    """Begin to hold refused messages of a sender; one that is open already stays."""
    begun = insert_if_new(holds).values(account=sender.account, use_case=sender.use_case, cause=cause)
    with engine.begin() as connection:
        connection.execute(begun.on_conflict_do_nothing())


def open_holds(engine: Engine) -> dict[Sender, int]:
    """Read the number of each hold that is open."""
    query = select(holds.c.account, holds.c.use_case, holds.c.id).where(holds.c.decision.is_(None))
    with engine.connect() as connection:
        return {Sender(account, use_case): number for account, use_case, number in connection.execute(query)}


def hold_messages(
    engine: Engine, number: int, messages: Sequence[NewHeld], *, most_messages: int, most_bytes: int
) -> list[bool]:
    """Hold messages, and return of each whether it is held: not where the hold is full or somebody has decided.

    Bears being called again: a message that is held already stays so.
    """
    with engine.begin() as connection:
        # Who holds this row is the only one who adds to the hold.
        query = select(holds.c.messages, holds.c.bytes).where(holds.c.id == number, holds.c.decision.is_(None))
        found = connection.execute(query.with_for_update()).one_or_none()
        if found is None:
            return [False] * len(messages)
        keys, contents = _known(connection, number, messages)
        count, size = found.messages, found.bytes
        is_held: list[bool] = []
        rows: list[dict[str, Any]] = []
        for message in messages:
            if message.key in keys or (message.is_redelivered and message.content in contents):
                is_held.append(True)
                continue
            is_held.append(count < most_messages and size + len(message.body) <= most_bytes)
            if is_held[-1]:
                count, size = count + 1, size + len(message.body)
                keys.add(message.key)
                rows.append({"hold_id": number, **{name: getattr(message, name) for name in _STORED}})
        if rows:
            connection.execute(insert(held_messages), rows)
            connection.execute(update(holds).where(holds.c.id == number).values(messages=count, bytes=size))
        return is_held


def _known(connection: Connection, number: int, messages: Sequence[NewHeld]) -> tuple[set[UUID], set[UUID]]:
    """Return the keys of these messages that are held, and the contents of those that may be."""
    held = held_messages.c
    doubtful = [message.content for message in messages if message.is_redelivered]
    query = select(held.key, held.content).where(
        held.hold_id == number, or_(held.key.in_([message.key for message in messages]), held.content.in_(doubtful))
    )
    found = connection.execute(query).all()
    return {row.key for row in found}, {row.content for row in found}


def list_holds(engine: Engine, *, everything: bool = False) -> list[Hold]:
    """List the holds about which somebody has to decide, the newest first; or also those of the past."""
    query = _HOLDS.order_by(holds.c.id.desc()).limit(MOST_HOLDS)
    if not everything:
        query = query.where(holds.c.decision.is_(None))
    with reading(engine) as connection:
        return [Hold(**row._asdict()) for row in connection.execute(query)]


def first_held(engine: Engine, number: int, limit: int) -> list[HeldMessage]:
    """Read the messages of a hold that came first."""
    query = _HELD.where(holds.c.id == number).order_by(held_messages.c.id).limit(limit)
    with reading(engine) as connection:
        return [_held(row) for row in connection.execute(query)]


def released_messages(engine: Engine) -> list[HeldMessage]:
    """Read some messages that a person released, in the order they came, as many as fit in memory."""
    size = func.octet_length(held_messages.c.body)
    released = (
        select(held_messages.c.id, size)
        .join(holds)
        .where(holds.c.decision == Decision.RELEASED.value)
        .order_by(held_messages.c.id)
        .limit(MOST_AT_ONCE)
    )
    with engine.connect() as connection:
        numbers: list[int] = []
        total = 0
        for number, length in connection.execute(released):
            total += length
            if numbers and total > MOST_BYTES_AT_ONCE:
                break
            numbers.append(number)
        if not numbers:
            return []
        query = _HELD.where(held_messages.c.id.in_(numbers)).order_by(held_messages.c.id)
        return [_held(row) for row in connection.execute(query)]


def forget_held(engine: Engine, numbers: Sequence[int]) -> None:
    """Delete messages that were taken up again."""
    with engine.begin() as connection:
        connection.execute(delete(held_messages).where(held_messages.c.id.in_(numbers)))


def decide_hold(engine: Engine, number: int, decision: Decision, who: str) -> Hold:
    """Note what somebody decided about a hold; released messages are taken up by ingestion, discarded ones deleted.

    Raises
    ------
    NoSuchHoldError
        If there is none of this number, or it was decided about before.
    """
    decided = (
        update(holds)
        .where(holds.c.id == number, holds.c.decision.is_(None))
        .values(decision=decision.value, decided_by=who, decided_at=func.now())
    )
    with engine.begin() as connection:
        is_new = connection.execute(decided).rowcount == 1
        if is_new and decision is Decision.DISCARDED:
            connection.execute(delete(held_messages).where(held_messages.c.hold_id == number))
        row = connection.execute(_HOLDS.where(holds.c.id == number)).one_or_none()
    if row is None:
        raise NoSuchHoldError(f"there is no hold {number}; list them: smartpredict holds list")
    hold = Hold(**row._asdict())
    if not is_new:
        raise NoSuchHoldError(f"hold {number} was {hold.decision} by {hold.decided_by} already")
    return hold


def _held(row: Row[Any]) -> HeldMessage:
    return HeldMessage(**{**row._asdict(), "body": bytes(row.body)})


_left = select(func.count()).where(held_messages.c.hold_id == holds.c.id).correlate(holds).scalar_subquery()
_HOLDS = select(*holds.c, _left.label("left"))
_HELD = select(
    holds.c.account,
    *(held_messages.c[name] for name in HeldMessage.__dataclass_fields__ if name != "account"),
).select_from(held_messages.join(holds))
