"""Run a worker: `python -m inference_worker`."""

from __future__ import annotations

import uvloop

from broker.service.logs import configure_logging
from broker.service.stopping import stop_when_told
from inference_worker.app import Worker
from inference_worker.settings import WorkerSettings


async def main() -> None:
    """Run until SIGTERM or SIGINT."""
    configure_logging("worker")
    await Worker(WorkerSettings()).run(stop_when_told())


if __name__ == "__main__":
    uvloop.run(main())
