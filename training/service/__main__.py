"""Run a trainer: `python -m training.service`."""

from __future__ import annotations

import uvloop

from broker.service.logs import configure_logging
from broker.service.stopping import stop_when_told
from training.service.settings import TrainerSettings
from training.service.trainer import Trainer


async def main() -> None:
    """Run until SIGTERM or SIGINT."""
    configure_logging("trainer")
    await Trainer(TrainerSettings()).run(stop_when_told())


if __name__ == "__main__":
    uvloop.run(main())
