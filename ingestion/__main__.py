"""Run ingestion: `python -m ingestion`."""

from __future__ import annotations

import asyncio
import gc
import signal

import uvloop

from broker.service.logs import configure_logging
from ingestion.app import build
from ingestion.settings import IngestionSettings

NEW_OBJECTS = 50_000
"""Objects that are made before cycles among them are looked for: those of a few lots."""


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
    # Rows are thousands of objects that hold no cycles: looking for some after each 700 took a tenth of the time.
    gc.set_threshold(NEW_OBJECTS)
    await ingestion.run(stop)


if __name__ == "__main__":
    uvloop.run(main())
