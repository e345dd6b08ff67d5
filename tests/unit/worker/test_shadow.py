"""The challenger never costs the champion anything: rows are dropped, faults are counted, nothing waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from prometheus_client import CollectorRegistry

from inference_worker import shadow as shadow_module
from inference_worker.metrics import WorkerMetrics
from inference_worker.model_cache import ServedModel
from inference_worker.shadow import MAX_ROWS_AT_ONCE, MAX_WAITING_ROWS, Shadow
from sql.base.engine import connect_engine
from tests.support.pipeline import EQUIPMENT, equipment_rows, install_model
from tests.support.waiting import eventually
from usecases.models.xgboost_runtime import XGBOOST


class Store:
    """Stands where the database is, and can be made to wait or to fail."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.fault: Exception | None = None

    def __call__(self, _engine: object, _use_case: object, ids: pa.Array, _scores: object, _version: int) -> None:
        self.entered.set()
        self.gate.wait(10)
        if self.fault is not None:
            raise self.fault
        self.batches.append(len(ids))


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setattr(shadow_module, "store_shadow_scores", store)
    return store


@pytest.fixture
def metrics() -> WorkerMetrics:
    return WorkerMetrics()


@pytest.fixture
def shadow(store: Store, metrics: WorkerMetrics) -> Iterator[Shadow]:
    shadow = Shadow(connect_engine("postgresql://nowhere/none", "test"), metrics)
    yield shadow
    store.gate.set()
    shadow.close()


@pytest.fixture
def challenger(tmp_path: Path) -> ServedModel:
    return ServedModel(2, "digest", EQUIPMENT.schema_hash, XGBOOST.load(install_model(tmp_path)))


def rows(count: int) -> pa.RecordBatch:
    made = equipment_rows(min(count, 50))
    repeated = made.take(pa.array([number % made.num_rows for number in range(count)]))
    return repeated.append_column("id", pa.array([number.to_bytes(16) for number in range(count)], pa.binary(16)))


def counted(registry: CollectorRegistry, outcome: str) -> float:
    labels: dict[str, Any] = {"use_case": EQUIPMENT.name, "outcome": outcome}
    return registry.get_sample_value("smartpredict_shadow_rows_total", labels) or 0.0


def start_and_hold(shadow: Shadow, store: Store, challenger: ServedModel) -> None:
    """Have the challenger score one row, and keep it waiting for the database."""
    store.gate.clear()
    shadow.put(EQUIPMENT.name, challenger)
    shadow.offer(EQUIPMENT, rows(1))
    assert store.entered.wait(10)


def test_without_a_challenger_nothing_is_kept_and_no_thread_runs(shadow: Shadow, store: Store) -> None:
    before = threading.active_count()
    shadow.offer(EQUIPMENT, rows(10))
    assert (threading.active_count(), store.batches) == (before, [])


def test_small_parts_are_scored_together(
    shadow: Shadow, store: Store, challenger: ServedModel, metrics: WorkerMetrics
) -> None:
    start_and_hold(shadow, store, challenger)
    for _ in range(30):
        shadow.offer(EQUIPMENT, rows(2))
    store.gate.set()
    eventually(lambda: counted(metrics.registry, "stored") == 61)
    assert store.batches == [1, 60]


def test_a_slow_challenger_loses_the_oldest_rows_and_says_so(
    shadow: Shadow, store: Store, challenger: ServedModel, metrics: WorkerMetrics
) -> None:
    start_and_hold(shadow, store, challenger)
    part = rows(MAX_ROWS_AT_ONCE)
    for _ in range(MAX_WAITING_ROWS // MAX_ROWS_AT_ONCE + 3):
        shadow.offer(EQUIPMENT, part)
    assert counted(metrics.registry, "dropped") == 3 * MAX_ROWS_AT_ONCE
    store.gate.set()
    eventually(lambda: counted(metrics.registry, "stored") == 1 + MAX_WAITING_ROWS)


def test_a_fault_is_counted_and_the_next_rows_are_scored(
    shadow: Shadow, store: Store, challenger: ServedModel, metrics: WorkerMetrics
) -> None:
    store.fault = RuntimeError("the disk is full")
    shadow.put(EQUIPMENT.name, challenger)
    shadow.offer(EQUIPMENT, rows(5))
    eventually(lambda: counted(metrics.registry, "failed") == 5)
    store.fault = None
    shadow.offer(EQUIPMENT, rows(7))
    eventually(lambda: counted(metrics.registry, "stored") == 7)


def test_rows_that_wait_when_the_challenger_is_called_off_are_not_scored(
    shadow: Shadow, store: Store, challenger: ServedModel, metrics: WorkerMetrics
) -> None:
    start_and_hold(shadow, store, challenger)
    shadow.offer(EQUIPMENT, rows(MAX_ROWS_AT_ONCE))
    shadow.put(EQUIPMENT.name, None)
    assert shadow.versions() == {}
    store.gate.set()
    shadow.close()
    assert store.batches == [1]
