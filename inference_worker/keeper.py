"""Keeping the shelf up to date: when the worker starts, when a change is announced, and now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta

import structlog

from inference_worker.metrics import WorkerMetrics
from inference_worker.registry import Champion, Registry, RegistryError
from inference_worker.shelf import Shelf
from usecases.scoring import ModelError
from usecases.spec import UseCase

log = structlog.get_logger(__name__)


class ModelKeeper:
    """Loads the champion of every use case beside the served version, then swaps.

    A version that cannot be loaded is not swapped in, and serving goes on with the one before.
    """

    def __init__(self, registry: Registry, shelf: Shelf, use_cases: Iterable[UseCase], metrics: WorkerMetrics) -> None:
        self._registry = registry
        self._shelf = shelf
        self._use_cases = {use_case.name: use_case for use_case in use_cases}
        self._metrics = metrics
        self._lock = asyncio.Lock()

    async def start_from_copies(self) -> None:
        """Serve what was served last on this machine, so that a start needs no registry."""
        for name in self._use_cases:
            champion = await asyncio.to_thread(self._registry.last_served, name)
            if champion is not None:
                await self._swap(champion)

    async def keep_polling(self, pause: timedelta) -> None:
        """Look at the registry again and again, in case an announcement was missed."""
        while True:
            for name in self._use_cases:
                await self.refresh(name)
            await asyncio.sleep(pause.total_seconds())

    async def refresh(self, name: str) -> None:
        """Serve the champion of a use case, if it is not served already."""
        if name not in self._use_cases:
            log.warning("Announced model belongs to no use case here", use_case=name)
            return
        try:
            champion = await asyncio.to_thread(self._registry.champion, name)
        except RegistryError as error:
            log.warning("Registry cannot be asked, serving goes on", use_case=name, error=str(error)[:200])
            return
        if champion is not None:
            await self._swap(champion)

    async def _swap(self, champion: Champion) -> None:
        use_case = self._use_cases[champion.use_case]
        async with self._lock:  # two announcements at once must not load the same model twice
            if self._shelf.versions().get(use_case.name) == champion.version:
                return
            try:
                served = await asyncio.to_thread(self._registry.load, use_case, champion)
            except (RegistryError, ModelError, OSError) as error:
                log.warning(
                    "Version cannot be served, the one before stays",
                    use_case=use_case.name,
                    version=champion.version,
                    error=str(error),
                )
                return
            self._shelf.put(use_case.name, served)
        self._metrics.serves(use_case.name, champion.version)
        log.info("Version is served", use_case=use_case.name, version=champion.version)
