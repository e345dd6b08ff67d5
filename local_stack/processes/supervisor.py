"""The supervisor that keeps the stack's processes running: its configuration and its orders."""

from __future__ import annotations

import contextlib
import http.client
import os
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psutil

from local_stack.errors import StackError
from local_stack.machine.folders import Folders
from local_stack.machine.secret_store import write_private
from local_stack.processes.launch import RESERVED_PREFIXES
from local_stack.processes.program import Program
from local_stack.processes.supervisor_config import configuration, launch_file, log_file

__all__ = ["ProcessInfo", "Supervisor"]

_START_SECONDS: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessInfo:
    """What the supervisor knows of one process."""

    name: str
    state: str
    """RUNNING, STARTING, BACKOFF (waits to try again), STOPPING, STOPPED, EXITED or FATAL."""

    pid: int
    """Zero while it does not run."""

    seconds: float
    """For how long it has been running."""

    @property
    def is_up(self) -> bool:
        """Whether a process exists."""
        return self.state in {"RUNNING", "STARTING"}


class Supervisor:
    """The one supervisor of a stack."""

    def __init__(self, folders: Folders) -> None:
        self.folders: Final = folders

    def is_running(self) -> bool:
        """Return whether it takes orders."""
        if not self.folders.socket.exists():
            return False
        try:
            with self._orders() as orders:
                orders.getState()
        except StackError:
            return False
        return True

    def pid(self) -> int:
        """Return its process id."""
        with self._orders() as orders:
            return int(orders.getPID())

    def apply(self, programs: Sequence[Program]) -> None:
        """Replace the programs it runs by these, starting the supervisor if it does not run.

        A program that is new is known but not started; one that is gone is stopped; one whose command or environment
        changed is stopped, so that `start` brings it back with the new ones.
        """
        changed = [
            program.name for program in programs if program.write_launch_file(launch_file(self.folders, program.name))
        ]
        write_private(self.folders.supervisor_config, configuration(self.folders, programs))
        if not self.is_running():
            self._start_daemon()
            return
        with self._orders() as orders:
            [[added, altered, removed]] = orders.reloadConfig()
            for name in {*altered, *removed}:
                orders.stopProcessGroup(name, True)
                orders.removeProcessGroup(name)
            for name in {*altered, *added}:
                orders.addProcessGroup(name)
        self.stop([name for name in changed if name not in added])

    def start(self, names: Sequence[str]) -> None:
        """Order processes to start; those that run already are left alone."""
        known = {info.name: info for info in self.processes()}
        with self._orders() as orders:
            for name in names:
                if not known[name].is_up:
                    orders.startProcess(name, False)

    def stop(self, names: Sequence[str]) -> None:
        """Order processes to stop, all at once, and wait until they have."""
        with self._orders() as orders:
            for name in names:
                with contextlib.suppress(xmlrpc.client.Fault):  # it does not run
                    orders.stopProcess(name, False)
        while any(info.pid for info in self.processes() if info.name in names):
            time.sleep(0.1)

    def processes(self) -> list[ProcessInfo]:
        """List all processes it knows."""
        with self._orders() as orders:
            return [
                ProcessInfo(
                    name=info["name"],
                    state=info["statename"],
                    pid=info["pid"],
                    seconds=info["now"] - info["start"] if info["pid"] else 0,
                )
                for info in orders.getAllProcessInfo()
            ]

    def shut_down(self) -> None:
        """End the supervisor with everything that it still runs, and wait until it is gone."""
        with contextlib.suppress(psutil.NoSuchProcess):
            daemon = psutil.Process(self.pid())
            with self._orders() as orders:
                orders.shutdown()
            daemon.wait(timeout=120)

    def _start_daemon(self) -> None:
        # What the caller has set for one command must not become the setting of every service.
        environment = {name: value for name, value in os.environ.items() if not name.startswith(RESERVED_PREFIXES)}
        result = subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(self.folders.supervisor_config)],
            env=environment,
            cwd=self.folders.home,
            capture_output=True,
            text=True,
            check=False,
        )
        deadline = time.monotonic() + _START_SECONDS
        while result.returncode == 0 and time.monotonic() < deadline:
            if self.is_running():
                return
            time.sleep(0.05)
        raise StackError(
            f"The supervisor did not start: {(result.stderr or result.stdout).strip()}\n"
            f"Its log: {log_file(self.folders, 'supervisord')}"
        )

    @contextlib.contextmanager
    def _orders(self) -> Iterator[Any]:
        from supervisor.xmlrpc import SupervisorTransport  # noqa: PLC0415 - `smartpredict --help` should not pay for it

        transport = SupervisorTransport(serverurl=f"unix://{self.folders.socket}")
        try:
            # The address is required by the protocol's client and not used: the transport speaks to the socket.
            yield xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError) as error:
            raise StackError(f"The supervisor of this stack does not answer ({error}): smartpredict up") from error
        finally:
            transport.close()
