"""JSON in which no name stands twice: the parser would keep the last of two without a word."""

from __future__ import annotations

import json
from typing import Any

from gateway_api.door.problems import MalformedBody


def loads_once(body: bytes) -> Any:
    """Parse JSON in which no name stands twice in one object; the parser would keep the last without a word.

    Raises
    ------
    MalformedBody
        If it is none.
    """
    try:
        return json.loads(body, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise MalformedBody(f"The body is no valid JSON. {error}.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise MalformedBody(f"The name {doubled[:60]!r} stands twice in one object; which of the two is meant?")
    return found
