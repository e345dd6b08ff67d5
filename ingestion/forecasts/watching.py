"""Looking again and again whether something is to be forecast, and whether something came true."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Engine

from ingestion.batches.ingest import retry_database
from ingestion.forecasts.making import ForecastMaker, NothingToForecastError
from sql.forecasts.labelling import label_forecasts
from sql.forecasts.origins import SeenVersions, due_origin, seen_versions
from usecases.contract.catalog import Catalog
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import options_of

LOOK_SECONDS = 1.0
"""Pause between two looks."""

CORRECTED_WITHIN = timedelta(days=30)
"""Age of readings up to which a correction is noticed at once; older ones are compared with forecasts at the next new reading."""

STORED_WITHIN = timedelta(seconds=15)
"""When labels are looked for once more: forecasts of hours that came true long ago are stored by then."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What there was at the last look."""

    origin: datetime | None
    versions: SeenVersions


@dataclass(slots=True)
class ForecastWatch:
    """Makes what is due: forecasts of origins that are complete, and labels of hours that were observed.

    Several processes may watch: a forecast is made once, and a label is the same whoever writes it.
    """

    maker: ForecastMaker
    catalog: Catalog
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _label_again: dict[str, datetime] = field(default_factory=dict)

    async def run(self) -> None:
        """Look until cancelled; one forecast that fails keeps no other waiting."""
        while True:
            for use_case in [one for one in self.catalog.values() if one.forecast is not None]:
                try:
                    await self.look(use_case)
                except Exception:
                    log.exception("Forecast cannot be made, trying again", use_case=use_case.name)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self, use_case: UseCase) -> None:
        """Finish what was begun, answer who asks, and forecast and label what is new."""
        await self.maker.finish(use_case)
        await self.maker.answer_requests(use_case)
        engine, now = self.maker.batches.engine, datetime.now(UTC)
        is_new, seen = await retry_database(_look, engine, use_case, now, self._seen.get(use_case.name))
        if is_new:
            if seen.origin is not None:
                with contextlib.suppress(NothingToForecastError):  # an hour may be too bare to forecast from
                    await self.maker.make(use_case)
            await retry_database(label_forecasts, engine, use_case, now)
            self._label_again[use_case.name] = now + STORED_WITHIN
        elif now >= self._label_again.get(use_case.name, now + STORED_WITHIN):
            await retry_database(label_forecasts, engine, use_case, now)
            del self._label_again[use_case.name]
        self._seen[use_case.name] = seen


def _look(engine: Engine, use_case: UseCase, now: datetime, before: _Seen | None) -> tuple[bool, _Seen]:
    """Return whether there is anything new since the look before, and what there is."""
    origin = due_origin(engine, use_case, now)
    back = timedelta(microseconds=options_of(use_case).step * options_of(use_case).lookback)
    since = now - max(back, CORRECTED_WITHIN)
    since = since if origin is None else min(since, origin - back)
    is_new, versions = seen_versions(engine, use_case, since, None if before is None else before.versions)
    return before is None or is_new or origin != before.origin, _Seen(origin, versions)
