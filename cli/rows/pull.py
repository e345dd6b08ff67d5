"""The command that pulls observations from where a use case says they are."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from cli.errors import UserError
from cli.rows.days import read_day
from cli.settings import setting

__all__ = ["add_commands"]


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(pull)


def pull(
    use_case: Annotated[str, typer.Argument(help="Name of a use case with a source.")],
    start: Annotated[str | None, typer.Option("--from", help="First day, such as 2026-03-01.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last day; today if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Pull the observations of a forecast and store them.

    Days that were pulled and do not change any more are left out, so a pull that was cut off goes on where it stopped.
    """
    from broker.service.logs import configure_logging  # noqa: PLC0415 - see COMMAND_MODULES
    from ingestion.schedules.run import ServersAwayError  # noqa: PLC0415 - same
    from ingestion.settings import IngestionSettings  # noqa: PLC0415 - same
    from ingestion.sources.asking import SourceError  # noqa: PLC0415 - same
    from ingestion.sources.pull import pull as pull_days  # noqa: PLC0415 - same
    from usecases.contract.catalog import UnknownUseCaseError  # noqa: PLC0415 - same

    configure_logging("command line", "ERROR")  # a person reads the outcome, not the log
    named = {name: setting(f"SMARTPREDICT_{name.upper()}") for name in ("database_url", "broker_url", "data")}
    settings = IngestionSettings.model_validate(named)
    try:
        report = pull_days(use_case, settings, read_day(start), read_day(end))
    except (SourceError, ServersAwayError, UnknownUseCaseError) as error:
        raise UserError(str(error)) from error
    if as_json:
        typer.echo(json.dumps(asdict(report)))
        return
    typer.echo(
        f"{report.asked} requests, {report.unchanged} of them told nothing new: {report.rows:,} observations, "
        f"{report.observed:,} stored, {report.bad:,} in quarantine"
    )
    if report.bad:
        typer.echo(f"Look at them: smartpredict quarantine list --use-case {use_case}")
