"""Starting the stack in order."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from cli.stack.airflow import migrate_airflow
from cli.stack.alone import alone
from cli.stack.folders import Folders
from cli.stack.ports import LOOPBACK
from cli.stack.prepare import create_databases, prepare
from cli.stack.prometheus import lay_out
from cli.stack.stack import Stack
from cli.stack.state import State
from cli.stack.stop import end_everything
from cli.stack.supervision import Supervisor
from cli.stack.vault import Vault
from cli.stack.watch import Watch

__all__ = ["Options", "up"]

Tell = Callable[[str], None]

_SERVER_SECONDS: Final = 120

#: MLflow's first start creates about fifty tables one migration at a time: 15 s here, more on a busy machine.
_SERVICE_SECONDS: Final = 180


@dataclass(frozen=True, slots=True)
class Options:
    """What may be asked of a start; None means: as it runs now, or the default."""

    workers: int | None = None
    without: Sequence[str] | None = None


def up(options: Options, tell: Tell) -> Stack:
    """Start what does not run yet, and wait until all of it answers.

    Raises
    ------
    UserError
        If something did not start; then everything that this call started is stopped again.
    """
    folders = Folders.current()
    folders.make()
    with alone(folders):
        supervisor = Supervisor(folders)
        running = supervisor.is_running()
        stack = Stack(folders, _wanted(folders, options, running=running), running=running)
        stack.state.save(folders)
        try:
            _start(stack, supervisor, tell)
        except BaseException:
            if not running:
                tell("Stopping what was started")
                end_everything(folders, tell)
            raise
    return stack


def _wanted(folders: Folders, options: Options, *, running: bool) -> State:
    state = State.load(folders)
    vault = Vault(folders.secrets)
    state.workers = options.workers if options.workers is not None else state.workers if running else 1
    state.without = list(options.without if options.without is not None else state.without if running else ())
    state.database_url = _foreign(vault, "SMARTPREDICT_DATABASE_URL")
    state.broker_url = _foreign(vault, "SMARTPREDICT_BROKER_URL")
    # That of our own broker is ours to choose.
    given = os.environ.get("SMARTPREDICT_BROKER_MANAGEMENT_URL") or None
    state.broker_management_url = given if state.broker_url is not None else None
    mlflow_url = os.environ.get("SMARTPREDICT_MLFLOW_URL")
    state.mlflow_url = None if mlflow_url == f"http://{LOOPBACK}:{state.ports.get('mlflow')}" else mlflow_url
    state.usecases = os.environ.get("SMARTPREDICT_USECASES")
    return state


def _foreign(vault: Vault, name: str) -> str | None:
    # After `eval "$(smartpredict env)"` the URL is that of our own server, which is ours to start.
    url = os.environ.get(name)
    return None if not url or vault.knows(urlsplit(url).password) else url


def _start(stack: Stack, supervisor: Supervisor, tell: Tell) -> None:
    known = {info.name: info for info in supervisor.processes()} if stack.running else {}
    for server in stack.servers:
        if server.name not in known or not known[server.name].is_up:
            server.prepare()
    if stack.runs("prometheus"):
        lay_out(stack)
    supervisor.apply(stack.programs())
    watch = Watch(supervisor, tell)
    supervisor.start([program.name for program in stack.server_programs()])
    for server in stack.servers[:1]:
        watch.until_ready(server, _SERVER_SECONDS)
    create_databases(stack)
    # MLflow's first start takes longest and needs only its database, so it goes ahead.
    supervisor.start([service.name for service in stack.services if service.name == "mlflow"])
    for server in stack.servers[1:]:
        watch.until_ready(server, _SERVER_SECONDS)
    tell("Preparing the database and the queues")
    prepare(stack)
    supervisor.start([service.name for service in stack.services if not service.name.startswith("airflow")])
    if stack.runs("airflow"):
        migrate_airflow(stack, tell)
        supervisor.start([service.name for service in stack.services])
    watch.until_healthy(stack.services, _SERVICE_SECONDS)
