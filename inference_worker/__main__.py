"""Run a worker: `python -m inference_worker`."""

from __future__ import annotations

import asyncio
import signal

import uvloop

from broker.service.logs import configure_logging
from inference_worker.app import Worker
from inference_worker.settings import WorkerSettings


async def main() -> None:
    """Run until SIGTERM or SIGINT."""
    configure_logging("worker")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Worker(WorkerSettings()).run(stop)


if __name__ == "__main__":
    uvloop.run(main())
