"""`smartpredict up`, `status` and `down` with real servers, and what becomes of servers that are killed."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg2
import pytest
import sqlalchemy as sa

from broker.topology import BULK
from local_stack.machine.folders import CHECKOUT, Folders
from local_stack.machine.ports import LOOPBACK, promise
from local_stack.machine.server_folders import is_reachable
from local_stack.processes.supervisor import Supervisor
from local_stack.services.service_list import OPTIONAL, list_services
from local_stack.stack import DATABASE, Stack
from tests.support.command import smartpredict
from tests.support.servers import server_folder
from tests.support.waiting import eventually

#: The services have tests of their own; here only what is between them and the machine.
SERVERS_ONLY = ("up", "--workers", "0", *(word for name in OPTIONAL for word in ("--without", name)))
KEY_ROLES = ("admin", "api", "webapp")
AIRFLOW = ("airflow", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer")
#: What tasks may use: their accounts, and the doors that traffic is simulated through.
TASKS = (("postgres", "orchestration"), ("rabbitmq", "orchestration"), ("rabbitmq", "upstream"), ("api_keys", "api"))
STANDARD_PORTS = (5432, 5672, 15672, 4369)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Below a folder that only its owner may enter, as a checkout often is.
    closed = tmp_path_factory.mktemp("closed")
    closed.chmod(0o700)
    return closed / ".smartpredict"


@pytest.fixture(scope="module")
def stack(home: Path) -> Iterator[Stack]:
    with contextlib.ExitStack() as taken:
        for port in STANDARD_PORTS:
            if promise(port):  # else somebody else has it, or is about to, which is as good
                taken.enter_context(socket.create_server((LOOPBACK, port)))
        result = smartpredict(*SERVERS_ONLY, home=home)
        assert result.returncode == 0, result.stderr
        assert "SmartPredict is up" in result.stdout
        assert "Standard ports are taken" in result.stdout
        assert "Airflow is left out" in result.stdout
        yield Stack.remembered(Folders(home))
        smartpredict("down", "--delete-data", home=home)


def family(stack: Stack) -> list[psutil.Process]:
    daemon = psutil.Process(Supervisor(stack.folders).pid())
    return [daemon, *daemon.children(recursive=True)]


def pid(stack: Stack, name: str) -> int:
    return next(process.pid for process in Supervisor(stack.folders).processes() if process.name == name)


def ask(stack: Stack, account: str, question: str) -> object:
    url = stack.database_url(account).replace("+psycopg2", "")
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(question)
        [[answer]] = cursor.fetchall()
    return answer


def secrets(home: Path) -> list[str]:
    kinds = json.loads((home / "secrets.json").read_text())
    return [secret for names in kinds.values() for secret in names.values()]


def test_other_ports_are_taken_where_the_standard_ones_are(stack: Stack) -> None:
    assert set(STANDARD_PORTS).isdisjoint(stack.state.ports.values())


def test_only_this_machine_is_listened_to(stack: Stack) -> None:
    listening = [
        connection.laddr.ip
        for process in family(stack)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert set(listening) <= {LOOPBACK, "::1"}


def test_no_server_runs_as_root(stack: Stack) -> None:
    servers = [process for process in family(stack) if process.pid != Supervisor(stack.folders).pid()]
    assert all(process.uids().effective != 0 for process in servers)


def with_all_services(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """Describe the stack as if it ran everything."""
    monkeypatch.setattr("local_stack.stack.is_airflow_installed", lambda: True)  # its settings can be told without it
    state = dataclasses.replace(stack.state, workers=2, without=[], ports=dict(stack.state.ports))
    return Stack(stack.folders, state, running=True)


def test_commits_reach_the_disk(stack: Stack) -> None:
    assert ask(stack, "owner", "show fsync") == "on"
    assert ask(stack, "owner", "show synchronous_commit") == "on"


def test_each_service_logs_in_with_its_own_account(stack: Stack) -> None:
    assert ask(stack, "worker", "select current_user") == "smartpredict_worker"
    assert ask(stack, "gateway", "select current_database()") == DATABASE
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(
            stack.database_url("owner").replace("+psycopg2", "").replace(stack.database_password("owner"), "guess")
        )


def test_each_service_is_told_no_secret_but_its_own(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = with_all_services(stack, monkeypatch)
    told = {service.name: service.program.environment for service in list_services(whole)}
    assert list(told) == [
        "mlflow",
        "worker-1",
        "worker-2",
        "ingestion",
        "trainer",
        "gateway",
        "ui",
        *AIRFLOW,
        "prometheus",
    ]
    own = {
        "mlflow": {("postgres", "mlflow")},
        "worker-1": {("postgres", "worker"), ("rabbitmq", "worker")},
        "ingestion": {("postgres", "ingestion"), ("rabbitmq", "ingestion")},
        "trainer": {("postgres", "trainer")},
        "gateway": {("postgres", "gateway"), ("postgres", "registrar"), ("rabbitmq", "gateway")}
        | {("api_keys", role) for role in KEY_ROLES},
        "ui": {("api_keys", "webapp")},
        "airflow": {("postgres", "airflow")},
        "airflow-scheduler": {("postgres", "airflow"), *TASKS},
        "airflow-dag-processor": {("postgres", "airflow"), *TASKS},
        "airflow-triggerer": {("postgres", "airflow"), ("rabbitmq", "downstream")},
        "prometheus": set(),
    }
    kinds = json.loads(stack.folders.secrets.read_text())
    for name, allowed in own.items():
        settings = " ".join(told[name].values())
        found = {
            (kind, owner) for kind, names in kinds.items() for owner, secret in names.items() if secret in settings
        }
        assert found == allowed
    addresses = [service.health_url for service in list_services(whole)]
    assert len(set(addresses)) == len(addresses)


@pytest.mark.parametrize(("service", "status"), [("airflow-scheduler", 200), ("worker-1", 401)])
def test_schedules_may_ask_what_workers_hold_and_nobody_else(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, service: str, status: int
) -> None:
    whole = with_all_services(stack, monkeypatch)
    told = {one.name: one.program.environment for one in list_services(whole)}
    address = told["airflow-scheduler"]["SMARTPREDICT_BROKER_MANAGEMENT_URL"]
    account = urlsplit(told[service]["SMARTPREDICT_BROKER_URL"])
    login = (account.username or "", account.password or "")
    assert httpx.get(f"{address}/api/queues/%2F/{BULK}", auth=login).status_code == status


def test_no_secret_is_in_a_command_line_or_in_a_file_that_others_can_read(stack: Stack, home: Path) -> None:
    commands = subprocess.run(["ps", "-eo", "args", "-ww"], capture_output=True, text=True, check=True).stdout
    for secret in secrets(home):
        assert secret not in commands
    folders = {home, *(server.folder for server in stack.servers)}
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if any(secret.encode() in content for secret in secrets(home)):
            assert path.stat().st_mode & 0o077 == 0, f"others can read {path}"


def test_up_again_is_harmless(stack: Stack, home: Path) -> None:
    before = {process.pid for process in family(stack)}
    result = smartpredict("up", home=home)
    assert result.returncode == 0, result.stderr
    assert pid(stack, "postgres") in before
    assert pid(stack, "rabbitmq") in before


def test_the_settings_it_prints_reach_it(stack: Stack, home: Path) -> None:
    printed = smartpredict("env", home=home).stdout
    assert f"export SMARTPREDICT_DATABASE_URL={stack.database_url('owner')}\n" in printed
    settings = dict(line.removeprefix("export ").split("=", 1) for line in printed.splitlines())
    # They name our own servers, so a start with them set does not take these for somebody else's.
    assert smartpredict("up", home=home, settings=settings).returncode == 0
    assert {process.name for process in Supervisor(stack.folders).processes()} == {"postgres", "epmd", "rabbitmq"}


def test_a_killed_postgres_comes_back_with_what_was_committed(stack: Stack) -> None:
    ask(stack, "owner", "create table kept as select 42 as answer; select 1")
    assert stack.postgres is not None
    first = pid(stack, "postgres")
    psutil.Process(first).kill()
    eventually(lambda: pid(stack, "postgres") not in {0, first}, seconds=5)
    eventually(stack.postgres.is_ready, seconds=15)
    assert ask(stack, "owner", "select answer from kept") == 42


def test_a_killed_rabbitmq_comes_back(stack: Stack) -> None:
    assert stack.rabbitmq is not None
    first = pid(stack, "rabbitmq")
    psutil.Process(first).kill()
    eventually(lambda: pid(stack, "rabbitmq") not in {0, first}, seconds=5)
    eventually(stack.rabbitmq.is_ready, seconds=30)


def test_status_shows_every_process(stack: Stack, home: Path) -> None:
    result = smartpredict("status", home=home)
    assert result.returncode == 0
    for name in ("postgres", "rabbitmq", "epmd"):
        assert name in result.stdout
        assert str(pid(stack, name)) in result.stdout


def test_down_leaves_no_process_and_keeps_the_data(stack: Stack, home: Path) -> None:
    before = family(stack)
    result = smartpredict("down", home=home)
    assert (result.returncode, result.stdout) == (0, "Stopped; no process is left.\n"), result.stderr
    assert [process for process in before if process.is_running()] == []
    assert stack.postgres is not None
    assert (stack.postgres.data / "PG_VERSION").exists()
    assert "Killing" not in result.stderr


def test_deleting_the_data_deletes_all_of_it(stack: Stack, home: Path) -> None:
    result = smartpredict("down", "--delete-data", home=home)
    assert (result.returncode, result.stdout) == (0, "No stack was running.\n"), result.stderr
    assert not home.exists()
    assert not any(server.folder.exists() for server in stack.servers)


def test_servers_of_somebody_else_are_used_and_not_started(
    tmp_path: Path, database_url: str, broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    management = {"SMARTPREDICT_BROKER_MANAGEMENT_URL": "http://broker.example:15672"}
    settings = {"SMARTPREDICT_DATABASE_URL": database_url, "SMARTPREDICT_BROKER_URL": broker_url, **management}
    home = tmp_path / "home"
    try:
        result = smartpredict(*SERVERS_ONLY, home=home, settings=settings)
        assert result.returncode == 0, result.stderr
        assert Supervisor(Folders(home)).processes() == []
        whole = with_all_services(Stack.remembered(Folders(home)), monkeypatch)
        told = {service.name: service.program.environment for service in list_services(whole)}
        assert management.items() <= told["airflow-scheduler"].items()
        engine = sa.create_engine(database_url)
        assert "predictions" in sa.inspect(engine).get_schema_names()
        engine.dispose()
    finally:
        assert smartpredict("down", home=home).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else; the tests above ran as ordinary user")
def test_an_ordinary_user_needs_no_root(broker_url: str) -> None:
    user = "daemon"  # exists everywhere, and is not the one that root lends to the servers
    pythons = [sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"]
    python = next((path for path in pythons if Path(path).exists() and is_reachable(Path(path), user)), None)
    if python is None or not is_reachable(CHECKOUT / "cli", user):
        pytest.skip("nobody but root may enter this checkout or run this Python")
    packages = [str(CHECKOUT), *(path for path in sys.path if "site-packages" in path)]
    settings = {
        "PYTHONPATH": os.pathsep.join(packages),  # another Python than the environment's own has to be told
        # PostgreSQL is the one that treats users differently; a second node would take ten seconds to show no more.
        "SMARTPREDICT_BROKER_URL": broker_url,
    }
    with server_folder() as folder:
        folder.chmod(0o777)
        home = folder / "home"
        result = smartpredict(*SERVERS_ONLY, home=home, settings=settings, python=python, user=user)
        try:
            assert result.returncode == 0, result.stderr
            processes = family(Stack.remembered(Folders(home)))
            assert {process.username() for process in processes} == {user}
        finally:
            result = smartpredict("down", home=home, settings=settings, python=python, user=user)
        assert result.returncode == 0, result.stderr
        assert [process for process in processes if process.is_running()] == []
