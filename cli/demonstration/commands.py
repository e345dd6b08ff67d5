"""The command that shows the whole pipeline at work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.settings import setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.demonstration.doors import DoorResult

__all__ = ["add_commands"]


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(demo)


def demo(rows: Annotated[int, typer.Option(min=100, max=1_000_000, help="Rows of the file.")] = 10_000) -> None:
    """Send rows through every door of the running stack and readings to forecast from, and show what became of them."""
    from cli.models.training import train_if_needed  # noqa: PLC0415 - same
    from cli.upkeep.audit import audit  # noqa: PLC0415 - see COMMAND_MODULES

    train_if_needed("equipment_failure")
    _print(_through_every_door(rows))
    _forecast()
    audit()
    typer.echo("\nThe stack stays up. Its addresses: smartpredict status. To stop it: make down")


def _through_every_door(rows: int) -> list[DoorResult]:
    import tempfile  # noqa: PLC0415 - see COMMAND_MODULES
    import time  # noqa: PLC0415 - same
    from pathlib import Path  # noqa: PLC0415 - same

    from rich.console import Console  # noqa: PLC0415 - same

    from cli.connections import data_folder, database  # noqa: PLC0415 - same
    from cli.demonstration import doors  # noqa: PLC0415 - same
    from training.datasets.sample_files import write_inference_csv  # noqa: PLC0415 - same

    now = int(time.time())
    with tempfile.TemporaryDirectory() as folder, Console().status("Sending rows"), database() as engine:
        doors.wait_until_ready(setting("SMARTPREDICT_GATEWAY_URL"))
        file = Path(folder) / f"demo-{now}.csv"
        write_inference_csv(file, rows, seed=now, bad_share=0.01)
        return [
            doors.file_door(engine, data_folder(), file),
            doors.message_door(engine, setting("SMARTPREDICT_UPSTREAM_URL")),
            doors.http_door(setting("SMARTPREDICT_GATEWAY_URL"), setting("SMARTPREDICT_API_KEY")),
        ]


def _forecast() -> None:
    """Send the newest readings of fine dust, and show what is expected of one region."""
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from cli.connections import data_folder, database  # noqa: PLC0415 - same
    from cli.demonstration import readings  # noqa: PLC0415 - same
    from cli.gateway_client import GatewayClient  # noqa: PLC0415 - same
    from cli.rows.forecast import print_forecast, stored_forecast  # noqa: PLC0415 - same

    with Console().status("Sending readings"), database() as engine:
        sent = readings.send_newest(engine, data_folder())
    with GatewayClient(setting("SMARTPREDICT_GATEWAY_URL"), setting("SMARTPREDICT_API_KEY")) as gateway:
        found = stored_forecast(gateway, readings.USE_CASE.name)
    typer.echo(f"{sent:,} readings of fine dust were stored, and forecast from at once:")
    entries = found["forecasts"]
    print_forecast(
        found, [one for one in entries if one["series"] == readings.SHOWN and one["horizon"] in readings.HORIZONS]
    )


def _print(results: Sequence[DoorResult]) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from cli.tables import plain_table, reasons_table  # noqa: PLC0415 - same

    console = Console()
    table = plain_table("door", "sent", title="What became of the rows")
    for heading in ("rows in", "predicted", "bad", "committed in"):
        table.add_column(heading, justify="right")
    for result in results:
        counts = (result.rows_in, result.predicted, result.rows_in - result.predicted)
        table.add_row(result.door, result.sent, *(f"{count:,}" for count in counts), f"{result.seconds:.3f} s")
    console.print(table)
    for result in results:
        if result.reasons:
            console.print(f"In quarantine from the {result.door} door:")
            console.print(reasons_table(result.reasons))
