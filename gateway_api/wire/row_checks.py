"""Holding the rows within a larger body against their contract, with the verdict that /predict would give; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway_api.door.problems import InvalidRows
from gateway_api.wire.json_once import loads_once
from gateway_api.wire.rows import MAX_SHOWN_ERRORS, RowReader
from usecases.row_model import Row


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found."""

    rows: int
    bad: int
    errors: list[dict[str, Any]]
    """The first of them."""
    errors_total: int


def check_body(reader: RowReader, body: bytes) -> Verdict:
    """Check a body of /predict; bad rows are a verdict, not a fault.

    Raises
    ------
    gateway_api.door.problems.Problem
        If there are no rows that could be checked, or too many.
    """
    try:
        rows = reader.read(body)
    except InvalidRows as problem:
        if not problem.members["errors_total"]:
            raise
        content = loads_once(body)
        if isinstance(content, list):
            return check_rows(reader, content)
        errors: list[dict[str, Any]] = problem.members["errors"]
        return Verdict(1, 1, errors, problem.members["errors_total"])
    return Verdict(len(rows), 0, [], 0)


def check_rows(reader: RowReader, rows: Sequence[Any]) -> Verdict:
    """Check rows one by one, for each has to be counted however much is wrong with those before it."""
    shown: list[dict[str, Any]] = []
    bad = total = 0
    for position, row in enumerate(rows):
        try:
            reader.read(json.dumps([row]).encode())
        except InvalidRows as problem:
            bad += 1
            total += problem.members["errors_total"]
            if len(shown) < MAX_SHOWN_ERRORS:
                shown += _moved(problem, first=position)
    return Verdict(len(rows), bad, shown[:MAX_SHOWN_ERRORS], total)


def read_repaired(reader: RowReader, rows: Sequence[Mapping[str, Any]]) -> Sequence[Row]:
    """Read the rows of a replay.

    Raises
    ------
    InvalidRows
        If any is bad, exactly as /predict says it; pointers lead into the body of the replay.
    """
    try:
        return reader.read(json.dumps(rows).encode())
    except InvalidRows as problem:
        problem.members["errors"] = _moved(problem, before="/rows", after="/row")
        raise


def _moved(problem: InvalidRows, *, first: int = 0, before: str = "", after: str = "") -> list[dict[str, Any]]:
    """Have errors point to where their rows stand in the body that the caller sent; the first one stands there."""
    moved = []
    for error in problem.members["errors"]:
        position, slash, rest = error["pointer"][1:].partition("/")
        index = first + int(position)
        moved.append({**error, "row": index + 1, "pointer": f"{before}/{index}{after}{slash}{rest}"})
    return moved
