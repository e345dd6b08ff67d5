"""Profiles: of versions, read and published; of parts, counted by door; and what the workers counted, rolled up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Container, Iterable

import structlog
from sqlalchemy import Engine

from inference_worker.model_cache import ModelCache
from monitoring.profiles.part_counts import PartCounter
from monitoring.profiles.publishing import published
from monitoring.profiles.reference import ReferenceProfile
from sql.profiles.reference import publish_reference
from sql.profiles.windows import roll_up_profiles
from usecases.contract.spec import UseCase

ROLL_UP_SECONDS = 20.0
"""Pause between two roll-ups. What waits for one is found all the same, only at a higher price."""

NOTICE_SECONDS = 1.0
"""Pause between two looks for versions that are served now; until their reference is published, no drift can be judged."""

log = structlog.get_logger(__name__)


def read_reference(use_case: UseCase, content: bytes | None) -> PartCounter | None:
    """Read the reference profile of a version; one that is absent or of no use keeps nobody from being served."""
    if content is None:
        return None
    try:
        return PartCounter(use_case, ReferenceProfile.model_validate_json(content))
    except ValueError as error:
        log.warning("Reference profile cannot be used", use_case=use_case.name, error=str(error).partition("\n")[0])
        return None


async def roll_up_forever(engine: Engine, models: ModelCache, use_cases: Iterable[UseCase]) -> None:
    """Publish the reference profiles of served versions and roll up what was recorded, again and again."""
    known: set[str] = set()
    roll_up_at = 0.0
    while True:
        pause = NOTICE_SECONDS
        try:
            for use_case, reference in _unpublished(models, use_cases, known):
                await asyncio.to_thread(_publish, engine, use_case, reference)
                known.add(reference.digest)
            if time.monotonic() >= roll_up_at:
                await asyncio.to_thread(roll_up_profiles, engine)
                roll_up_at = time.monotonic() + ROLL_UP_SECONDS
        except Exception as error:  # noqa: BLE001  # it is repeated; nothing is lost meanwhile
            log.warning("Profiles could not be rolled up", error=str(error).partition("\n")[0])
            pause = ROLL_UP_SECONDS
        await asyncio.sleep(pause)


def _unpublished(
    models: ModelCache, use_cases: Iterable[UseCase], known: Container[str]
) -> list[tuple[UseCase, ReferenceProfile]]:
    tallies = [(use_case, models.tally(use_case.name)) for use_case in use_cases]
    return [
        (use_case, tally.reference)
        for use_case, tally in tallies
        if tally is not None and tally.reference.digest not in known
    ]


def _publish(engine: Engine, use_case: UseCase, reference: ReferenceProfile) -> None:
    publish_reference(engine, published(use_case, reference))
