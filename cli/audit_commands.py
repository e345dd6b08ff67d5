"""The command that proves the ledger."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from cli.services import catalog, database, with_publisher
from cli.settings import setting

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from broker.publisher import Publisher
    from sql.audit import Books, PendingPart

__all__ = ["add_commands"]

RECHECKS = 10
RECHECK_SECONDS = 1.5
"""A part that seems lost is looked for again for so long: the management API's counts are up to five seconds old."""


@dataclass(slots=True)
class Totals:
    """Sums of a use case."""

    batches: int = 0
    rows_in: int = 0
    predicted: int = 0
    quarantined: int = 0
    dead_lettered: int = 0
    pending: int = 0
    online: int = 0


@dataclass(slots=True)
class Verdict:
    """What the audit found."""

    balanced: bool
    problems: list[str]
    totals: dict[str, Totals]
    pending_parts: int
    lost_parts: int
    messages_at_broker: int
    broker_counts_complete: bool
    notes: list[str] = field(default_factory=list)


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(audit)


def audit(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    min_age: Annotated[
        float, typer.Option(min=0, help="Seconds after which a pending part has to be found at the broker.")
    ] = 10,
) -> None:
    """Prove that every row is in exactly one place: predicted, in quarantine, a dead letter, or on its way.

    Exit status 1 if not; it says which batch is concerned and what to do.
    """
    from sql.audit import read_books  # noqa: PLC0415 - see COMMAND_MODULES

    with database() as engine:
        books = read_books(engine, list(catalog().values()), min_age)
        verdict = with_publisher(lambda publisher: _judge(engine, publisher, books))
    if as_json:
        typer.echo(json.dumps(asdict(verdict)))
    else:
        _print(verdict)
    if not verdict.balanced:
        raise typer.Exit(1)


async def _judge(engine: Engine, publisher: Publisher, books: Books) -> Verdict:
    from cli.queue_counts import count_messages  # noqa: PLC0415 - see COMMAND_MODULES
    from sql.audit import still_pending  # noqa: PLC0415 - same

    url = setting("SMARTPREDICT_BROKER_URL")
    pending = list(books.pending)
    for attempt in range(RECHECKS):
        holdings = await count_messages(publisher, url)
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
    return Verdict(
        balanced=not problems,
        problems=problems,
        totals=_totals(books),
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
    named = ", ".join(concerned[:5]) + (", ..." if len(concerned) > 5 else "")  # noqa: PLR2004 - fits a line
    problem = (
        f"{lost} parts are lost: pending, but no queue holds them. They are among those of batch {named}. Send what "
        f"they came from again, the same file under the same name or the same message: only what is missing is sent on"
    )
    return [problem]


def _totals(books: Books) -> dict[str, Totals]:
    totals: dict[str, Totals] = {}
    for account in books.batches:
        book = account.ledger
        total = totals.setdefault(book.use_case, Totals())
        total.batches += 1
        total.rows_in += book.rows_in
        total.predicted += book.predicted
        total.quarantined += book.quarantined
        total.dead_lettered += book.dead_lettered
        total.pending += book.pending
    for online in books.online:
        totals.setdefault(online.use_case, Totals()).online += online.stored
    return dict(sorted(totals.items()))


def _print(verdict: Verdict) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from cli.tables import plain_table  # noqa: PLC0415 - same

    console = Console(highlight=False)
    table = plain_table("use case", "batches", "rows in", "predicted", "bad", "dead", "pending", "online")
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for name, total in verdict.totals.items():
        table.add_row(name, *(f"{value:,}" for value in asdict(total).values()))
    console.print(table)
    for note in verdict.notes:
        console.print(note, style="yellow", markup=False)
    for problem in verdict.problems:
        console.print(problem, style="red", markup=False)
    console.print(
        "In balance." if verdict.balanced else "Out of balance.", style="green" if verdict.balanced else "red"
    )
