"""The command that proves the ledger."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cli.connections import database, management_url, with_publisher
from cli.settings import setting

if TYPE_CHECKING:
    from orchestration.ledger_audit import AuditResult

__all__ = ["add_commands"]


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(audit)


def audit(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    min_age: Annotated[
        float, typer.Option(min=0, help="Seconds after which a pending part has to be found at the broker.")
    ] = 10,
) -> None:
    """Prove that every row is in exactly one place: predicted, stored as an observation, in quarantine, a dead letter, or on its way.

    Exit status 1 if not; it says which batch is concerned and what to do.
    """
    from orchestration.ledger_audit import judge  # noqa: PLC0415 - see COMMAND_MODULES
    from sql.ledger.audit import read_books  # noqa: PLC0415 - same

    with database() as engine:
        books = read_books(engine, min_age)
        url, management = setting("SMARTPREDICT_BROKER_URL"), management_url()
        result = with_publisher(lambda publisher: judge(engine, publisher, books, url, management))
    if as_json:
        typer.echo(json.dumps(asdict(result)))
    else:
        _print(result)
    if not result.balanced:
        raise typer.Exit(1)


def _print(result: AuditResult) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from cli.tables import plain_table  # noqa: PLC0415 - same

    console = Console(highlight=False, markup=False)
    table = plain_table("use case", "batches", "rows in", "predicted", "observed", "bad", "dead", "pending", "online")
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for name, total in result.totals.items():
        table.add_row(name, *(f"{value:,}" for value in asdict(total).values()))
    console.print(table)
    for note in result.notes:
        console.print(note, style="yellow", markup=False)
    for problem in result.problems:
        console.print(problem, style="red", markup=False)
    console.print("In balance." if result.balanced else "Out of balance.", style="green" if result.balanced else "red")
