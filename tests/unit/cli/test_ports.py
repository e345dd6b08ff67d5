"""Choosing ports."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_stack.errors import StackError
from local_stack.machine.folders import Folders
from local_stack.machine.ports import LOOPBACK, choose_port, is_free, is_open, throwaway_port
from local_stack.state import State


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server((LOOPBACK, throwaway_port())) as server:
        yield server.getsockname()[1]


def test_a_free_port_is_taken_as_wanted() -> None:
    port = throwaway_port()
    assert choose_port(port) == port


def test_the_next_free_port_is_taken_instead(taken: int) -> None:
    assert not is_free(taken)
    assert is_open(taken)
    assert choose_port(taken) > taken
    assert choose_port(taken, [taken + 1]) > taken + 1


def test_a_port_meant_for_another_service_counts_as_taken() -> None:
    port = throwaway_port()
    assert choose_port(port, [port]) > port


@pytest.fixture
def other() -> Iterator[subprocess.Popen[str]]:
    """Start a process that has chosen a port, written it down, and has no server on it yet."""
    program = (
        "import sys; from local_stack.machine.ports import *; print(throwaway_port(), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def test_a_port_that_another_process_has_chosen_is_its_own_until_it_ends(other: subprocess.Popen[str]) -> None:
    assert other.stdout is not None
    port = int(other.stdout.readline())
    assert is_free(port)
    assert choose_port(port) > port
    other.kill()
    other.wait()
    assert choose_port(port) == port


def test_no_throwaway_port_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_stack.machine.ports.random.randrange", lambda start, _: start)
    assert throwaway_port() != throwaway_port()


def test_a_remembered_port_that_another_process_has_chosen_is_given_up(other: subprocess.Popen[str]) -> None:
    assert other.stdout is not None
    port = int(other.stdout.readline())
    assert State(ports={"gateway": port}).port("gateway", port, running=False) > port


def test_no_port_left_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_stack.machine.ports.is_free", lambda _: False)
    with pytest.raises(StackError, match="No port from 5432"):
        choose_port(5432)


def test_the_stack_keeps_its_ports(tmp_path: Path, taken: int) -> None:
    folders = Folders(tmp_path)
    state = State()
    chosen = state.port("gateway", taken, running=False)
    state.save(folders)
    again = State.load(folders)
    assert again == state
    assert again.port("gateway", taken, running=False) == chosen


def test_a_remembered_port_that_somebody_took_is_given_up(taken: int) -> None:
    assert State(ports={"gateway": taken}).port("gateway", taken, running=False) > taken


def test_a_port_of_our_own_running_service_is_kept(taken: int) -> None:
    assert State(ports={"gateway": taken}).port("gateway", 8000, running=True) == taken


def test_a_damaged_state_is_no_obstacle(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.state.write_text("{")
    assert State.load(folders) == State()
