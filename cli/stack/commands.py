"""Commands that start, show and stop the local stack."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

__all__ = ["add_commands"]


def add_commands(app: typer.Typer) -> None:
    """Add them to the command line."""
    for command in (up, down, status, env):
        app.command()(command)


def up(
    workers: Annotated[
        int | None, typer.Option(min=0, max=64, help="Worker processes (1, or as they run now).")
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            help="Leave a service out: mlflow, gateway, ingestion, ui, airflow or prometheus. May be repeated."
        ),
    ] = None,
    mqtt: Annotated[
        bool | None,
        typer.Option("--mqtt/--no-mqtt", help="Whether the broker takes messages by MQTT (no, or as it runs now)."),
    ] = None,
    stomp: Annotated[bool | None, typer.Option("--stomp/--no-stomp", help="The same by STOMP.")] = None,
) -> None:
    """Start PostgreSQL, RabbitMQ, MLflow and all services, and wait until they answer.

    Harmless if they run already. SMARTPREDICT_DATABASE_URL, SMARTPREDICT_BROKER_URL and SMARTPREDICT_MLFLOW_URL name
    servers that run elsewhere; those are not started. SMARTPREDICT_BROKER_MANAGEMENT_URL, beside the second, lets the
    daily audit ask such a broker what workers hold.
    """
    from local_stack.services.service_list import OPTIONAL  # noqa: PLC0415 - see COMMAND_MODULES

    unknown = set(without or []) - set(OPTIONAL)
    if unknown:
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: only {', '.join(OPTIONAL)} can be left out")
    from cli.stack import display  # noqa: PLC0415 - see COMMAND_MODULES
    from local_stack.start import Options  # noqa: PLC0415 - same
    from local_stack.start import up as start  # noqa: PLC0415 - same

    with display.progress() as report:
        stack = start(Options(workers, without, {"mqtt": mqtt, "stomp": stomp}), report)
    display.print_addresses(stack)


def down(
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Also delete the databases and all files.")
    ] = False,
) -> None:
    """Stop every process of the stack; the data stays."""
    from cli.stack import display  # noqa: PLC0415 - see COMMAND_MODULES
    from local_stack.stop import down as stop  # noqa: PLC0415 - same

    with display.progress() as report:
        ran = stop(report, delete_data=delete_data)
    typer.echo("Stopped; no process is left." if ran else "No stack was running.")


def status() -> None:
    """Show each process: state, health, process id, time since its start, address. Exit status 1 if one is not up."""
    from cli.stack import display  # noqa: PLC0415 - see COMMAND_MODULES
    from local_stack.running import running_stack  # noqa: PLC0415 - same

    stack, processes = running_stack()
    display.print_status(stack, processes)
    display.print_problems(stack)
    if not all(process.is_up for process in processes):
        raise typer.Exit(1)


def env() -> None:
    """Print the settings that reach the running stack, for a shell: eval "$(smartpredict env)"."""
    from local_stack.running import connection_settings  # noqa: PLC0415 - see COMMAND_MODULES

    for name, value in connection_settings().items():
        typer.echo(f"export {name}={shlex.quote(value)}")
