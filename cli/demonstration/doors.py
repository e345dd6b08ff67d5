"""Rows through every door of a running stack, and what became of them."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pika
from sqlalchemy import Engine

from broker.ids import batch_id_of_message
from broker.topology import INBOX
from broker.transport.hosts import each_host
from cli.errors import UserError
from cli.rows.drop import wait_until_done
from cli.rows.incoming_folder import drop_file
from sql.quarantine.rows import QuarantineFilter, ReasonCount, count_reasons
from usecases.checking.row_model import example_row
from usecases.contract.catalog import load_catalog

USE_CASE = load_catalog()["equipment_failure"]
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class DoorResult:
    """What became of the rows that went through one door."""

    door: str
    sent: str
    rows_in: int
    predicted: int
    reasons: Sequence[ReasonCount]
    """Why rows are in quarantine."""
    seconds: float
    """From sending to the last commit."""


def wait_until_ready(gateway_url: str) -> None:
    """Wait until a worker serves the model; one that was just trained takes a moment to load."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while httpx.get(f"{gateway_url}/health/ready", timeout=10).status_code != httpx.codes.OK:
        if time.monotonic() > deadline:
            raise UserError("The pipeline is not ready. See: smartpredict status")
        time.sleep(0.1)


def file_door(engine: Engine, data: Path, file: Path) -> DoorResult:
    """Drop a file into the watched folder and follow it."""
    sent_at = time.time()
    batch_id = drop_file(file, data, USE_CASE.name)
    return _follow("file", "a CSV file", engine, batch_id, sent_at)


def message_door(engine: Engine, upstream_url: str) -> DoorResult:
    """Publish three rows as JSON with plain pika, as a foreign system would, and wait for the answer."""
    good = example_row(USE_CASE)
    rows = [good, {**good, "torque_nm": 455.0}, {**good, "torque_nm": 68}]
    message_id = f"demo-{uuid4()}"
    sent_at = time.time()
    answer = publish_and_wait(upstream_url, rows, message_id)
    told = f"{answer['rows_accepted']} accepted, {len(answer['refused'])} refused"
    sent = f"JSON; told: {told}"
    return _follow("message", sent, engine, batch_id_of_message(USE_CASE.name, message_id), sent_at)


def http_door(gateway_url: str, api_key: str) -> DoorResult:
    """Ask for one prediction over HTTP."""
    sent_at = time.time()
    response = httpx.post(
        f"{gateway_url}/predict",
        params={"use_case": USE_CASE.name},
        json=example_row(USE_CASE),
        headers={"Authorization": f"Bearer {api_key}"},
        timeout=30,
    )
    if response.status_code != httpx.codes.OK:
        raise UserError(f"POST /predict answered {response.status_code}: {response.text}")
    found = response.json()["predictions"][0]
    sent = f"one row; told: {found['prediction']}"
    return DoorResult("HTTP", sent, 1, 1, (), time.time() - sent_at)


def publish_and_wait(upstream_url: str, rows: list[dict[str, Any]], message_id: str) -> dict[str, Any]:
    """Publish rows and give the answer of the pipeline."""
    with pika.BlockingConnection([pika.URLParameters(host) for host in each_host(upstream_url)]) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        reply_to = channel.queue_declare(f"reply.upstream.{uuid4()}", exclusive=True).method.queue
        properties = pika.BasicProperties(
            message_id=message_id, content_type="application/json", delivery_mode=2, reply_to=reply_to
        )
        channel.basic_publish(INBOX, USE_CASE.name, json.dumps(rows).encode(), properties, mandatory=True)
        _, _, body = next(channel.consume(reply_to, auto_ack=True, inactivity_timeout=PATIENCE_SECONDS))
        channel.cancel()
    if body is None:
        raise UserError("The inbox did not answer. Is ingestion up? smartpredict status")
    answer: dict[str, Any] = json.loads(body)
    return answer


def _follow(door: str, sent: str, engine: Engine, batch_id: UUID, sent_at: float) -> DoorResult:
    ledger = wait_until_done(engine, batch_id, time.time() + PATIENCE_SECONDS, lambda _: None)
    reasons = count_reasons(engine, QuarantineFilter(batch_id=batch_id))
    ended = ledger.last_recorded_at or ledger.finished_at
    seconds = (ended.timestamp() if ended else time.time()) - sent_at
    return DoorResult(door, sent, ledger.rows_in, ledger.predicted, reasons, seconds)
