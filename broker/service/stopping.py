"""Ending a process that was told to stop: in good order where that can be, and before its supervisor kills it in any case."""

from __future__ import annotations

import asyncio
import os
import signal
import threading

import structlog

END_SECONDS = 17.0
"""How long a process takes at most to end in good order; a supervisor kills it after 20 s, or later."""

log = structlog.get_logger(__name__)


def stop_when_told() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set; from then on the process ends within :data:`END_SECONDS`.

    Called once, by the entry point of a process, in its event loop.
    """
    stop = asyncio.Event()

    def told() -> None:
        if not stop.is_set():
            stop.set()
            end_within(END_SECONDS)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told)
    return stop


def end_within(seconds: float) -> None:
    """End this process after so many seconds, unless it has ended by then.

    Good order takes a server that answers: where the line to it is silent, the client library waits on for three
    heartbeats, and a thread that asks the database cannot be cancelled at all. Nothing is lost by not waiting: what the
    broker did not confirm is sent again by the next start, and what was not acknowledged is delivered again.
    """
    timer = threading.Timer(seconds, _end, [seconds])
    timer.daemon = True
    timer.start()


def _end(seconds: float) -> None:
    log.warning("Ending without a goodbye: a server does not answer", seconds=seconds)
    # The interpreter would wait for its threads, which wait for that server.
    os._exit(0)
