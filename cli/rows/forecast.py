"""The command that asks for a forecast, the way any program would: over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.errors import UserError

if TYPE_CHECKING:
    from cli.gateway_client import GatewayClient

__all__ = ["add_commands", "print_forecast", "stored_forecast"]

ASKED: Final = 4
"""How often it is asked for a forecast that is not stored yet; it is the same one each time."""


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(forecast)


def forecast(
    use_case: Annotated[str, typer.Argument(help="Name of a use case with task: forecast.")],
    origin: Annotated[
        str | None, typer.Option(help="Time to forecast from; the newest complete one if not given.")
    ] = None,
    series: Annotated[str | None, typer.Option(help="Only this series.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Forecast from what is known now, and show what is expected; the forecast is stored.

    One is made by itself whenever a time is complete or a reading came late; asked for again, it is the same one.
    """
    from cli.gateway_client import open_gateway  # noqa: PLC0415 - see COMMAND_MODULES

    with open_gateway() as gateway:
        found = stored_forecast(gateway, use_case, origin)
    entries = [one for one in found["forecasts"] if series is None or one["series"] == series]
    if series is not None and not entries:
        known = ", ".join(dict.fromkeys(str(one["series"]) for one in found["forecasts"]))
        raise UserError(f"There is no series {series!r}; there are {known}.")
    if as_json:
        typer.echo(json.dumps(found | {"forecasts": entries}))
        return
    print_forecast(found, entries)


def stored_forecast(gateway: GatewayClient, use_case: str, origin: str | None = None) -> dict[str, Any]:
    """Request a forecast and return it once it is stored.

    Raises
    ------
    UserError
        If it is not stored after some time.
    """
    for _ in range(ASKED):  # the gateway waits each time
        found = gateway.forecast(use_case, origin)
        if "forecasts" in found:
            return found
    raise UserError(
        "The forecast is not stored yet. Is a worker up, and ingestion? See: smartpredict status. It is made once they are; "
        f"ask again then, or: GET /forecasts?use_case={use_case}"
    )


def print_forecast(found: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    """Show the entries of a forecast as a table, and what a reader has to know about it."""
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from cli.tables import plain_table  # noqa: PLC0415 - same

    console = Console(markup=False)
    origin = found["origins"][0]
    names = list(next((one["quantiles"] for one in entries if one["quantiles"]), {}))
    has_series = entries[0]["series"] is not None
    title = f"{found['use_case']}, from {origin['origin']}, version {origin['version']}"
    table = plain_table(*(["series"] if has_series else []), "time", "ahead", "expected", *names, title=title)
    for column in table.columns[-2 - len(names) :]:
        column.justify = "right"
    for one in entries:
        quantiles = [f"{one['quantiles'][name]:.2f}" if one["quantiles"] else "" for name in names]
        cells = [one["time"], str(one["horizon"]), f"{one['prediction']:.2f}", *quantiles]
        table.add_row(*([one["series"]] if has_series else []), *cells)
    console.print(table)
    version = entries[0]["model_version"]
    answered = f"version {version}" if version else "a baseline: no version has passed the gates yet"
    console.print(f"Answered by {answered}; {found['unit'] or 'no unit'}, times in UTC.")
    if origin["missing"]:
        console.print(f"{origin['missing']:,} readings that it looks back on are missing.")
    if origin["left_out"]:
        console.print(f"Not forecast, for want of readings: {', '.join(origin['left_out'])}.")
