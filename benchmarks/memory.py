"""How much memory each process of a stack takes at most."""

from __future__ import annotations

import contextlib
import threading
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

PAUSE_SECONDS = 0.2
LOOKS = 10
"""Looks at the processes that are known for each look for new ones, which takes longer."""
MEGABYTE = 1_000_000


def processes_of(home: Path) -> dict[int, str]:
    """Return the names of a stack's processes by their ids."""
    found = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            marker = process.environ().get("SMARTPREDICT_PROCESS", "")
            if marker.startswith(f"{home}:"):
                found[process.pid] = marker.partition(":")[2]
    return found


class MemoryWatch:
    """Looks at the processes of a stack again and again; afterwards ``peaks`` has the largest resident set of each, MB.

    A process that is started anew meanwhile counts under the name of the one before it.

    Children count by themselves under the name of their program: a PostgreSQL backend shares the server's buffers.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._processes: dict[int, str] = {}
        self.peaks: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._find()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _find(self) -> None:
        self._processes |= processes_of(self._home)

    def _watch(self) -> None:
        for look in count(1):
            if self._stop.wait(PAUSE_SECONDS):
                return
            if look % LOOKS == 0:
                self._find()
            for pid, name in list(self._processes.items()):
                with contextlib.suppress(psutil.Error):
                    used = psutil.Process(pid).memory_info().rss / MEGABYTE
                    self.peaks[name] = max(self.peaks.get(name, 0), round(used))
