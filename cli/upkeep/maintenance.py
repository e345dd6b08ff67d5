"""The command that does what has to be done every day."""

from __future__ import annotations

from typing import Any

import typer

from cli.connections import database, management_url
from cli.errors import UserError
from cli.settings import setting

__all__ = ["add_commands"]

_SETTINGS = ("DATABASE_URL", "BROKER_URL", "DATA")


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(maintenance)


def maintenance() -> None:
    """Make partitions ahead, forget what is past its time, prove the ledger; exit status 1 if it does not balance.

    Schedules do it every day. What is kept how long: SMARTPREDICT_KEEP_FILES, SMARTPREDICT_KEEP_QUARANTINE,
    SMARTPREDICT_KEEP_LETTERS, SMARTPREDICT_KEEP_SHADOW_SCORES, SMARTPREDICT_KEEP_LABELS, each in days, such as P365D;
    predictions are kept for ever.
    """
    from orchestration.upkeep import (  # noqa: PLC0415 - see COMMAND_MODULES
        LedgerOutOfBalanceError,
        UpkeepSettings,
        add_up_hours,
        audit_ledger,
        forget_old,
        make_partitions,
    )

    # The stack's settings where the environment has none; the rest are read from the environment.
    found: dict[str, Any] = {name.lower(): setting(f"SMARTPREDICT_{name}") for name in _SETTINGS}
    settings = UpkeepSettings(**found, broker_management_url=management_url())
    with database():  # its words for a database that does not answer
        made = make_partitions(settings)
        for name, months in made.items():
            typer.echo(f"Partitions made for {name}: {', '.join(months)}")
        if not made:
            typer.echo("Every partition is there.")
        added = add_up_hours(settings)
        typer.echo(f"Hours of predictions added up: {sum(added.values()):,}")
        forgotten = forget_old(settings)
        typer.echo(
            "Past their time: " + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in forgotten.items())
        )
        try:
            audit_ledger(settings)
        except LedgerOutOfBalanceError as error:
            raise UserError(f"Out of balance.\n{error}") from error
    typer.echo("In balance.")
