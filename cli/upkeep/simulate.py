"""The command that sends made-up traffic."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from cli.connections import database, usecases_folder
from cli.errors import UserError
from cli.settings import setting

__all__ = ["add_commands"]

_SETTINGS = ("DATA", "DATABASE_URL", "UPSTREAM_URL", "GATEWAY_URL", "API_KEY")


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(simulate)


def simulate(
    use_case: Annotated[str, typer.Option("--use-case", help="What is predicted.")] = "equipment_failure",
    rows_per_second: Annotated[
        int, typer.Option(min=1, max=100_000, help="Rows sent in a second, all doors together.")
    ] = 100,
    seconds: Annotated[int, typer.Option(min=1, max=86_400, help="How long.")] = 30,
    bad_share: Annotated[float, typer.Option(min=0, max=0.4, help="Share of bad rows.")] = 0.02,
    drift: Annotated[
        str | None, typer.Option(help="A column that drifts, and by how many standard deviations: torque_nm=1.5")
    ] = None,
    door: Annotated[
        list[str] | None, typer.Option(help="file, message, http, upload; all of them if not given.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed sends the same rows.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Send made-up rows through every door of the running stack, some of them bad, and say what was sent."""
    from datetime import timedelta  # noqa: PLC0415 - see COMMAND_MODULES

    import httpx  # noqa: PLC0415 - same
    from rich.progress import Progress  # noqa: PLC0415 - same

    from orchestration.traffic.rows import Drift  # noqa: PLC0415 - same
    from orchestration.traffic.senders import SendError  # noqa: PLC0415 - same
    from orchestration.traffic.simulate import Traffic, TrafficKind, TrafficSettings  # noqa: PLC0415 - same
    from orchestration.traffic.simulate import simulate as send  # noqa: PLC0415 - same
    from usecases.contract.catalog import UnknownUseCaseError  # noqa: PLC0415 - same

    found: dict[str, Any] = {name.lower(): setting(f"SMARTPREDICT_{name}") for name in _SETTINGS}
    try:
        traffic = Traffic(
            use_case=use_case,
            rows_per_second=rows_per_second,
            duration=timedelta(seconds=seconds),
            bad_share=bad_share,
            drift=None if drift is None else Drift.parse(drift),
            seed=seed,
            doors=[TrafficKind(name) for name in door] if door else list(TrafficKind),
        )
        # The database says what to do where it does not answer.
        with database(), Progress(transient=True, disable=as_json) as progress:
            task = progress.add_task("Sending rows", total=rows_per_second * seconds)
            sent = send(
                traffic, TrafficSettings(**found, usecases=usecases_folder()), lambda rows: progress.advance(task, rows)
            )
    except (ValueError, UnknownUseCaseError, SendError) as error:
        raise UserError(str(error)) from error
    except httpx.TransportError as error:
        raise UserError(f"The gateway cannot be reached ({error}). See: smartpredict status") from error
    if as_json:
        typer.echo(json.dumps(sent))
    else:
        _print(sent)


def _print(sent: dict[str, Any]) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from cli.tables import plain_table  # noqa: PLC0415 - same

    table = plain_table("door", "rows", "good", "bad", "broken files", title="What was sent")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, what in sent.items():
        table.add_row(name, *(f"{what[count]:,}" for count in ("rows", "good", "bad", "broken_files")))
    Console(highlight=False, markup=False).print(table)
