"""What every server of the stack has in common: run it in a test, or have the supervisor run it."""

from __future__ import annotations

import abc
import contextlib
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psutil

from local_stack.errors import StackError
from local_stack.machine.server_folders import delete_folder, reachable_folder, server_user
from local_stack.processes.program import Program

__all__ = ["Server"]

_POLL_SECONDS: Final = 0.05

#: Children notice the end of their parent, and end by themselves.
_CHILDREN_SECONDS: Final = 5
_LOG_LINES_SHOWN: Final = 15


class Server(abc.ABC):
    """A server with its own folder, ports and passwords, on the loopback interface only.

    Two ways to use it. The stack calls `prepare()`, hands `programs()` to the supervisor and calls `wait_ready()`.
    A test uses `with PostgresServer(folder=...) as server:`, or `start()` and `stop()`.

    Start it from the main thread: the kernel ends the server when the thread that started it ends, so that a killed
    test run leaves nothing behind.
    """

    name: str

    def __init__(self, folder: Path) -> None:
        self.user: Final = server_user()
        self.folder: Final = reachable_folder(folder.absolute(), self.user)
        self.family: list[psutil.Process] = []
        """Every process that was ever seen running for this server, to prove that all are gone."""
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @abc.abstractmethod
    def prepare(self) -> None:
        """Write what the server needs before it can start; harmless when repeated."""

    @abc.abstractmethod
    def programs(self) -> Sequence[Program]:
        """Return the processes to run, the server itself last."""

    @abc.abstractmethod
    def is_ready(self) -> bool:
        """Return whether the server answers, and is this one and not another on the same port."""

    def command(self) -> tuple[str, ...]:
        """Return the server's own foreground command."""
        return self.programs()[-1].command

    def environment(self) -> dict[str, str]:
        """Return the environment of that command."""
        return dict(self.programs()[-1].environment)

    def log_file(self, program: str) -> Path:
        """Return where a throwaway server's output goes."""
        return self.folder / f"{program}.log"

    def launch_command(self, file: Path) -> Sequence[str]:
        """Return the command that becomes the program described in a launch file."""
        return Program.launch_command(file)

    def start(self, *, wait_seconds: float = 60) -> Self:
        """Prepare and start the server, and wait until it answers."""
        self.launch()
        self.wait_ready(wait_seconds)
        return self

    def launch(self) -> None:
        """Prepare and start the server without waiting for it."""
        self.prepare()
        for program in self.programs():
            launch_file = self.folder / f"{program.name}.launch.json"
            program.write_launch_file(launch_file)
            with self.log_file(program.name).open("ab") as log:
                self._running[program.name] = subprocess.Popen(
                    self.launch_command(launch_file), stdout=log, stderr=log, stdin=subprocess.DEVNULL
                )

    def wait_ready(self, seconds: float = 60) -> None:
        """Wait until the server answers; fail with the end of its log when it ended or takes too long."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            ended = [name for name, process in self._running.items() if process.poll() is not None]
            if ended:
                self.kill()
                raise StackError(f"{ended[0]} ended while starting.\n{self._last_lines(ended[0])}")
            if time.monotonic() > deadline:
                last = self.programs()[-1].name
                raise StackError(f"{last} did not answer within {seconds:.0f} s.\n{self._last_lines(last)}")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Ask the server to end in good order, and make sure that none of its processes is left."""
        self._end({program.name: program.stop_signal for program in self.programs()}, _CHILDREN_SECONDS)

    def kill(self) -> None:
        """End the server as a power cut would."""
        self._end({program.name: signal.SIGKILL for program in self.programs()}, 0)

    def delete(self) -> None:
        """Remove the stopped server's folder with all data."""
        delete_folder(self.folder)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _end(self, signals: dict[str, signal.Signals], children_seconds: float) -> None:
        # The server before its helpers: the node still speaks to its port mapper while it stops.
        for program in reversed(self.programs()):
            process = self._running.pop(program.name, None)
            if process is None:
                continue
            family = _with_children(process.pid)
            self.family += family
            if process.poll() is None:
                process.send_signal(signals[program.name])
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(program.stop_seconds)
            _, left = psutil.wait_procs(family, timeout=children_seconds)
            for survivor in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    survivor.kill()
            process.wait()
            psutil.wait_procs(left, timeout=5)

    def _last_lines(self, program: str) -> str:
        file = self.log_file(program)
        return "\n".join(file.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:]) if file.exists() else ""


def _with_children(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
