"""Real servers for tests: throwaway processes of this machine, or containers where a Docker engine answers."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import quote

import httpx
import psutil
import psycopg2
from typing_extensions import override

from cli.errors import UserError
from local_stack.processes.program import Program
from local_stack.servers.postgres import PostgresServer
from local_stack.servers.rabbitmq import RabbitServer
from local_stack.servers.server import Server
from tests.support.waiting import eventually

__all__ = [
    "Broker",
    "Database",
    "containers",
    "fresh_database",
    "fresh_vhost",
    "running",
    "server_folder",
    "start_postgres",
    "start_rabbitmq",
    "survivors",
]


class Database(Protocol):
    """A PostgreSQL server that tests may fill with databases."""

    def url(self, database: str = ...) -> str: ...

    def libpq_url(self, database: str = ...) -> str: ...


class Broker(Protocol):
    """A RabbitMQ node that tests may fill with virtual hosts."""

    management_url: str

    def url(self, account: str | None = ..., vhost: str = ...) -> str: ...

    def credentials(self) -> tuple[str, str]: ...


ServerT = TypeVar("ServerT", bound=Server)

_started: list[Server] = []


@contextlib.contextmanager
def server_folder() -> Iterator[Path]:
    """Make a folder that the servers' user can reach (pytest's own is closed to others); removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="smartpredict-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _ThrowawayPostgres(PostgresServer):
    """Waits for no disk: its data ends with the run. A killed server still finds what it committed."""

    @override
    def programs(self) -> Sequence[Program]:
        options = ("-c", "fsync=off", "-c", "full_page_writes=off")
        return [dataclasses.replace(one, command=(*one.command, *options)) for one in super().programs()]


@contextlib.contextmanager
def start_postgres(folder: Path) -> Iterator[PostgresServer]:
    """Run a PostgreSQL server while the block runs."""
    with running(_ThrowawayPostgres(folder / "postgres")) as server:
        yield server


@contextlib.contextmanager
def start_rabbitmq(folder: Path) -> Iterator[RabbitServer]:
    """Run a RabbitMQ node while the block runs."""
    with running(RabbitServer(folder / "rabbitmq")) as server:
        yield server


@contextlib.contextmanager
def running(server: ServerT) -> Iterator[ServerT]:
    """Run a server while the block runs."""
    _started.append(server)
    try:
        yield server.start()
    finally:
        # Nothing of it is needed any more, and RabbitMQ takes six seconds to end in good order.
        server.kill()
        server.delete()


def survivors() -> list[str]:
    """List the processes of servers of this test run that are still there."""
    family = [process for server in _started for process in server.family]
    return [str(process) for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


@contextlib.contextmanager
def fresh_database(server: Database) -> Iterator[str]:
    """Create an empty database while the block runs and give its SQLAlchemy URL."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    _execute(server, f'create database "{name}"')
    try:
        yield server.url(database=name)
    finally:
        _execute(server, f'drop database "{name}" with (force)')


def _execute(server: Database, statement: str) -> None:
    with contextlib.closing(psycopg2.connect(server.libpq_url())) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


@contextlib.contextmanager
def fresh_vhost(broker: Broker) -> Iterator[str]:
    """Create an empty virtual host while the block runs and give its AMQP URL."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    user, _ = broker.credentials()
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    with httpx.Client(base_url=broker.management_url, auth=broker.credentials(), timeout=30) as api:
        api.put(f"/api/vhosts/{name}").raise_for_status()
        api.put(f"/api/permissions/{name}/{quote(user, safe='')}", json=everything).raise_for_status()
        try:
            yield broker.url(vhost=name)
        finally:
            api.delete(f"/api/vhosts/{name}").raise_for_status()


@dataclass(frozen=True)
class _ContainerDatabase:
    address: str

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg2://{self.address}/{database}"

    def libpq_url(self, database: str = "postgres") -> str:
        return f"postgresql://{self.address}/{database}"


@dataclass
class _ContainerBroker:
    address: str
    management_url: str

    def url(self, account: str | None = None, vhost: str = "/") -> str:
        user = account or "admin"
        return f"amqp://{user}:admin@{self.address}/{'' if vhost == '/' else quote(vhost, safe='')}"

    def credentials(self) -> tuple[str, str]:
        return "admin", "admin"

    def listens(self) -> bool:
        """Return whether clients may connect."""
        check = f"{self.management_url}/api/health/checks/port-listener/5672"
        try:
            return httpx.get(check, auth=self.credentials(), timeout=5).is_success
        except httpx.TransportError:
            return False


@contextlib.contextmanager
def containers() -> Iterator[tuple[Database, Broker]]:
    """Run both servers as containers while the block runs.

    SMARTPREDICT_TEST_POSTGRES_IMAGE and SMARTPREDICT_TEST_RABBITMQ_IMAGE name other images than the official ones.
    """
    import docker  # type: ignore[import-untyped] # noqa: PLC0415 - only with --servers=containers
    from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415 - same
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - same

    try:
        engine = docker.from_env()
        engine.ping()
        engine.close()
    except docker.errors.DockerException as error:
        raise UserError(
            f"--servers=containers needs a Docker engine, and none answers ({error}). Start it, or use --servers=local."
        ) from error
    # The minor versions are pinned: RabbitMQ 4 changes rules of quorum queues between them.
    postgres_image = os.environ.get("SMARTPREDICT_TEST_POSTGRES_IMAGE", "postgres:18")
    rabbitmq_image = os.environ.get("SMARTPREDICT_TEST_RABBITMQ_IMAGE", "rabbitmq:4.3-management")
    postgres = PostgresContainer(postgres_image, username="postgres", password="postgres", dbname="postgres")  # noqa: S106 - lives as long as the test run
    # The library's own container for RabbitMQ warns of the library when it is imported.
    rabbitmq = DockerContainer(rabbitmq_image).with_exposed_ports(5672, 15672)
    rabbitmq.with_env("RABBITMQ_DEFAULT_USER", "admin").with_env("RABBITMQ_DEFAULT_PASS", "admin")
    with postgres, rabbitmq:
        broker = _ContainerBroker(_address(rabbitmq, 5672), f"http://{_address(rabbitmq, 15672)}")
        eventually(broker.listens, 120)
        yield _ContainerDatabase(f"postgres:postgres@{_address(postgres, 5432)}"), broker


def _address(container: object, port: int) -> str:
    host = container.get_container_host_ip()  # type: ignore[attr-defined] # testcontainers ships no types
    return f"{host}:{container.get_exposed_port(port)}"  # type: ignore[attr-defined] # same
