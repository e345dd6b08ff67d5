"""Starts the ranks of this machine, and ends all of them as soon as one is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from training.out_of_core.distributed.hosts import Hosts
from training.out_of_core.distributed.ranks import LostRankError, RankSettings
from training.out_of_core.distributed.tracker import running_tracker

DEFAULT_PORT = 9_400
"""Where ranks of several machines meet, on the first of them."""

_LOOK_SECONDS, _GRACE_SECONDS = 0.2, 10.0
"""Pause between two looks; time that ranks get to say why they stop, after the first did."""


@dataclass(frozen=True, slots=True)
class _Started:
    """A rank of this machine.

    Attributes
    ----------
    number, process
        Which one, and its process.
    log
        What it writes to its error stream; none of the first rank, which writes to the terminal.
    """

    number: int
    process: subprocess.Popen[bytes]
    log: Path | None

    @property
    def has_failed(self) -> bool:
        return self.process.poll() not in {None, 0}


def run_ranks(hosts: Hosts, command: Sequence[str], settings: Mapping[str, str], port: int = DEFAULT_PORT) -> None:
    """Run the ranks of this machine to their end.

    Parameters
    ----------
    hosts
        All machines, and which ranks are here.
    command
        What a rank runs; it finds the others by :class:`~training.out_of_core.distributed.ranks.RankSettings`.
    settings
        Further settings of the ranks, as their environment.
    port
        Where ranks of several machines meet.

    Raises
    ------
    LostRankError
        If a rank stops before its end; none is left then, and its reason is told.
    """
    timeout = RankSettings().timeout
    with ExitStack() as open_ones:
        folder = Path(open_ones.enter_context(tempfile.TemporaryDirectory(prefix="smartpredict-ranks-")))
        if 0 in hosts.here:
            wanted = 0 if hosts.is_one_machine else port
            port = open_ones.enter_context(running_tracker(hosts.first, wanted, len(hosts.names), timeout))
        threads = str(max(1, (os.cpu_count() or 1) // len(hosts.here)))
        shared = {
            **os.environ,
            **settings,
            "DMLC_TRACKER_URI": hosts.first,
            "DMLC_TRACKER_PORT": str(port),
            "DMLC_NUM_WORKER": str(len(hosts.names)),
            # Else each would start a thread for every core.
            "OMP_NUM_THREADS": threads,
            "OMP_THREAD_LIMIT": threads,
        }
        _watch([open_ones.enter_context(_running(rank, command, shared, folder)) for rank in hosts.here], hosts)


@contextmanager
def _running(rank: int, command: Sequence[str], settings: Mapping[str, str], folder: Path) -> Iterator[_Started]:
    log = folder / f"{rank}.log" if rank else None
    with ExitStack() as open_files:
        errors = None if log is None else open_files.enter_context(log.open("wb"))
        process = subprocess.Popen(  # noqa: S603  # our own command, no shell
            command,
            env={**settings, "DMLC_TASK_ID": str(rank)},
            stdin=subprocess.PIPE,  # it ends where this end is closed
            stdout=None if log is None else subprocess.DEVNULL,
            stderr=errors,
        )
    with process:
        try:
            yield _Started(rank, process, log)
        finally:
            process.kill()


def _watch(started: Sequence[_Started], hosts: Hosts) -> None:
    while not any(one.has_failed for one in started):
        if all(one.process.poll() == 0 for one in started):
            return
        time.sleep(_LOOK_SECONDS)
    until = time.monotonic() + _GRACE_SECONDS
    while time.monotonic() < until and any(one.process.poll() is None for one in started):
        time.sleep(_LOOK_SECONDS)
    raise LostRankError(f"{_reason(started, hosts)}. Nothing was registered.")


def _reason(started: Sequence[_Started], hosts: Hosts) -> str:
    """Find the rank that stopped the others: one that says why, else one that was ended, else none of this machine."""
    stopped = sorted((one for one in started if one.has_failed), key=lambda one: _innocence(one.process.returncode))
    for one in stopped:
        which, status = f"rank {one.number} of {len(hosts.names)}", one.process.returncode
        if status == 1:
            return f"{which} has stopped: {_last_line(one)}"
        if status < 0:
            name = signal.Signals(-status).name
            why = ", as the system does where memory runs out" if -status == signal.SIGKILL else ""
            return f"{which} was ended by {name}{why}; the other ranks were stopped"
    if hosts.is_one_machine:
        return f"the ranks lost each other: {'; '.join(_last_line(one) for one in stopped)}"
    return (
        "a rank of another machine has stopped, or cannot be reached; what the command says there tells more, and all ports "
        "have to be open between the machines"
    )


def _innocence(status: int) -> int:
    """Order ranks by how likely it is that they only stopped for another one: XGBoost exits then, and may crash over it."""
    if status == 1:
        return 0
    return 3 if status >= 0 else 2 if -status in {signal.SIGSEGV, signal.SIGABRT} else 1


def _last_line(one: _Started) -> str:
    """Return the last that a rank wrote."""
    if one.log is None:
        return "it says above why"
    lines = one.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].rstrip(". ") if lines else f"status {one.process.returncode}"
