"""What the services tell Prometheus: named by its conventions, and told in the manual."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from broker.messages import Source
from gateway_api.door.metrics import Metrics
from inference_worker.metrics import WorkerMetrics
from ingestion.metrics import IngestionMetrics
from ingestion.pipeline_gauges import StateGauges
from sql.ledger.pipeline_state import Pending, PipelineState
from training.service.metrics import TrainerMetrics

MANUAL = (Path(__file__).parents[3] / "docs" / "monitoring.md").read_text(encoding="utf-8")
STATE = PipelineState(
    pending={"iris": Pending(3, 1.5)}, open_letters={"inbox": 1}, held={"iris": 4}, unbalanced_batches=0
)


def of_gateway() -> bytes:
    metrics = Metrics()
    metrics.seconds("/predict", "POST", 200).observe(0.01)
    metrics.online("iris").requests.observe(3)
    metrics.online("iris").in_flight.set(1)
    metrics.watch_waiting("iris", lambda: 2)
    return metrics.exposition()


def of_worker() -> bytes:
    metrics = WorkerMetrics(["iris"])
    metrics.parts("bulk", "committed").inc()
    metrics.predictions("bulk", "iris").inc(10)
    metrics.seconds("bulk").observe(0.1)
    metrics.rows("bulk").observe(10)
    metrics.classes("iris", "setosa").inc(10)
    metrics.serves("iris", 3)
    return generate_latest(metrics.registry)


def of_ingestion() -> bytes:
    metrics = IngestionMetrics(["iris"])
    metrics.rows.labels("iris", Source.FILE.value).inc(10)
    metrics.quarantined.labels("iris", Source.FILE.value).inc(1)
    StateGauges(metrics.registry).show(STATE)
    return generate_latest(metrics.registry)


def of_trainer() -> bytes:
    metrics = TrainerMetrics()
    metrics.ended["succeeded"].inc()
    return generate_latest(metrics.registry)


SERVICES = {"gateway": of_gateway, "worker": of_worker, "ingestion": of_ingestion, "trainer": of_trainer}


@pytest.mark.parametrize("service", SERVICES)
def test_names_keep_prometheus_conventions(service: str) -> None:
    done = subprocess.run(["promtool", "check", "metrics"], input=SERVICES[service](), capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("service", SERVICES)
def test_every_metric_is_in_the_manual(service: str) -> None:
    families = re.findall(r"^# TYPE (smartpredict_\w+) \w+$", SERVICES[service]().decode(), re.MULTILINE)
    named = {name for name in families if not name.endswith("_created")}
    assert named
    assert {name for name in named if f"`{name}`" not in MANUAL} == set()


def test_a_database_that_is_away_leaves_no_old_numbers() -> None:
    metrics = IngestionMetrics()
    gauges = StateGauges(metrics.registry)
    gauges.show(STATE)
    assert 'smartpredict_pending_rows{use_case="iris"} 3.0' in generate_latest(metrics.registry).decode()
    gauges.forget()
    told = generate_latest(metrics.registry).decode()
    assert "smartpredict_pending_rows{" not in told
    assert "smartpredict_unbalanced_batches NaN" in told
    assert "smartpredict_database_up 0.0" in told
