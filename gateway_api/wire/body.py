"""Reading a body: never more of it than allowed, JSON in which no name stands twice, and the rows in it.

Rows are read by the contract of their use case: all of them or none, or checked one by one.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Len
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import ClientDisconnect, Request

from broker.messages import MAX_ONLINE_ROWS
from gateway_api.door.problems import InvalidRows, MalformedBody, TooLarge, UnsupportedMediaType
from usecases.checking.reasons import reasons_of
from usecases.checking.row_model import Row, row_model
from usecases.contract.spec import UseCase


def require_json(request: Request) -> None:
    """Refuse a body that does not say it is JSON.

    Raises
    ------
    UnsupportedMediaType
        If it says something else, or nothing.
    """
    kind = request.headers.get("content-type", "")
    if kind != "application/json" and kind.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType("Send the rows as JSON, with the header `Content-Type: application/json`.")
    if "content-encoding" in request.headers:
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")


async def read_body(request: Request, limit: int) -> bytes:
    """Read a whole body of limited size.

    Raises
    ------
    TooLarge
        As soon as it is clear that the body is larger, announced or not.
    """
    chunks = [chunk async for chunk in stream_body(request, limit)]
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def stream_body(request: Request, limit: int) -> AsyncIterator[bytes]:
    """Yield a body piece by piece.

    Raises
    ------
    TooLarge
        As soon as it is clear that the body is larger, announced or not.
    starlette.requests.ClientDisconnect
        If the caller hangs up before the end.
    """
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal():
        raise MalformedBody("Content-Length is no number.")
    received = int(announced)
    if received > limit:
        raise TooLarge(f"The body announces {received} bytes; at most {limit} are taken here.", limit=limit)
    received = 0
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        received += len(chunk)
        if received > limit:
            raise TooLarge(f"The body has more than the {limit} bytes that are taken here.", limit=limit)
        if chunk:
            yield chunk
        more = message.get("more_body", False)


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


MAX_SHOWN_ERRORS = 1_000
"""Errors listed in an answer; the total is told beside them, and more than this nobody reads."""


class RowReader:
    """Reads the rows of one use case; holds the derived validators, because to find them costs as much as to use them."""

    def __init__(self, use_case: UseCase) -> None:
        model: Any = row_model(use_case)
        self._use_case = use_case
        self._row = TypeAdapter[Row](model)
        self._rows = TypeAdapter[list[Row]](Annotated[list[model], Len(1, MAX_ONLINE_ROWS)])

    def read(self, body: bytes) -> Sequence[Row]:
        """Read one row, or an array of rows.

        Raises
        ------
        MalformedBody
            If the body is no JSON, or a name stands twice in a row: nobody can know which of the two was meant.
        InvalidRows
            If any row is bad, with every reason of every bad row.
        TooLarge
            If there are more rows than one request may have.
        """
        is_array = body.lstrip(b" \t\r\n").startswith(b"[")
        try:
            rows = self._rows.validate_json(body) if is_array else [self._row.validate_json(body)]
        except ValidationError as error:
            raise _problem(self._use_case, error.errors(include_url=False), is_array=is_array) from None
        _refuse_doubled_names(rows, body)
        return rows


def _problem(
    use_case: UseCase, errors: list[ErrorDetails], *, is_array: bool
) -> MalformedBody | InvalidRows | TooLarge:
    match errors[0]["type"]:
        case "json_invalid":
            return MalformedBody(f"The body is no valid JSON. {errors[0]['msg']}.")
        case "too_long" if not errors[0]["loc"]:
            return TooLarge(f"One request takes {MAX_ONLINE_ROWS} rows; send more as a file to POST /batches.")
        case "too_short" if not errors[0]["loc"]:
            return InvalidRows("The array is empty; send at least one row.", errors=[], errors_total=0)
    found = _errors_by_row(use_case, errors, is_array=is_array)
    bad_rows = len({error["row"] for error in found})
    return InvalidRows(
        f"{bad_rows} {'row is' if bad_rows == 1 else 'rows are'} not valid. Correct or remove what `errors` lists; "
        "either all rows of a request are predicted or none.",
        errors=found[:MAX_SHOWN_ERRORS],
        errors_total=len(found),
    )


def _errors_by_row(use_case: UseCase, errors: list[ErrorDetails], *, is_array: bool) -> list[dict[str, Any]]:
    by_row: dict[int, list[ErrorDetails]] = defaultdict(list)
    for error in errors:
        row = int(error["loc"][0]) if is_array else 0
        by_row[row].append({**error, "loc": error["loc"][1:]} if is_array else error)
    return [
        {
            "row": row + 1,
            "pointer": pointer(row if is_array else None, reason.column),
            **reason.model_dump(include={"column", "rule", "value", "message"}),
        }
        for row, found in sorted(by_row.items())
        for reason in reasons_of(use_case, found)
    ]


def pointer(index: int | None, column: str | None) -> str:
    """Point into the body, as RFC 6901 writes it."""
    parts = [str(part) for part in (index, column) if part is not None]
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _refuse_doubled_names(rows: Sequence[Row], body: bytes) -> None:
    """Refuse a row in which a name stands twice; the parser keeps the last one without a word.

    A valid row is flat, so it has one colon a member, and as many names as colons means none was doubled. Only where a
    text holds further colons, such as a time, is the body read again to make sure.
    """
    if body.count(b":") == sum(len(row.model_fields_set) for row in rows):
        return
    loads_once(body)


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """What a check found."""

    rows: int
    bad: int
    errors: list[dict[str, Any]]
    """The first of them."""
    errors_total: int


def check_body(reader: RowReader, body: bytes) -> CheckedRows:
    """Check a body of /predict; bad rows are a result, not a fault.

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
        return CheckedRows(1, 1, errors, problem.members["errors_total"])
    return CheckedRows(len(rows), 0, [], 0)


def check_rows(reader: RowReader, rows: Sequence[Any]) -> CheckedRows:
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
    return CheckedRows(len(rows), bad, shown[:MAX_SHOWN_ERRORS], total)


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
    """Return the errors with pointers into the body that the caller sent, where the first row stands at `first`."""
    moved = []
    for error in problem.members["errors"]:
        position, slash, rest = error["pointer"][1:].partition("/")
        index = first + int(position)
        moved.append({**error, "row": index + 1, "pointer": f"{before}/{index}{after}{slash}{rest}"})
    return moved
