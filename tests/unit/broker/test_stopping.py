"""A process that is told to stop ends in time, also where it waits for a server that does not answer."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

WAITS_FOR_EVER = """
import asyncio, threading
from broker.service import stopping
from broker.service.logs import configure_logging

configure_logging("test")
stopping.END_SECONDS = 0.5

async def main():
    stop = stopping.stop_when_told()
    print("begun", flush=True)
    await stop.wait()
    print("told", flush=True)
    if {is_stuck}:
        await asyncio.to_thread(threading.Event().wait)

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("is_stuck", [False, True])
def test_a_process_that_is_told_to_stop_ends(number: signal.Signals, *, is_stuck: bool) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITS_FOR_EVER.format(is_stuck=is_stuck)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(number)
        began = time.monotonic()
        said, complained = process.communicate(timeout=30)
    assert process.returncode == 0
    assert said == "told\n"
    assert ("Ending without a goodbye" in complained) is is_stuck, complained
    assert not is_stuck or time.monotonic() - began >= 0.5
