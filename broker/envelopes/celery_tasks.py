"""Tasks of Celery: the id of the task is the key of the message, and its arguments are rows.

The body is a list of the positional arguments, the keyword arguments, and what concerns only Celery.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from broker.envelopes.envelope import Envelope, parsed
from broker.envelopes.foreign import ForeignMessage, MessageRefusedError
from broker.messages import JSON
from usecases.contract.spec import UseCase

_PARTS = 3
"""Positional arguments, keyword arguments, and callbacks and the like."""

_HOW = "send the row as keyword arguments, as one argument, or rows as a list or as several arguments"


def _is_task(message: ForeignMessage) -> bool:
    return all(isinstance(message.headers.get(name), str) and message.headers[name] for name in ("task", "id"))


def _open(use_case: UseCase, message: ForeignMessage) -> ForeignMessage:
    content = parsed(use_case, message)
    match content:
        case [list() as arguments, dict() as named, _] if len(content) == _PARTS:
            rows = _rows(arguments, named)
        case _:
            raise MessageRefusedError("the body is no task of Celery's protocol 2, in JSON: set task_protocol to 2")
    return replace(message, message_id=str(message.headers["id"]), body=json.dumps(rows).encode(), content_type=JSON)


def _rows(arguments: list[Any], named: dict[str, Any]) -> Any:
    if arguments and named:
        raise MessageRefusedError(f"the task has arguments and keyword arguments; {_HOW}")
    if not arguments:
        if not named:
            raise MessageRefusedError(f"the task has no arguments; {_HOW}")
        return named
    return arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list) else arguments


CELERY_TASK = Envelope(is_declared=_is_task, open=_open)
