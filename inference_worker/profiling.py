"""Profiles of parts, one for each door; and the rolling up of what the workers wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import structlog
from sqlalchemy import Engine

from inference_worker.decoding import DecodedPart
from inference_worker.shelf import Shelf
from monitoring.profiles import ReferenceProfile
from monitoring.slots import published
from monitoring.tally import Tally
from sql.part_profiles import PartProfile
from sql.profiles import roll_up_profiles
from sql.reference_profiles import publish_reference
from usecases.scoring import Scores
from usecases.spec import UseCase

ROLL_UP_SECONDS = 20.0
"""Pause between two roll-ups. What waits for one is found all the same, only at a higher price."""

log = structlog.get_logger(__name__)


def read_reference(use_case: UseCase, content: bytes | None) -> Tally | None:
    """Read the reference profile of a version; one that is absent or of no use keeps nobody from being served."""
    if content is None:
        return None
    try:
        return Tally(use_case, ReferenceProfile.model_validate_json(content))
    except ValueError as error:
        log.warning("Reference profile cannot be used", use_case=use_case.name, error=str(error).partition("\n")[0])
        return None


def profiles_of(part: DecodedPart, scores: Scores, tally: Tally | None) -> dict[str, PartProfile] | None:
    """Profile the rows of each door in a part; nothing where the version has no reference profile."""
    if tally is None:
        return None
    doors = [segment.source.value for segment in part.header.segments]
    if len(set(doors)) == 1:
        return {doors[0]: tally.count(part.rows, scores)}
    of_row = np.repeat(doors, [segment.rows for segment in part.header.segments])
    return {door: _count_some(part, scores, tally, of_row == door) for door in dict.fromkeys(doors)}


async def keep_rolling_up(engine: Engine, shelf: Shelf, use_cases: Iterable[UseCase]) -> None:
    """Publish the reference profiles of served versions and roll up what was recorded, again and again."""
    known: set[str] = set()
    while True:
        try:
            await asyncio.to_thread(_publish_new, engine, shelf, use_cases, known)
            await asyncio.to_thread(roll_up_profiles, engine)
        except Exception as error:  # noqa: BLE001  # it is repeated; nothing is lost meanwhile
            log.warning("Profiles could not be rolled up", error=str(error).partition("\n")[0])
        await asyncio.sleep(ROLL_UP_SECONDS)


def _count_some(part: DecodedPart, scores: Scores, tally: Tally, which: Any) -> PartProfile:
    mask = pa.array(which)
    chosen = Scores(scores.prediction.filter(mask), scores.score.filter(mask), None)
    return tally.count(part.rows.filter(mask), chosen)


def _publish_new(engine: Engine, shelf: Shelf, use_cases: Iterable[UseCase], known: set[str]) -> None:
    for use_case in use_cases:
        tally = shelf.tally(use_case.name)
        if tally is not None and tally.reference.digest not in known:
            publish_reference(engine, published(use_case, tally.reference))
            known.add(tally.reference.digest)
