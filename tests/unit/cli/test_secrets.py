"""Passwords: generated, kept, private."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from broker.administration.accounts import ACCOUNTS
from local_stack.errors import StackError
from local_stack.machine.folders import Folders
from local_stack.machine.secret_store import SecretStore
from local_stack.processes.launch import environment
from local_stack.processes.program import Program
from local_stack.processes.supervisor_config import configuration
from local_stack.servers.rabbitmq_definitions import definitions


def test_a_secret_is_generated_once_and_kept(tmp_path: Path) -> None:
    first = SecretStore(tmp_path / "secrets.json").secret("postgres", "owner")
    again = SecretStore(tmp_path / "secrets.json")
    assert again.secret("postgres", "owner") == first
    assert again.secret("rabbitmq", "owner") != first
    assert len(first) >= 32
    assert again.knows(first)
    assert not again.knows("guess")
    assert not again.knows(None)


def test_only_the_owner_reads_the_vault(tmp_path: Path) -> None:
    SecretStore(tmp_path / "secrets.json").secret("postgres", "owner")
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_damaged_vault_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(StackError, match="damaged"):
        SecretStore(tmp_path / "secrets.json").secret("postgres", "owner")
    assert (tmp_path / "secrets.json").read_text() == "{"


def test_the_broker_gets_hashes_in_its_own_format() -> None:
    passwords = {account.name: f"password of {account.name}" for account in ACCOUNTS}
    described = definitions(ACCOUNTS, passwords)
    assert "password of" not in str(described)
    users = described["users"]
    assert isinstance(users, list)
    for user in users:
        salted = base64.b64decode(user["password_hash"])
        expected = hashlib.sha256(salted[:4] + passwords[user["name"]].encode()).digest()
        assert salted[4:] == expected
    assert "guest" not in [user["name"] for user in users]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    secret = {"SMARTPREDICT_DATABASE_URL": "postgresql://worker:hush@127.0.0.1/db"}
    return Program(name="worker-1", command=("python", "-m", "worker"), environment=secret, folder=tmp_path)


def test_the_supervisor_reads_no_secret(program: Program, tmp_path: Path) -> None:
    text = configuration(Folders(tmp_path / "100% ours"), [program])
    assert "[program:worker-1]" in text
    assert "100%% ours" in text
    assert "hush" not in text


def test_a_launch_file_is_private_and_says_when_it_changed(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "launch" / "worker-1.json"
    assert program.write_launch_file(path)
    assert not program.write_launch_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "hush" not in " ".join(Program.launch_command(path))


def test_a_service_inherits_no_setting_of_its_caller() -> None:
    launch: dict[str, object] = {"inherits": True, "environment": {"SMARTPREDICT_DATA": "/data"}, "marker": "m"}
    inherited = {"PATH": "/bin", "SMARTPREDICT_API_KEYS": "hush", "SUPERVISOR_ENABLED": "1", "HTTPS_PROXY": "p"}
    assert environment(launch, inherited) == {
        "PATH": "/bin",
        "HTTPS_PROXY": "p",
        "SMARTPREDICT_DATA": "/data",
        "SMARTPREDICT_PROCESS": "m",
    }


def test_a_server_inherits_next_to_nothing() -> None:
    launch: dict[str, object] = {"inherits": False, "environment": {"HOME": "/data"}, "marker": ""}
    inherited = {"PATH": "/bin", "RABBITMQ_NODENAME": "other", "PGDATA": "/other", "HOME": "/root", "AWS_SECRET": "s"}
    assert environment(launch, inherited) == {"PATH": "/bin", "HOME": "/data", "SMARTPREDICT_PROCESS": ""}
