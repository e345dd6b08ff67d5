"""Run ingestion: `python -m ingestion`."""

from __future__ import annotations

import asyncio
import gc
import signal

import uvloop

from broker.service.logs import configure_logging
from ingestion.app import build
from ingestion.settings import IngestionSettings


async def main() -> None:
    """Run until SIGTERM or SIGINT."""
    configure_logging("ingestion")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ingestion = build(IngestionSettings())
    # What is loaded by now stays for good; without this every full collection walks through all of it.
    gc.collect()
    gc.freeze()
    await ingestion.run(stop)


if __name__ == "__main__":
    uvloop.run(main())
