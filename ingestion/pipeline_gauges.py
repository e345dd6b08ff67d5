"""Gauges of the pipeline as the database sees it, read now and then and not by every scrape."""

from __future__ import annotations

import asyncio
import math

import structlog
from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import Engine

from sql.ledger.pipeline_state import PipelineState, read_pipeline_state

PAUSE_SECONDS = 10.0
"""Pause between two looks at the database; a scrape gets what the last one saw."""

log = structlog.get_logger(__name__)


class StateGauges:
    """What waits and what is stuck. While the database is away the gauges are gone: old numbers would look fine."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._is_there = Gauge("smartpredict_database_up", "Whether the database answers: 1 or 0.", registry=registry)
        self._rows = Gauge(
            "smartpredict_pending_rows", "Rows on their way to a worker.", ["use_case"], registry=registry
        )
        self._age = Gauge(
            "smartpredict_oldest_pending_age_seconds",
            "Time that the oldest row on its way to a worker has been waiting; 0 for none.",
            ["use_case"],
            registry=registry,
        )
        self._letters = Gauge(
            "smartpredict_open_dead_letters",
            "Dead letters that nobody replayed or discarded, by the queue they died in.",
            ["queue"],
            registry=registry,
        )
        self._held = Gauge(
            "smartpredict_held_messages",
            "Messages that wait for a person because too many of their sender's were refused.",
            ["use_case"],
            registry=registry,
        )
        self._unbalanced = Gauge(
            "smartpredict_unbalanced_batches", "Batches of the last day whose rows do not add up.", registry=registry
        )
        self._feature_age = Gauge(
            "smartpredict_feature_age_seconds",
            "Time since the newest observation that features of a use case are joined from.",
            ["use_case", "feature_table"],
            registry=registry,
        )
        self._stale_keys = Gauge(
            "smartpredict_stale_feature_keys",
            "Keys of a feature table whose newest observation is older than its max_age, or that have none.",
            ["use_case", "feature_table"],
            registry=registry,
        )
        self.forget()

    async def keep_reading(self, engine: Engine) -> None:
        """Read the database again and again."""
        while True:
            try:
                self.show(await asyncio.to_thread(read_pipeline_state, engine))
            except Exception as error:  # noqa: BLE001  # whatever it is, the numbers are not known; the service goes on
                log.warning("State of the pipeline cannot be read", error=str(error).partition("\n")[0])
                self.forget()
            await asyncio.sleep(PAUSE_SECONDS)

    def show(self, state: PipelineState) -> None:
        """Set the gauges."""
        self.forget()
        self._is_there.set(1)
        for use_case, pending in state.pending.items():
            self._rows.labels(use_case).set(pending.rows)
            self._age.labels(use_case).set(pending.oldest_seconds)
        for queue, letters in state.open_letters.items():
            self._letters.labels(queue).set(letters)
        for use_case, messages in state.held.items():
            self._held.labels(use_case).set(messages)
        self._unbalanced.set(state.unbalanced_batches)
        for found in state.features:
            self._stale_keys.labels(found.use_case, found.feature_table).set(found.stale)
            if found.age is not None:
                self._feature_age.labels(found.use_case, found.feature_table).set(found.age)

    def forget(self) -> None:
        """Clear the numbers, as long as they are not known."""
        self._is_there.set(0)
        self._unbalanced.set(math.nan)  # compares as neither fine nor at fault
        for gauge in (self._rows, self._age, self._letters, self._held, self._feature_age, self._stale_keys):
            gauge.clear()
