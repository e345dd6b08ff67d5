"""Scoring in shadow: the challenger answers the rows the champion answered, later, apart, and never at its expense."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections import deque
from collections.abc import Mapping

import pyarrow as pa
import structlog
from sqlalchemy import Engine

from inference_worker.artefact_cache import ArtefactCache
from inference_worker.metrics import WorkerMetrics
from inference_worker.model_cache import ServedModel
from registry.client import RegistryAwayError
from sql.shadow.scores import store_shadow_scores
from usecases.contract.spec import UseCase
from usecases.models.runtime import first_line
from usecases.models.scoring import score

MAX_WAITING_ROWS = 100_000
"""Rows that may wait for the challenger, some 20 MB; the oldest are given up for newer ones."""

MAX_ROWS_AT_ONCE = 10_000
"""Rows scored and stored together; requests of one row would otherwise cost a transaction each."""

NICENESS = 10
"""How much the thread stands back where others want the processor."""

log = structlog.get_logger(__name__)


class Shadow:
    """Takes committed rows and scores them with the challenger in a thread of its own.

    Nothing here waits for anything there:
    if the challenger is slow, rows are dropped and counted; if it fails, that is counted and told, and no more.

    Parameters
    ----------
    engine
        Where the scores go.
    metrics
        Count what becomes of the rows.
    """

    def __init__(self, engine: Engine, metrics: WorkerMetrics) -> None:
        self._engine = engine
        self._metrics = metrics
        self.challengers: dict[str, ServedModel] = {}
        self._waiting: deque[tuple[UseCase, pa.RecordBatch]] = deque()
        self._waiting_rows = 0
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._told: set[tuple[str, int]] = set()

    def versions(self) -> dict[str, int]:
        """Return the challenger of every use case that has one."""
        return {name: challenger.version for name, challenger in self.challengers.items()}

    def put(self, use_case: str, challenger: ServedModel | None) -> None:
        """Set the version that scores in shadow from now on; none ends it."""
        with self._change:
            if challenger is None:
                self.challengers.pop(use_case, None)
                return
            self.challengers[use_case] = challenger
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)
                self._thread.start()

    def offer(self, use_case: UseCase, rows: pa.RecordBatch) -> None:
        """Queue rows that were committed just now, laid out as in their table; returns at once."""
        if use_case.name not in self.challengers:
            return
        with self._change:
            self._waiting.append((use_case, rows))
            self._waiting_rows += rows.num_rows
            while self._waiting_rows > MAX_WAITING_ROWS and len(self._waiting) > 1:
                old, dropped = self._waiting.popleft()
                self._waiting_rows -= dropped.num_rows
                self._metrics.shadowed(old.name, "dropped", dropped.num_rows)
            self._change.notify()

    def close(self) -> None:
        """End after the rows that are being scored; what waits is given up."""
        with self._change:
            self._is_closed = True
            self._change.notify()
        if self._thread is not None:
            self._thread.join(10)

    def _work(self) -> None:
        with contextlib.suppress(OSError, AttributeError):  # only Linux has a niceness for each thread
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while (taken := self._take()) is not None:
            self._score(*taken)

    def _take(self) -> tuple[UseCase, pa.RecordBatch] | None:
        """Wait for rows and take as many as fit together; nothing at the end."""
        with self._change:
            while not self._waiting and not self._is_closed:
                self._change.wait()
            if self._is_closed:
                return None
            use_case, rows = self._waiting.popleft()
            taken = [rows]
            count = rows.num_rows
            while self._waiting and self._waiting[0][0] is use_case:
                count += self._waiting[0][1].num_rows
                if count > MAX_ROWS_AT_ONCE:
                    break
                taken.append(self._waiting.popleft()[1])
            self._waiting_rows -= sum(one.num_rows for one in taken)
        return use_case, pa.Table.from_batches(taken).combine_chunks().to_batches()[0]

    def _score(self, use_case: UseCase, rows: pa.RecordBatch) -> None:
        challenger = self.challengers.get(use_case.name)
        if challenger is None:  # it was called off meanwhile
            return
        try:
            scores = score(use_case, challenger.model, rows)
            store_shadow_scores(self._engine, use_case, rows.column("id"), scores, challenger.version)
        except Exception as error:  # noqa: BLE001  # whatever it is, serving goes on
            self._metrics.shadowed(use_case.name, "failed", rows.num_rows)
            if (use_case.name, challenger.version) not in self._told:
                self._told.add((use_case.name, challenger.version))
                log.warning(
                    "Challenger cannot score in shadow, serving goes on",
                    use_case=use_case.name,
                    version=challenger.version,
                    error=str(error).partition("\n")[0][:500],
                )
        else:
            self._metrics.shadowed(use_case.name, "stored", rows.num_rows)


class ChallengerPoller:
    """Keeps the shadow up to date with the registry.

    Parameters
    ----------
    artefacts
        Where challengers come from.
    shadow
        Where they score.
    use_cases
        Whose challengers are kept.
    """

    def __init__(self, artefacts: ArtefactCache, shadow: Shadow, use_cases: Mapping[str, UseCase]) -> None:
        self._artefacts = artefacts
        self._shadow = shadow
        self._use_cases = use_cases
        self._lock = asyncio.Lock()
        self._problems: dict[str, str] = {}

    async def refresh(self, name: str) -> bool:
        """Have the challenger of a use case score in shadow, and no other; return whether the registry answered."""
        if name not in self._use_cases:
            return True
        async with self._lock:
            try:
                wanted = await asyncio.to_thread(self._artefacts.wanted, name)
                if wanted is None:
                    self._shadow.put(name, None)
                elif self._shadow.versions().get(name) != wanted.version:
                    challenger = await asyncio.to_thread(self._artefacts.load, self._use_cases[name], wanted)
                    self._shadow.put(name, challenger)
                    log.info("Version scores in shadow", use_case=name, version=wanted.version)
                self._problems.pop(name, None)
            except RegistryAwayError:
                return False  # the poller of the champion reports it
            except Exception as error:  # noqa: BLE001  # a model may come from anybody; serving does not end with it
                self._shadow.put(name, None)
                if self._problems.get(name) != (problem := first_line(error)):
                    self._problems[name] = problem
                    log.warning("Challenger cannot be used", use_case=name, problem=problem)
        return True
