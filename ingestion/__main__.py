"""Run ingestion: `python -m ingestion`."""

from __future__ import annotations

import gc

import uvloop

from broker.service.logs import configure_logging
from broker.service.stopping import stop_when_told
from ingestion.app import build
from ingestion.settings import IngestionSettings

GARBAGE_THRESHOLD = 50_000
"""Objects more than were given back, after which garbage is looked for."""


async def main() -> None:
    """Run until SIGTERM or SIGINT."""
    configure_logging("ingestion")
    stop = stop_when_told()
    ingestion = build(IngestionSettings())
    # What is loaded by now stays for good; without this every full collection walks through all of it.
    gc.collect()
    gc.freeze()
    # Rows are dictionaries, ten thousands at a time, and none of them lies in a ring: looking for rings among them after
    # every 700 costs a twentieth of the time.
    gc.set_threshold(GARBAGE_THRESHOLD)
    await ingestion.run(stop)


if __name__ == "__main__":
    uvloop.run(main())
