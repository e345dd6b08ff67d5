"""The command that drops a file and follows its rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.connections import data_folder, database
from cli.errors import UserError
from cli.file_formats import FILE_FORMATS

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Engine

    from cli.rows.incoming_folder import Dropped
    from sql.ledger.batch_ledger import BatchLedger

__all__ = ["add_commands"]

LOOK_SECONDS = 0.1
TAKEN_SECONDS = 30.0
"""How long a file may lie there before somebody is told that nobody takes it."""


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(drop)


def drop(
    file: Annotated[Path, typer.Argument(help=f"{FILE_FORMATS}.")],
    use_case: Annotated[str, typer.Option("--use-case", help="What the rows are.")] = "equipment_failure",
    wait: Annotated[float, typer.Option(min=1, help="Seconds to follow it at most.")] = 600,
) -> None:
    """Drop a file into the watched folder and follow its rows until they are predicted, or stored where they are observations.

    Exit status 1 if the file is refused or not done in time.
    """
    from cli.rows.incoming_folder import copy_into_incoming  # noqa: PLC0415 - see COMMAND_MODULES
    from sql.registry.live_catalog import registered_catalog  # noqa: PLC0415 - same
    from usecases.contract.catalog import UnknownUseCaseError  # noqa: PLC0415 - same
    from usecases.contract.spec import Mode  # noqa: PLC0415 - same

    with database() as engine:
        try:
            known = registered_catalog(engine)[use_case]
        except UnknownUseCaseError as error:
            raise UserError(str(error)) from error
        started = time.time()
        dropped = copy_into_incoming(file, data_folder(), use_case)
        if known.mode is Mode.SCHEDULED:
            typer.echo(f"{file.name} waits for the schedule of {use_case}.")
            return
        ledger = _follow(engine, dropped, started + wait)
        _report(engine, ledger, started)
    if ledger.problem is not None:
        raise typer.Exit(1)


def _follow(engine: Engine, dropped: Dropped, deadline: float) -> BatchLedger:
    """Show how far the rows are until each has found its place."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("waiting", total=None)

        def show(ledger: BatchLedger) -> None:
            total = ledger.rows_in if ledger.state.is_final else max(ledger.rows_in, dropped.lines)
            good = f"{ledger.observed:,} stored" if ledger.observed else f"{ledger.predicted:,} predicted"
            description = f"{good}, {ledger.quarantined:,} in quarantine"
            progress.update(task, description=description, total=total, completed=ledger.settled)

        return wait_until_done(engine, dropped.batch_id, deadline, show, dropped.place)


def wait_until_done(
    engine: Engine,
    batch_id: UUID,
    deadline: float,
    show: Callable[[BatchLedger], None],
    place: Path | None = None,
) -> BatchLedger:
    """Follow a batch until every row has found its place, and its file, if one is named, was taken from there.

    Raises
    ------
    UserError
        If that takes too long.
    """
    from sql.ledger.batch_ledger import find_batch  # noqa: PLC0415 - see COMMAND_MODULES

    taken_by = time.time() + TAKEN_SECONDS
    while True:
        ledger = find_batch(engine, batch_id)
        # A file that came before is known from the start, and still lies there.
        taken = place is None or not place.exists()
        if ledger is not None:
            show(ledger)
            if ledger.is_done and taken:
                return ledger
        if time.time() > taken_by and (ledger is None or not taken):
            raise UserError("Nobody takes the file. Is ingestion up? smartpredict status")
        if time.time() > deadline:
            raise UserError(f"Batch {batch_id} is not done yet. It goes on without you; see: smartpredict audit")
        time.sleep(LOOK_SECONDS)


def _report(engine: Engine, ledger: BatchLedger, started: float) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES
    from rich.text import Text  # noqa: PLC0415 - same

    from cli.tables import reasons_table  # noqa: PLC0415 - same
    from sql.quarantine.rows import QuarantineFilter, count_reasons  # noqa: PLC0415 - same

    console = Console(markup=False)
    ended = ledger.committed_at or ledger.finished_at
    came_before = ended is not None and ended.timestamp() < started
    when = "the same file came before" if came_before or ended is None else f"{ended.timestamp() - started:.2f} s"
    console.print(f"batch {ledger.batch_id}: {ledger.state.value}, drop to last commit: {when}", highlight=False)
    observed = f"+ observed {ledger.observed:,} " if ledger.observed else ""
    console.print(
        f"rows in {ledger.rows_in:,} = predicted {ledger.predicted:,} {observed}+ quarantined {ledger.quarantined:,} "
        f"+ dead-lettered {ledger.dead_lettered:,} + pending {ledger.pending:,}",
        highlight=False,
    )
    if ledger.problem is not None:
        console.print(Text.assemble(("Refused:", "red"), f" {ledger.problem}"))
    if ledger.quarantined:
        console.print(reasons_table(count_reasons(engine, QuarantineFilter(batch_id=ledger.batch_id))))
        console.print(f"Look at them: smartpredict quarantine list --batch {ledger.batch_id}", highlight=False)
