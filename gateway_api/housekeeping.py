"""Clearing away what nobody needs any more: old request keys, and uploads that were broken off."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from gateway_api.wire.uploads import PART_SUFFIX
from sql.ledger.request_keys import forget_old_requests

INTERVAL = timedelta(hours=1)
"""Pause between two rounds; keys are found to be old without it, so this only bounds the size of their table."""

ABANDONED_AFTER = timedelta(days=1)
"""No upload takes so long; a younger file may be one that another gateway is receiving."""

log = structlog.get_logger(__name__)


async def keep_house(engine: Engine, uploads: Path) -> None:
    """Clear away now and then, for as long as the gateway runs."""
    while True:
        try:
            await asyncio.to_thread(clear_away, engine, uploads)
        except (SQLAlchemyError, OSError) as error:
            log.warning("Housekeeping failed, trying again later", error=repr(error)[:500])
        await asyncio.sleep(INTERVAL.total_seconds())


def clear_away(engine: Engine, uploads: Path) -> None:
    """Do one round."""
    with engine.begin() as connection:
        forget_old_requests(connection, datetime.now(UTC))
    oldest = time.time() - ABANDONED_AFTER.total_seconds()
    for path in uploads.glob(f"*{PART_SUFFIX}"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
