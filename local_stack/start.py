"""Starting the stack in order."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from local_stack.errors import StackError
from local_stack.machine.folders import Folders
from local_stack.machine.lock import stack_lock
from local_stack.machine.ports import LOOPBACK
from local_stack.machine.secret_store import SecretStore
from local_stack.prepare import create_databases, prepare
from local_stack.processes.supervisor import Supervisor
from local_stack.readiness import Wait, log_sizes
from local_stack.services.airflow import migrate_airflow
from local_stack.services.prometheus import write_configuration
from local_stack.services.service import Service
from local_stack.services.service_list import list_services
from local_stack.stack import Stack
from local_stack.state import State
from local_stack.stop import end_everything

__all__ = ["Options", "up"]

Report = Callable[[str], None]

_SERVER_SECONDS: Final = 120

#: MLflow's first start creates about fifty tables one migration at a time: 15 s here, more on a busy machine.
_SERVICE_SECONDS: Final = 180

#: The same for Airflow's database, whose first migration takes ten seconds here, and then for its processes.
_AIRFLOW_SECONDS: Final = 180


@dataclass(frozen=True, slots=True)
class Options:
    """What may be asked of a start; None means: as it runs now, or the default."""

    workers: int | None = None
    without: Sequence[str] | None = None
    protocols: Mapping[str, bool | None] = field(default_factory=dict)
    """Which protocols the broker speaks beside AMQP."""


def up(options: Options, report: Report) -> Stack:
    """Start what does not run yet, and wait until all of it answers.

    Raises
    ------
    StackError
        If something but Airflow did not start; then everything that this call started is stopped again.
    """
    folders = Folders.current()
    folders.make()
    with stack_lock(folders):
        supervisor = Supervisor(folders)
        running = supervisor.is_running()
        stack = Stack(folders, _wanted(folders, options, running=running), running=running)
        services = list_services(stack)
        stack.state.save(folders)
        try:
            _start(stack, services, supervisor, report)
        except BaseException:
            if not running:
                report("Stopping what was started")
                end_everything(folders, report)
            raise
    return stack


def _wanted(folders: Folders, options: Options, *, running: bool) -> State:
    state = State.load(folders)
    secrets = SecretStore(folders.secrets)
    state.workers = options.workers if options.workers is not None else state.workers if running else 1
    state.without = list(options.without if options.without is not None else state.without if running else ())
    before = state.protocols if running else []
    state.protocols = [
        name for name, wanted in options.protocols.items() if (name in before if wanted is None else wanted)
    ]
    state.database_url = _foreign(secrets, "SMARTPREDICT_DATABASE_URL")
    state.broker_url = _foreign(secrets, "SMARTPREDICT_BROKER_URL")
    # That of our own broker is ours to choose.
    given = os.environ.get("SMARTPREDICT_BROKER_MANAGEMENT_URL") or None
    state.broker_management_url = given if state.broker_url is not None else None
    mlflow_url = os.environ.get("SMARTPREDICT_MLFLOW_URL")
    state.mlflow_url = None if mlflow_url == f"http://{LOOPBACK}:{state.ports.get('mlflow')}" else mlflow_url
    state.usecases = os.environ.get("SMARTPREDICT_USECASES")
    state.schedules_since = state.schedules_since or datetime.now(UTC).isoformat(timespec="seconds")
    return state


def _foreign(secrets: SecretStore, name: str) -> str | None:
    # After `eval "$(smartpredict env)"` the URL is that of our own server, which is ours to start.
    url = os.environ.get(name)
    return None if not url or secrets.knows(urlsplit(url).password) else url


def _start(stack: Stack, services: Sequence[Service], supervisor: Supervisor, report: Report) -> None:
    if stack.runs("prometheus"):
        write_configuration(stack, services)
    supervisor.apply([*stack.server_programs(), *(service.program for service in services)])
    # Asked afterwards: one that has to run differently has been stopped.
    up = {info.name for info in supervisor.processes() if info.is_up}
    for server in stack.servers:
        if server.name not in up:
            server.prepare()
    of_airflow = [service for service in services if service.name.startswith("airflow")]
    begun = log_sizes(stack.folders)
    # Of what does not start, Airflow alone is waited for apart: the rest does without.
    wait = Wait(supervisor, report, without=[service.name for service in of_airflow], begun=begun)
    supervisor.start([program.name for program in stack.server_programs()])
    for server in stack.servers[:1]:
        wait.until_ready(server, _SERVER_SECONDS)
    create_databases(stack)
    # MLflow's first start takes longest and needs only its database, so it goes ahead.
    supervisor.start([service.name for service in services if service.name == "mlflow"])
    for server in stack.servers[1:]:
        wait.until_ready(server, _SERVER_SECONDS)
    report("Preparing the database and the queues")
    prepare(stack)
    others = [service for service in services if service not in of_airflow]
    supervisor.start([service.name for service in others])
    problem = _start_airflow(stack, of_airflow, supervisor, report) if of_airflow else None
    wait.until_healthy(others, _SERVICE_SECONDS)
    if of_airflow and problem is None:
        problem = _problem_of(lambda: Wait(supervisor, report, begun=begun).until_healthy(of_airflow, _AIRFLOW_SECONDS))
    if problem is not None:
        report(f"{problem}\nEverything but the schedules runs. See how Airflow does: smartpredict status")


def _start_airflow(
    stack: Stack, services: Sequence[Service], supervisor: Supervisor, report: Report
) -> StackError | None:
    """Start Airflow, and return what keeps it from starting: rows are predicted without schedules."""
    problem = _problem_of(lambda: migrate_airflow(stack, report, _AIRFLOW_SECONDS))
    if problem is None:
        supervisor.start([service.name for service in services])
    return problem


def _problem_of(step: Callable[[], None]) -> StackError | None:
    try:
        step()
    except StackError as error:
        return error
    return None
