"""The stack's own Prometheus: it scrapes every service, its rules run on real metrics, and its alerts fire for real."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml

from broker.topology import INBOX
from broker.transport.publisher import Outgoing, Publisher
from local_stack.services.service_list import list_services
from monitoring.grafana.data_sources import PROMETHEUS
from tests.support.monitoring.grafana import Screen, fill_in, panels, question, rules
from tests.support.pipeline import EQUIPMENT, equipment_rows
from tests.support.running_stack import RunningStack
from tests.support.waiting import eventually
from usecases.checking.row_model import example_row

RULES = Path(__file__).parents[3] / "monitoring" / "prometheus" / "rules"
JOBS = {"gateway", "worker", "ingestion", "trainer", "ui", "rabbitmq", "rabbitmq-queues", "prometheus"}

CLASSES = "smartpredict_predicted_classes_total"

#: Three steps of ten seconds lie between a fault and its alert: a look at the database, a scrape, an evaluation.
STEPS_SECONDS = 60


class Prometheus:
    """Its HTTP interface."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def get(self, path: str, **parameters: str) -> Any:
        answer = self._client.get(f"/api/v1{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/query", query=expression)["result"]
        return found

    def firing(self) -> dict[str, dict[str, Any]]:
        return {
            alert["labels"]["alertname"]: alert for alert in self.get("/alerts")["alerts"] if alert["state"] == "firing"
        }


@pytest.fixture(scope="module")
def prometheus(stack: RunningStack) -> Iterator[Prometheus]:
    """Prometheus, after rows went through every door and it has seen them."""
    service = next(service for service in list_services(stack.stack) if service.name == "prometheus")
    with httpx.Client(base_url=service.url, timeout=10) as client, stack.api() as api:
        found = Prometheus(client)
        for _ in range(5):
            assert api.post("/predict", json=example_row(EQUIPMENT)).status_code == 200
        rows = "".join(json.dumps(row) + "\n" for row in equipment_rows(20, seed=7).to_pylist())
        stack.wait_done(stack.drop((rows + '{"torque_nm": -1}\n').encode(), f"{uuid4()}.jsonl"))
        eventually(lambda: found.query("smartpredict_online_rows_total > 0"), STEPS_SECONDS)
        eventually(lambda: found.query("smartpredict_quarantined_rows_total > 0"), STEPS_SECONDS)
        yield found


def of_rules() -> list[str]:
    files = (yaml.safe_load(path.read_text()) for path in sorted(RULES.glob("*.yml")))
    return [rule["expr"] for file in files for group in file["groups"] for rule in group["rules"]]


def of_grafana() -> list[str]:
    """Return what Grafana asks Prometheus, in panels and in rules, with its variables filled in."""
    asked = [target for _, panel in panels() for target in panel["targets"]]
    asked += [question(rule) for rule in rules().values()]
    screen = Screen(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC))
    texts = [query["expr"] for query in asked if query["datasource"] == PROMETHEUS]
    return [fill_in(text, {"use_case": EQUIPMENT.name}, screen) for text in texts]


def test_every_service_is_scraped(prometheus: Prometheus) -> None:
    targets = prometheus.get("/targets", state="active")["activeTargets"]
    assert {target["scrapePool"] for target in targets} == JOBS
    assert {target["scrapePool"]: target["lastError"] for target in targets if target["health"] != "up"} == {}


@pytest.mark.parametrize("expression", [*of_rules(), *of_grafana()])
def test_every_expression_runs_on_metrics_that_exist(prometheus: Prometheus, expression: str) -> None:
    prometheus.query(expression)
    told = {entry["metric"] for entry in prometheus.get("/targets/metadata")}
    parts = {f"{name}{suffix}" for name in told for suffix in ("", "_bucket", "_sum", "_count", "_total")}
    named = set(re.findall(r"\b(?:smartpredict|rabbitmq)_[a-z0-9_]+\b", re.sub(r"[a-z_]+:\w+:\w+", "", expression)))
    assert named <= parts
    recorded = set(re.findall(r"[a-z_]+:\w+:\w+", expression))
    known = {rule["name"] for group in prometheus.get("/rules", type="record")["groups"] for rule in group["rules"]}
    assert recorded <= known


def test_no_rule_fails(prometheus: Prometheus) -> None:
    found = [rule for group in prometheus.get("/rules")["groups"] for rule in group["rules"]]
    assert len(found) == len(of_rules())
    assert {rule["name"]: rule.get("lastError") for rule in found if rule["health"] == "err"} == {}


@pytest.mark.parametrize(
    ("title", "expression"),
    [
        (panel["title"], target["expr"])
        for _, panel in panels()
        for target in panel["targets"]
        if target["datasource"] == PROMETHEUS
    ],
)
def test_every_panel_shows_something(prometheus: Prometheus, title: str, expression: str) -> None:
    now = datetime.now(UTC)
    asked = fill_in(expression, {"use_case": EQUIPMENT.name}, Screen(now - timedelta(hours=1), now))
    eventually(lambda: prometheus.query(asked), STEPS_SECONDS)


def test_what_the_services_tell_is_what_happened(prometheus: Prometheus, stack: RunningStack) -> None:
    worker = next(service for service in list_services(stack.stack) if service.name == "worker-1")

    def told() -> float:
        text = httpx.get(worker.health_url.replace("/health/ready", "/metrics")).text
        return sum(float(line.rsplit(maxsplit=1)[1]) for line in text.splitlines() if line.startswith(f"{CLASSES}{{"))

    before = told()
    rows = "".join(json.dumps(row) + "\n" for row in equipment_rows(137, seed=8).to_pylist())
    stack.wait_done(stack.drop(rows.encode(), f"{uuid4()}.jsonl"))
    eventually(lambda: told() == before + 137)
    eventually(lambda: prometheus.query(f"sum({CLASSES}) == {before + 137}"), STEPS_SECONDS)
    [version] = prometheus.query(f'smartpredict_model_version{{use_case="{EQUIPMENT.name}"}}')
    with stack.api() as api:
        [served] = {api.post("/predict", json=example_row(EQUIPMENT)).json()["model_version"]}
    assert float(version["value"][1]) == served


def purge(stack: RunningStack) -> None:
    if json.loads(stack.command("dead-letters", "list", "--json")):
        stack.command("dead-letters", "purge", "--all", "--yes", "--reason", "Sent by a test.")


def test_a_dead_letter_raises_an_alert_until_it_is_gone(prometheus: Prometheus, stack: RunningStack) -> None:
    purge(stack)
    eventually(lambda: "DeadLetters" not in prometheus.firing(), STEPS_SECONDS)

    async def send() -> None:
        async with Publisher(stack.stack.broker_url("upstream"), "test") as publisher:
            await publisher.publish(Outgoing(INBOX, EQUIPMENT.name, b"{", f"alert-{uuid4()}"))

    asyncio.run(send())
    alert = eventually(lambda: prometheus.firing().get("DeadLetters"), STEPS_SECONDS)
    assert alert is not None
    assert alert["labels"]["queue"] == INBOX
    assert alert["annotations"]["summary"] == "1 dead letters of inbox wait for somebody."
    purge(stack)
    eventually(lambda: "DeadLetters" not in prometheus.firing(), STEPS_SECONDS)
