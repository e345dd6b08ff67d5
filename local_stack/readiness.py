"""Wait until servers and services answer, and notice early when one never will."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from local_stack.errors import StackError
from local_stack.machine.folders import Folders
from local_stack.processes.supervisor import Supervisor
from local_stack.processes.supervisor_config import log_file
from local_stack.servers.server import Server
from local_stack.services import health
from local_stack.services.service import Service

__all__ = ["ServiceReadiness", "Wait", "log_sizes"]

#: How long a service may answer "not ready" before `up` goes on: it may wait for a first model, which comes later.
_NOT_READY_SECONDS: Final = 5

#: Starts of one process during one `up` after which it is taken for one that never will.
_STARTS: Final = 3
_LOG_LINES: Final = 20
_POLL_SECONDS: Final = 0.1


class ServiceReadiness:
    """Whether to go on: at once when a service is ready, after a few seconds when it answers "not ready"."""

    def __init__(self, health_url: str) -> None:
        self._health_url: Final = health_url
        self._answered_since: float | None = None

    def is_enough(self) -> bool:
        """Return whether to go on."""
        match health.check(self._health_url):
            case health.Ready():
                return True
            case health.NotReady():
                self._answered_since = self._answered_since or time.monotonic()
                return time.monotonic() - self._answered_since > _NOT_READY_SECONDS
            case health.Down():
                return False


class Wait:
    """Wait for processes of the supervisor, and fail with the end of the log of one that ends again and again.

    Parameters
    ----------
    supervisor
        What runs them.
    report
        Is told what is waited for.
    without
        Names of processes that may end as often as they like.
    begun
        Bytes that each log had when the start began, see :func:`log_sizes`; as many as now if not given. What stands
        there is of earlier starts.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        report: Callable[[str], None],
        without: Collection[str] = (),
        begun: Mapping[Path, int] | None = None,
    ) -> None:
        self._supervisor: Final = supervisor
        self._report: Final = report
        self._without: Final = frozenset(without)
        self._begun: Final = log_sizes(supervisor.folders) if begun is None else begun
        self._pids: Final[dict[str, set[int]]] = {}

    def until_ready(self, server: Server, seconds: float) -> None:
        """Wait for a server."""
        self._until({server.name: server.is_ready}, seconds)

    def until_healthy(self, services: Sequence[Service], seconds: float) -> None:
        """Wait for services, all at once."""
        self._until({service.name: ServiceReadiness(service.health_url).is_enough for service in services}, seconds)

    def _until(self, waiting: dict[str, Callable[[], bool]], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        reported: list[str] = []
        while waiting := {name: is_done for name, is_done in waiting.items() if not is_done()}:
            if list(waiting) != reported:
                reported = list(waiting)
                self._report(f"Waiting for {', '.join(reported)}")
            self._notice_failures()
            if time.monotonic() > deadline:
                raise StackError(
                    f"{reported[0]} did not answer within {seconds:.0f} s.\n{self._end_of_log(reported[0])}"
                )
            time.sleep(_POLL_SECONDS)

    def _notice_failures(self) -> None:
        for info in self._supervisor.processes():
            if info.name in self._without:
                continue
            pids = self._pids.setdefault(info.name, set())
            pids.add(info.pid)
            if len(pids - {0}) >= _STARTS or info.state == "FATAL":
                raise StackError(f"{info.name} does not start.\n{self._end_of_log(info.name)}")

    def _end_of_log(self, name: str) -> str:
        file = log_file(self._supervisor.folders, name)
        written = file.read_bytes() if file.exists() else b""
        before = self._begun.get(file, 0)
        # One that is shorter than it was has been put aside as full, and begun anew.
        lines = written[before if before <= len(written) else 0 :].decode(errors="replace").splitlines()
        lines = lines or ["nothing since the start: it hangs, or the machine is busy"]
        return "\n".join([f"The end of {file}:", *lines[-_LOG_LINES:]])


def log_sizes(folders: Folders) -> dict[Path, int]:
    """Return how many bytes each log of the stack has by now."""
    return {file: file.stat().st_size for file in folders.logs.glob("*.log")}
