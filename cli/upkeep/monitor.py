"""The command that looks after everything once."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

__all__ = ["add_commands"]

_COLOURS = {"drifted": "red", "bad": "red", "silent": "red", "stable": "green", "good": "green", "fresh": "green"}


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(monitor)


def monitor(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Judge drift, quality and freshness of every use case, keep the verdicts, and tell people what changed.

    The schedule `monitor` does the same every few minutes. Whom to tell is said in SMARTPREDICT_NOTIFY_URLS.
    """
    from pydantic import SecretStr  # noqa: PLC0415 - see COMMAND_MODULES

    from broker.service.logs import configure_logging  # noqa: PLC0415 - same
    from cli.connections import database  # noqa: PLC0415 - same
    from cli.settings import setting  # noqa: PLC0415 - same
    from monitoring.monitor import MonitorSettings, run_monitor  # noqa: PLC0415 - same

    # Not to the standard output, which may be JSON; a notification that fails has to be seen all the same.
    configure_logging("command line", "WARNING")
    with database():  # says what to do where it does not answer
        summary = run_monitor(MonitorSettings(database_url=SecretStr(setting("SMARTPREDICT_DATABASE_URL"))))
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        _print(summary)


def _print(summary: dict[str, Any]) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES
    from rich.text import Text  # noqa: PLC0415 - same

    from cli.tables import plain_table  # noqa: PLC0415 - same

    table = plain_table("use case", "watch", "verdict", "what was found")
    for name, watches in summary["use_cases"].items():
        for watch, found in watches.items():
            colour = _COLOURS.get(found["verdict"], "")
            table.add_row(name, watch, Text(found["verdict"], style=colour), Text(found["detail"]))
    Console(highlight=False, markup=False).print(table)
