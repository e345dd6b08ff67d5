"""The result of the audit: what the database says, beside what the broker holds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from sqlalchemy import Engine

from broker.administration.held_messages import count_messages
from broker.transport.publisher import Publisher
from sql.ledger.accounts import Totals
from sql.ledger.audit import Books, PendingPart, still_pending

RECHECKS = 10
RECHECK_SECONDS = 1.5
"""A part that seems lost is looked for again for so long: the management API's counts are up to five seconds old."""


@dataclass(slots=True)
class AuditResult:
    """What the audit found."""

    balanced: bool
    problems: list[str]
    totals: dict[str, Totals]
    """By use case."""
    pending_parts: int
    lost_parts: int
    messages_at_broker: int
    broker_counts_complete: bool
    notes: list[str] = field(default_factory=list)


async def judge(engine: Engine, publisher: Publisher, books: Books, url: str, management: str | None) -> AuditResult:
    """Compare what the database says with what the broker holds.

    Parameters
    ----------
    engine, publisher
        Where the books are from, and a connection to the broker.
    books
        What the database said.
    url, management
        The broker, and its management API where that is known: only it tells what workers hold.
    """
    pending = list(books.pending)
    for attempt in range(RECHECKS):
        holdings = await count_messages(publisher, url, management)
        pending = await asyncio.to_thread(still_pending, engine, pending)
        lost = holdings.lost(len(pending))
        if not lost:
            break
        if attempt < RECHECKS - 1:
            await asyncio.sleep(RECHECK_SECONDS)
    problems = [*books.problems(), *_lost_problems(pending, lost)]
    notes = []
    if pending and not holdings.complete:
        notes.append(
            f"{len(pending)} parts are pending. How many of them workers hold is not known, so none can be proved "
            f"lost: set SMARTPREDICT_BROKER_MANAGEMENT_URL, or audit again when nothing is pending"
        )
    return AuditResult(
        balanced=not problems,
        problems=problems,
        totals=dict(sorted(books.totals.items())),
        pending_parts=len(pending),
        lost_parts=lost,
        messages_at_broker=holdings.messages,
        broker_counts_complete=holdings.complete,
        notes=notes,
    )


def _lost_problems(pending: list[PendingPart], lost: int) -> list[str]:
    if not lost:
        return []
    concerned = sorted({str(part.batch_id) for part in pending})
    named = ", ".join(concerned[:5]) + (", ..." if len(concerned) > 5 else "")  # noqa: PLR2004  # fits a line
    problem = (
        f"{lost} parts are lost: pending, but no queue holds them. They are among those of batch {named}. Send what "
        f"they came from again, the same file under the same name or the same message: only what is missing is sent on"
    )
    return [problem]
