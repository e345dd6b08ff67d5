"""The AsyncAPI document of the pipeline, made from the topology and the contracts.

FastStream's own generator describes what its handlers declare; ours take bytes, because a part's body is Arrow, so
it would know neither the headers of a part nor what the doors publish.

    python -m broker.asyncapi     # writes docs/reference/asyncapi.yaml
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from broker import topology as t
from broker.inbox_answers import InboxAnswer, RowsRefused
from broker.job_messages import JobChanged
from broker.messages import (
    ARROW_STREAM,
    JSON,
    ModelChanged,
    PartCommitted,
    PartFailed,
    PartHeader,
    PartResults,
    PartScored,
    ProbeAnswer,
)

FILE = Path(__file__).parents[1] / "docs" / "reference" / "asyncapi.yaml"

CONTRACTS: tuple[type[BaseModel], ...] = (
    PartHeader,
    PartScored,
    PartFailed,
    ProbeAnswer,
    PartCommitted,
    PartResults,
    InboxAnswer,
    RowsRefused,
    JobChanged,
    ModelChanged,
)

_ROW_OR_ROWS = {
    "description": "A row, or a list of rows, of the use case named by the routing key; see the OpenAPI document.",
    "oneOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}, "minItems": 1}],
}
_ARROW = {
    "type": "string",
    "format": "binary",
    "description": "Arrow IPC stream: `row_number`, then the use case's columns.",
}


def asyncapi_document() -> dict[str, Any]:
    """Describe every channel, what travels on it and who does what with it."""
    _, schemas = models_json_schema(
        [(contract, "validation") for contract in CONTRACTS], ref_template="#/components/schemas/{model}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "SmartPredict",
            "version": "1",
            "description": "Messages of the prediction pipeline over RabbitMQ (AMQP 0-9-1).",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": JSON,
        "channels": _channels(),
        "operations": _operations(),
        "components": {"messages": _messages(), "schemas": schemas["$defs"]},
    }


def _channels() -> dict[str, Any]:
    return {
        "bulk": _queue(t.BULK, "part"),
        "online": _queue(t.ONLINE, "part", "probe"),
        "retry": _queue(t.BULK_RETRY, "part"),
        "jobs": _queue(t.JOBS, "claim", "jobChanged"),
        "inbox": _exchange(t.INBOX, "{use_case}", "foreignRows", parameter="use_case"),
        "deadLetters": _queue(t.DEAD_LETTERS, "deadLetter"),
        "predictions": _exchange(t.PREDICTIONS, f"{t.PREDICTIONS}.{{use_case}}", "partCommitted", parameter="use_case"),
        "results": _exchange(t.RESULTS, f"{t.RESULTS}.{{use_case}}", "partResults", parameter="use_case"),
        "refusals": _exchange(t.REFUSALS, f"{t.REFUSALS}.{{use_case}}", "rowsRefused", parameter="use_case"),
        "modelChanges": _exchange(t.MODEL_CHANGES, "", "modelChanged"),
        "gatewayReplies": _reply("partScored", "partFailed", "probeAnswer"),
        "callerReplies": _reply("inboxAnswer"),
    }


def _queue(name: str, *messages: str) -> dict[str, Any]:
    queue = t.queue(name)
    return {
        "address": name,
        "description": queue.purpose,
        "messages": _refs(*messages),
        "bindings": {
            "amqp": {
                "is": "queue",
                "queue": {"name": name, "durable": True, "exclusive": False, "autoDelete": False},
                "bindingVersion": "0.3.0",
            }
        },
        "x-queue-arguments": dict(queue.arguments),
        "x-bound-to": {"exchange": queue.exchange, "routingKey": queue.routing_key},
    }


def _exchange(name: str, address: str, message: str, *, parameter: str | None = None) -> dict[str, Any]:
    exchange = next(candidate for candidate in t.EXCHANGES if candidate.name == name)
    channel: dict[str, Any] = {
        "address": address or name,
        "description": exchange.purpose,
        "messages": _refs(message),
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": name, "type": exchange.kind, "durable": True, "autoDelete": False},
                "bindingVersion": "0.3.0",
            }
        },
    }
    if parameter:
        channel["parameters"] = {parameter: {"description": "Name of the use case."}}
    return channel


def _reply(*messages: str) -> dict[str, Any]:
    return {"address": None, "description": "Queue named by `reply_to`.", "messages": _refs(*messages)}


def _refs(*messages: str) -> dict[str, Any]:
    return {message: {"$ref": f"#/components/messages/{message}"} for message in messages}


def _messages() -> dict[str, Any]:
    def contract(model: type[BaseModel]) -> dict[str, Any]:
        return {"contentType": JSON, "payload": {"$ref": f"#/components/schemas/{model.__name__}"}}

    header = {"$ref": "#/components/schemas/PartHeader"}
    return {
        "part": {"contentType": ARROW_STREAM, "headers": header, "payload": _ARROW, "summary": "Checked rows."},
        "claim": {
            "contentType": JSON,
            "headers": header,
            "payload": {"type": "object", "maxProperties": 0},
            "summary": "Rows of a job, by the id of their part; a worker finds in the table which row groups they are.",
        },
        "foreignRows": {
            "contentType": JSON,
            "payload": _ROW_OR_ROWS,
            "summary": "Rows from upstream; `message_id`, or `source` and `id` of a CloudEvent, is required and is the idempotency "
            "key, of one body each.",
        },
        "deadLetter": {
            "contentType": "application/octet-stream",
            "payload": {"type": "string", "format": "binary"},
            "summary": "The message as it came, with the headers `cause`, `origin` and `died_at`.",
        },
        "probe": {
            "contentType": JSON,
            "payload": {"type": "object"},
            "summary": "Asks, with the header `probe` and without rows, whether a worker answers and can store.",
        },
        "partScored": contract(PartScored),
        "partFailed": contract(PartFailed),
        "probeAnswer": contract(ProbeAnswer),
        "partCommitted": contract(PartCommitted),
        "partResults": contract(PartResults),
        "inboxAnswer": contract(InboxAnswer),
        "rowsRefused": contract(RowsRefused),
        "jobChanged": contract(JobChanged),
        "modelChanged": contract(ModelChanged),
    }


def _operations() -> dict[str, Any]:
    return {
        "sendRows": _operation("send", "inbox", "Upstream systems send rows.", reply="callerReplies"),
        "receiveRows": _operation("receive", "inbox", "Ingestion checks and splits them.", reply="callerReplies"),
        "sendParts": _operation("send", "bulk", "Ingestion publishes good rows, with confirms."),
        "scoreParts": _operation("receive", "bulk", "A worker scores and records parts."),
        "requestScores": _operation("send", "online", "The gateway sends coalesced requests.", reply="gatewayReplies"),
        "answerScores": _operation("receive", "online", "A worker commits, then answers.", reply="gatewayReplies"),
        "retryParts": _operation("send", "retry", "A worker gives a part back for later."),
        "orderJobs": _operation("send", "jobs", "The gateway and the command line begin jobs, and change them."),
        "sendClaims": _operation("send", "jobs", "A worker splits a job into claims."),
        "scoreClaims": _operation("receive", "jobs", "A worker reads, checks and scores the rows of a claim."),
        "keepDeadLetters": _operation("receive", "deadLetters", "Ingestion keeps dead letters in a table."),
        "announcePredictions": _operation("send", "predictions", "A worker announces a committed part."),
        "followPredictions": _operation("receive", "predictions", "Downstream systems listen."),
        "announceResults": _operation("send", "results", "A worker tells what it predicted, where that is asked for."),
        "followResults": _operation("receive", "results", "Downstream systems listen."),
        "announceRefusals": _operation("send", "refusals", "Ingestion announces what is not predicted."),
        "followRefusals": _operation("receive", "refusals", "Downstream systems listen."),
        "followModels": _operation("receive", "modelChanges", "Every worker loads the version that is served now."),
    }


def _operation(action: str, channel: str, summary: str, *, reply: str | None = None) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
    }
    if reply:
        operation["reply"] = {
            "address": {"location": "$message.header#/reply_to"},
            "channel": {"$ref": f"#/channels/{reply}"},
        }
    return operation


def render() -> str:
    """Write the document as YAML."""
    return yaml.safe_dump(asyncapi_document(), sort_keys=False, allow_unicode=True, width=120)


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(render(), encoding="utf-8")
