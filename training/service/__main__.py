"""Run a trainer: `python -m training.service`."""

from __future__ import annotations

import asyncio
import signal

import uvloop

from broker.service.logs import configure_logging
from training.service.settings import TrainerSettings
from training.service.trainer import Trainer


async def main() -> None:
    """Run until SIGTERM or SIGINT."""
    configure_logging("trainer")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Trainer(TrainerSettings()).run(stop)


if __name__ == "__main__":
    uvloop.run(main())
