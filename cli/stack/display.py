"""What a person at the terminal sees of the stack."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local_stack.machine.folders import is_airflow_installed
from local_stack.machine.ports import LOOPBACK
from local_stack.processes.supervisor import ProcessInfo
from local_stack.services import health
from local_stack.services.airflow import ADMIN
from local_stack.services.service_list import OPTIONAL, list_services
from local_stack.stack import OWNER, Stack

__all__ = ["print_addresses", "print_problems", "print_status", "progress"]

#: Wide enough for a key or an address in one piece where there is no terminal to fit into.
_WIDTH_WITHOUT_TERMINAL: Final = 160

_MAY_PUBLISH: Final = {
    "mqtt": "may publish to predict/<use case>/...",
    "stomp": "may send to /exchange/inbox/<use case>",
}


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show one line at a time of what is being waited for, and keep the finished ones."""
    console = Console(stderr=True, highlight=False)
    # The end of a log may stand in a line, and has brackets of its own.
    plain = partial(console.print, markup=False)
    if not console.is_terminal:
        yield plain
        return
    with console.status("") as status:

        def report(line: str) -> None:
            plain(line, style="dim")
            status.update(Text(line))

        yield report


def print_addresses(stack: Stack) -> None:
    """Show where everything is, and the accounts to enter with."""
    table = Table("what", "where", "account", title="SmartPredict is up", title_justify="left")
    for row in _addresses(stack):
        table.add_row(*row)
    for column in table.columns:
        column.overflow = "fold"  # an ellipsis in a key is of no use
    console = _console()
    console.print(table)
    for line in _remarks(stack):
        console.print(line, markup=False, soft_wrap=True)
    for service in list_services(stack):
        found = health.check(service.health_url)
        if not isinstance(found, health.Ready):
            console.print(f"Up, and waiting: {service.name}: {health.describe(found)}", markup=False)


def _remarks(stack: Stack) -> Iterator[str]:
    """Describe what is other than somebody might expect."""
    moved = {name: wanted for name, wanted in stack.moved_ports.items() if name not in OPTIONAL or stack.runs(name)}
    if moved:
        listed = ", ".join(f"{name} on {stack.port(name, wanted)} ({wanted})" for name, wanted in moved.items())
        yield f"Standard ports are taken, or were when the stack was made. These listen on others: {listed}."
    if "airflow" in stack.state.without:
        yield "Airflow is left out, so no schedule runs; `smartpredict down` and `make up` start it with everything else."
    elif not is_airflow_installed():
        yield "Airflow is not installed, so no schedule runs; `make up` installs and starts it."


def print_status(stack: Stack, processes: Sequence[ProcessInfo]) -> None:
    """Show every process with its state, health and address."""
    services = {service.name: service for service in list_services(stack)}
    table = Table("service", "state", "health", "pid", "up for", "address")
    for process in processes:
        service = services.get(process.name)
        table.add_row(
            process.name,
            process.state.lower(),
            health.describe(health.check(service.health_url)) if service is not None else "",
            str(process.pid or ""),
            str(timedelta(seconds=int(process.seconds))) if process.pid else "",
            service.url if service is not None else _server_address(stack, process.name),
        )
    _console().print(table)


def print_problems(stack: Stack) -> None:
    """Show why a worker does not serve the champion, where one does not, and whose messages wait for a decision."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - half a second that `up` need not spend

    from cli.rows.holds import describe  # noqa: PLC0415 - same
    from sql.base.engine import connect_engine, is_database_away  # noqa: PLC0415 - same
    from sql.dead_letters.holds import list_holds  # noqa: PLC0415 - same
    from sql.registry.workers import alive_workers  # noqa: PLC0415 - same

    engine = connect_engine(stack.database_url(OWNER), "status", pool_size=1)
    try:
        workers, holds = alive_workers(engine), list_holds(engine)
    except SQLAlchemyError as error:
        if not is_database_away(error):
            raise
        return  # the table above says so
    finally:
        engine.dispose()
    for worker in workers:
        for use_case, problem in worker.problems.items():
            _console().print(f"{worker.worker_id}, {use_case}: {problem}", style="yellow", markup=False, soft_wrap=True)
    for hold in holds:
        told = f"{hold.left} refused messages of {describe(hold)} wait for a decision: smartpredict holds list"
        _console().print(told, style="yellow", markup=False, soft_wrap=True)


def _addresses(stack: Stack) -> Iterator[tuple[str, str, str]]:
    if stack.runs("ui"):
        yield (
            "the page",
            f"http://{LOOPBACK}:{stack.port('ui', 8501)}",
            "none; it asks for the administrator's API key to change models",
        )
    if stack.runs("gateway"):
        gateway = stack.owner_settings()["SMARTPREDICT_GATEWAY_URL"]
        yield "API and its documentation", f"{gateway}/docs", f"API key {stack.api_key('api')}"
        yield "", "", f"administrator's API key {stack.api_key('admin')}"
        yield "predictions by gRPC", stack.owner_settings()["SMARTPREDICT_GRPC_ADDRESS"], "the same keys"
    if stack.runs("mlflow") or stack.state.mlflow_url is not None:
        yield "models (MLflow)", stack.mlflow_url(), ""
    if stack.runs("airflow"):
        password = stack.secrets.secret("airflow", ADMIN)
        yield "schedules (Airflow)", f"http://{LOOPBACK}:{stack.port('airflow', 8080)}", f"{ADMIN} / {password}"
    if stack.rabbitmq is not None:
        name, password = stack.rabbitmq.credentials()
        yield "queues (RabbitMQ)", stack.rabbitmq.management_url, f"{name} / {password}"
        yield "messages in (AMQP)", stack.broker_url("upstream"), "may write to the exchange inbox"
        for name, url in stack.protocol_urls().items():
            yield f"messages in ({name.upper()})", url, _MAY_PUBLISH[name]
        yield (
            "events out (AMQP)",
            stack.broker_url("downstream"),
            "may bind queues downstream.* to the exchange predictions",
        )
    if stack.postgres is not None:
        address = f"postgresql://{LOOPBACK}:{stack.postgres.port}"
        yield "database (PostgreSQL)", address, "see: smartpredict env"
    if stack.runs("prometheus"):
        yield "metrics (Prometheus)", f"http://{LOOPBACK}:{stack.port('prometheus', 9090)}", ""
    yield "drop files into", str(stack.folders.data / "incoming"), ""
    yield "logs", str(stack.folders.logs), ""


def _server_address(stack: Stack, name: str) -> str:
    if name == "postgres" and stack.postgres is not None:
        return f"{LOOPBACK}:{stack.postgres.port}"
    if name == "rabbitmq" and stack.rabbitmq is not None:
        return stack.rabbitmq.management_url
    return ""


def _console() -> Console:
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = _WIDTH_WITHOUT_TERMINAL
    return console
