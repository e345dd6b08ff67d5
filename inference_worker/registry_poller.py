"""Polling the registry: models are brought up to date when the worker starts, when a change is announced, and now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog

from inference_worker.artefact_cache import ArtefactCache, Wanted
from inference_worker.metrics import WorkerMetrics
from inference_worker.model_cache import ModelCache
from registry.client import RegistryAwayError, RegistryError
from usecases.contract.spec import UseCase
from usecases.models.runtime import first_line

log = structlog.get_logger(__name__)


WHILE_AWAY = timedelta(seconds=2)
"""Pause between looks while the registry does not answer: it often starts with the worker, and later than it."""


async def poll_forever(
    refresh: Callable[[str], Awaitable[bool]], use_cases: Mapping[str, UseCase], pause: timedelta
) -> None:
    """Look at the registry again and again for every use case, in case an announcement was missed.

    Parameters
    ----------
    refresh
        Looks for a use case, and returns whether the registry answered.
    use_cases
        For which is looked.
    pause
        Between two looks; shorter after one that got no answer.
    """
    while True:
        answered = [await refresh(name) for name in list(use_cases)]
        await asyncio.sleep((pause if all(answered) else min(pause, WHILE_AWAY)).total_seconds())


class RegistryPoller:
    """Loads the champion of every use case beside the served version, then swaps.

    A version that cannot be loaded, or does not score its golden batch as at training, is not swapped in: serving goes
    on with the one before, and :attr:`problems` says why.

    Parameters
    ----------
    artefacts
        Where versions come from.
    models
        Where they are served from.
    use_cases
        Whose models are kept.
    metrics
        Learn what is served.
    on_change
        Hears that there is something new to report.
    """

    def __init__(
        self,
        artefacts: ArtefactCache,
        models: ModelCache,
        use_cases: Mapping[str, UseCase],
        metrics: WorkerMetrics,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._artefacts = artefacts
        self._models = models
        self._use_cases = use_cases
        self._metrics = metrics
        self._on_change = on_change
        self._lock = asyncio.Lock()
        self._unanswered: set[str] = set()
        self.problems: dict[str, str] = {}
        """Why the champion is not served, by use case; empty where all is well."""

    async def start_from_cache(self) -> None:
        """Serve what was served last on this machine, so that a start needs no registry."""
        for name in self._use_cases:
            wanted = await asyncio.to_thread(self._artefacts.last_served, name)
            if wanted is not None:
                async with self._lock:
                    await self._swap(wanted)

    async def refresh(self, name: str) -> bool:
        """Serve the champion of a use case, if it is not served already; return whether the registry answered."""
        if name not in self._use_cases:
            log.warning("Announced model belongs to no use case here", use_case=name)
            return True
        # One at a time, the question included: an answer that waits here may be outdated by the one before it.
        async with self._lock:
            try:
                wanted = await asyncio.to_thread(self._artefacts.wanted, name)
            except RegistryAwayError as error:
                return self._is_away(name, error)
            except Exception as error:  # noqa: BLE001  # whatever it is, what is served goes on being served
                self._note(name, first_line(error))
            else:
                if wanted is not None:
                    await self._swap(wanted)
                elif (served := self._models.versions().get(name)) is not None:
                    self._note(
                        name,
                        f"no version of {name} is champion in MLflow any more, somebody removed it there, so version {served} "
                        f"stays served; promote one: smartpredict models promote {name} VERSION",
                    )
                else:
                    try:
                        await self._let_a_baseline_answer(self._use_cases[name])
                    except RegistryError as error:
                        return self._is_away(name, error)
        self._unanswered.discard(name)
        return True

    def _is_away(self, name: str, error: RegistryError) -> bool:
        """Log that the registry did not answer: once, though it is looked again soon."""
        if name not in self._unanswered:
            self._unanswered.add(name)
            log.warning("Registry cannot be asked, serving goes on", use_case=name, error=str(error)[:200])
        return False

    async def _let_a_baseline_answer(self, use_case: UseCase) -> None:
        """Answer forecasts by a simple rule while no version of theirs has passed the gates."""
        if use_case.forecast is not None:
            rule = await asyncio.to_thread(self._artefacts.best_baseline, use_case.name, use_case.forecast)
            self._models.answer_by(use_case.name, rule)

    async def _swap(self, wanted: Wanted) -> None:
        name = wanted.use_case
        if not self._models.holds(name, wanted.version, wanted.digest):
            try:
                served = await asyncio.to_thread(self._artefacts.load, self._use_cases[name], wanted)
            except Exception as error:  # noqa: BLE001  # a model may come from anybody; serving does not end with it
                self._note(name, f"version {wanted.version} cannot be served: {first_line(error)}")
                return
            self._models.put(name, served)
            self._metrics.serves(name, wanted.version)
            log.info("Version is served", use_case=name, version=wanted.version)
            self._on_change()
        self._metrics.has_problem(name, is_there=False)
        if self.problems.pop(name, None) is not None:
            self._on_change()

    def _note(self, name: str, problem: str) -> None:
        """Report that the champion is not served: once, though every poll finds it again."""
        if self.problems.get(name) == problem:
            return
        self.problems[name] = problem
        self._metrics.has_problem(name, is_there=True)
        log.warning("Champion cannot be served, the version before stays", use_case=name, problem=problem)
        self._on_change()
