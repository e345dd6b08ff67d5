"""Commands for messages that wait because too many of their sender's are refused: look, let them go on, discard them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from cli.connections import database
from cli.errors import UserError
from cli.models.versions import actor
from cli.rows.deciding import YesOption

if TYPE_CHECKING:
    from sql.dead_letters.holds import Decision, Hold

__all__ = ["add_commands", "describe"]

SHOWN_MESSAGES = 10
SHOWN_BYTES = 500

Number = Annotated[int, typer.Argument(help="Number of the hold, as listed.")]


def add_commands(app: typer.Typer) -> None:
    """Add them to the command line."""
    group = typer.Typer(
        help="Refused messages that wait because a sender has too many of them: release or discard them."
    )
    group.command("list")(list_)
    group.command()(show)
    group.command()(release)
    group.command()(discard)
    app.add_typer(group, name="holds", no_args_is_help=True)


def describe(hold: Hold) -> str:
    """Return what a hold is about, in words."""
    sender = f"account {hold.account}" if hold.account else "senders without user_id"
    return f"{sender}, {hold.use_case or 'no known use case'}"


def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also those about which somebody has decided.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the holds that wait for a decision, the newest first."""
    from dataclasses import asdict  # noqa: PLC0415 - see COMMAND_MODULES

    from rich.console import Console  # noqa: PLC0415 - same
    from rich.text import Text  # noqa: PLC0415 - same

    from cli.tables import plain_table  # noqa: PLC0415 - same
    from sql.dead_letters.holds import list_holds  # noqa: PLC0415 - same

    with database() as engine:
        found = list_holds(engine, everything=everything)
    if as_json:
        typer.echo(json.dumps([asdict(hold) for hold in found], default=str))
        return
    console = Console(highlight=False, markup=False)
    if not found:
        console.print("No messages are held.")
        return
    table = plain_table("number", "since", "of", "messages", "still held", "cause", "decision")
    for hold in found:
        decision = f"{hold.decision} by {hold.decided_by}, {hold.decided_at:%Y-%m-%d %H:%M}" if hold.decision else ""
        since = f"{hold.opened_at:%Y-%m-%d %H:%M:%S}"
        # Text, because a cause may quote from outside what looks like markup.
        cells = (hold.id, since, describe(hold), hold.messages, hold.left, hold.cause, decision)
        table.add_row(*(Text(str(cell)) for cell in cells))
    console.print(table)
    console.print("Mend the cause, then: smartpredict holds release NUMBER (or discard)")


def show(number: Number) -> None:
    """Show the messages of a hold that came first, with why each was refused."""
    from sql.dead_letters.holds import first_held  # noqa: PLC0415 - see COMMAND_MODULES

    with database() as engine:
        found = first_held(engine, number, SHOWN_MESSAGES)
    if not found:
        raise UserError(f"Nothing is held under {number}. List the holds: smartpredict holds list")
    for message in found:
        named = message.message_id or "without an id"
        typer.echo(f"{message.held_at:%Y-%m-%d %H:%M:%S}  {message.routing_key}  {named}")
        typer.echo(f"    {message.cause}")
        typer.echo(f"    {message.body[:SHOWN_BYTES].decode('utf-8', 'replace')}")


def release(number: Number) -> None:
    """Have the messages of a hold taken up again as they came, after the cause was mended."""
    from sql.dead_letters.holds import Decision  # noqa: PLC0415 - see COMMAND_MODULES

    hold = _decide(number, Decision.RELEASED)
    typer.echo(f"{hold.left} messages of {describe(hold)} are taken up again; what is still refused is a dead letter")


def discard(number: Number, yes: YesOption = False) -> None:
    """Delete the messages of a hold; that they were held, and who discarded them, stays."""
    from sql.dead_letters.holds import Decision  # noqa: PLC0415 - see COMMAND_MODULES

    if not yes:
        typer.confirm(f"Delete the messages of hold {number} for good?", abort=True)
    hold = _decide(number, Decision.DISCARDED)
    typer.echo(f"{hold.messages} messages of {describe(hold)} are discarded")


def _decide(number: int, decision: Decision) -> Hold:
    from sql.dead_letters.holds import NoSuchHoldError, decide_hold  # noqa: PLC0415 - see COMMAND_MODULES

    with database() as engine:
        try:
            return decide_hold(engine, number, decision, actor())
        except NoSuchHoldError as error:
            raise UserError(str(error)) from error
