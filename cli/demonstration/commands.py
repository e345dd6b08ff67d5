"""The command that shows the whole pipeline at work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.settings import setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.demonstration.doors import DoorResult

__all__ = ["add_commands"]

USE_CASE = "equipment_failure"


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(demo)


def demo(rows: Annotated[int, typer.Option(min=100, max=1_000_000, help="Rows of the file.")] = 10_000) -> None:
    """Make up a day before, send rows through every door of the running stack, forecast, and show what became of all."""
    from cli.models.training import train_if_needed  # noqa: PLC0415 - same
    from cli.upkeep.audit import audit  # noqa: PLC0415 - see COMMAND_MODULES

    train_if_needed(USE_CASE)
    _make_day()
    _challenge()
    _print(_through_every_door(rows))
    _forecast()
    audit()
    typer.echo("\nThe stack stays up. Its addresses: smartpredict status. To stop it: make down")


def _make_day() -> None:
    """Make up the day before, so that every chart of the page has something to show; not beside rows of others."""
    import contextlib  # noqa: PLC0415 - see COMMAND_MODULES
    import tempfile  # noqa: PLC0415 - same
    from datetime import UTC, datetime  # noqa: PLC0415 - same
    from pathlib import Path  # noqa: PLC0415 - same

    from rich.console import Console  # noqa: PLC0415 - same

    from cli.connections import catalog, database  # noqa: PLC0415 - same
    from cli.demonstration.day import has_another_past, make_day  # noqa: PLC0415 - same
    from inference_worker.artefact_cache import ArtefactCache  # noqa: PLC0415 - same
    from registry.client import Registry  # noqa: PLC0415 - same

    known, now = catalog(), datetime.now(UTC)
    use_case = known[USE_CASE]
    with (
        Console().status("Making up the day before"),
        database() as engine,
        contextlib.closing(Registry(setting("SMARTPREDICT_MLFLOW_URL"))) as registry,
        tempfile.TemporaryDirectory() as folder,
    ):
        if has_another_past(engine, use_case, now):
            return
        artefacts = ArtefactCache(registry, Path(folder), threads=2)
        wanted = artefacts.wanted(USE_CASE)
        if wanted is None:
            return
        day = make_day(engine, known, use_case, artefacts.load(use_case, wanted), now)
    if day.predicted:
        typer.echo(
            f"The day before was made up: {day.files} files, {day.predicted:,} rows predicted, {day.known:,} outcomes known."
        )


def _challenge() -> None:
    """Have a second version score in shadow, where there is only one."""
    from cli.models.training import train  # noqa: PLC0415 - see COMMAND_MODULES
    from cli.models.versions import lifecycle  # noqa: PLC0415 - same

    with lifecycle(USE_CASE) as life:
        if len(life.lifecycle.versions(life.use_case, limit=2)) > 1:
            return
    train(USE_CASE, promote=False, library="lightgbm")
    with lifecycle(USE_CASE) as life:
        newest, *_ = life.lifecycle.versions(life.use_case, limit=1)
        life.lifecycle.set_challenger(life.use_case, newest.version.version)
    typer.echo(f"Version {newest.version.version} scores the same rows in shadow: see Models.")


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
    """Send the newest readings of fine dust, forecast from them and from earlier ones, and show what is expected of one region."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - see COMMAND_MODULES

    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from cli.connections import data_folder, database  # noqa: PLC0415 - same
    from cli.demonstration import readings  # noqa: PLC0415 - same
    from cli.gateway_client import open_gateway  # noqa: PLC0415 - same
    from cli.rows.forecast import print_forecast, stored_forecast  # noqa: PLC0415 - same
    from sql.forecasts.labelling import label_forecasts  # noqa: PLC0415 - same

    with Console().status("Sending readings"), database() as engine:
        sent = readings.send_newest(engine, data_folder())
    with open_gateway() as gateway:
        found = stored_forecast(gateway, readings.USE_CASE.name)
        newest = datetime.fromisoformat(found["origins"][0]["origin"])
        for hours in readings.EARLIER:
            stored_forecast(gateway, readings.USE_CASE.name, (newest - timedelta(hours=hours)).isoformat())
    with database() as engine:  # ingestion does so as well, with the next readings
        label_forecasts(engine, readings.USE_CASE, datetime.now(UTC))
    typer.echo(f"{sent:,} readings of fine dust were stored, and forecast from at once:")
    entries = found["forecasts"]
    print_forecast(
        found, [one for one in entries if one["series"] == readings.SHOWN and one["horizon"] in readings.HORIZONS]
    )


def _print(results: Sequence[DoorResult]) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from cli.tables import plain_table, reasons_table  # noqa: PLC0415 - same

    console = Console(markup=False)
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
