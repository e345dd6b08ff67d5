"""Asking a service how it is."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Final, assert_never
from urllib.parse import urlsplit

__all__ = ["Down", "Health", "NotReady", "Ready", "check", "describe"]

_SECONDS: Final = 5
_LENGTH: Final = 300


@dataclass(frozen=True, slots=True)
class Ready:
    """It does its work."""


@dataclass(frozen=True, slots=True)
class NotReady:
    """It answers, and says what it waits for, such as a first model."""

    reason: str


@dataclass(frozen=True, slots=True)
class Down:
    """It does not answer."""


Health = Ready | NotReady | Down


def check(url: str) -> Health:
    """Ask a health address; where one address tells of several components, `#name` at its end picks one."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_SECONDS)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return Down()
    finally:
        connection.close()
    if answer.status >= http.HTTPStatus.BAD_REQUEST:
        return NotReady(_reason(body, answer.status))
    return _component(body, parts.fragment) if parts.fragment else Ready()


def describe(health: Health) -> str:
    """Return the state in a word or two."""
    match health:
        case Ready():
            return "ready"
        case NotReady(reason):
            return f"not ready: {reason}"
        case Down():
            return "no answer"
        case _:
            assert_never(health)


def _component(body: str, name: str) -> Health:
    try:
        status = json.loads(body)[name]["status"]
    except (ValueError, KeyError, TypeError):
        return NotReady(f"nothing is known of {name}")
    return Ready() if status == "healthy" else NotReady(f"{name}: {status or 'has not started yet'}")


def _reason(body: str, status: int) -> str:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        return body.strip()[:_LENGTH] or f"status {status}"
    checks = answer.get("checks")
    missing = [name for name, is_there in checks.items() if not is_there] if isinstance(checks, dict) else []
    said = answer.get("detail") or (f"waits for {', '.join(missing)}" if missing else answer.get("title"))
    return str(said or f"status {status}")[:_LENGTH]
