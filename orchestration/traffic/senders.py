"""The doors that traffic goes through, as producers outside use them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pika

from broker.ids import batch_id_of_file, batch_id_of_message
from broker.topology import INBOX
from usecases.contract.spec import UseCase

Rows = Sequence[dict[str, Any]]


class SendError(Exception):
    """What was sent was not taken; the message says where and what to do."""


def drop_file(data: Path, use_case: UseCase, content: bytes, name: str) -> UUID:
    """Drop a file as a well-behaved producer does: written beside its place, then renamed."""
    target = data / "incoming" / use_case.name / name
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{name}.part")
    partial.write_bytes(content)
    partial.replace(target)
    return batch_id_of_file(use_case.name, hashlib.sha256(content).hexdigest(), name)


def publish_message(channel: Any, use_case: UseCase, rows: Rows, message_id: str) -> UUID:
    """Publish rows as JSON, as a foreign system does."""
    properties = pika.BasicProperties(message_id=message_id, content_type="application/json", delivery_mode=2)
    channel.basic_publish(INBOX, use_case.name, json.dumps(rows).encode(), properties, mandatory=True)
    return batch_id_of_message(use_case.name, message_id)


def ask(api: httpx.Client, use_case: UseCase, row: dict[str, Any]) -> bool:
    """Ask for one prediction; False where the row was refused."""
    answer = api.post("/predict", params={"use_case": use_case.name}, json=row)
    if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        return False
    _require_success(answer)
    return True


def upload(api: httpx.Client, use_case: UseCase, content: bytes, name: str) -> UUID:
    """Upload a file."""
    answer = api.post("/batches", params={"use_case": use_case.name}, files={"file": (name, content)})
    _require_success(answer)
    return UUID(answer.json()["batch_id"])


def as_csv(use_case: UseCase, rows: Rows) -> bytes:
    """Write rows as CSV."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, use_case.columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_json_lines(rows: Rows) -> bytes:
    """Write rows as JSON Lines."""
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def _require_success(answer: httpx.Response) -> None:
    if not answer.is_success:
        raise SendError(f"the gateway answered {answer.status_code}: {answer.text[:500]}. See: smartpredict status")
