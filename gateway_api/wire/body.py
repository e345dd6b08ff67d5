"""Reading a body: never more of it than allowed, JSON in which no name stands twice, and the rows in it.

Rows are read by the contract of their use case: all of them or none, or checked one by one.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Len
from pydantic import FailFast, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import ClientDisconnect, Request

from broker.messages import MAX_ONLINE_ROWS
from gateway_api.door.problems import InvalidRows, MalformedBody, TooLarge, UnsupportedMediaType
from usecases.checking.json_size import LARGE_BODY, TooManyValuesError, most_members, require_bounded
from usecases.checking.reasons import reasons_of
from usecases.checking.row_model import Row, is_plain_name, row_model, with_plain_names
from usecases.contract.row_layout import may_hold_doubled_names
from usecases.contract.spec import UseCase
from usecases.formats.json_text import DoubledNameError, JsonError, encoding_to_send, parse


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
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")


async def read_body(request: Request, limit: int) -> bytes:
    """Read a whole body of limited size, without the byte order mark that .NET and PowerShell put in front of a text.

    Raises
    ------
    TooLarge
        As soon as it is clear that the body is larger, announced or not.
    """
    chunks = [chunk async for chunk in stream_body(request, limit)]
    body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    return body.removeprefix(codecs.BOM_UTF8)


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
        return parse(body)
    except DoubledNameError as error:
        raise MalformedBody(str(error)) from None
    except JsonError as error:
        raise MalformedBody(f"The body is no valid JSON. {error}{encoding_to_send(body)}.") from None


MAX_SHOWN_ERRORS = 1_000
"""Errors listed in an answer; the total is told beside them, and more than this nobody reads."""


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """What a check found."""

    rows: int
    bad: int
    errors: list[dict[str, Any]]
    """The first of them."""
    errors_total: int


class RowReader:
    """Reads the rows of one use case; holds the derived validators, because to find them costs as much as to use them."""

    def __init__(self, use_case: UseCase) -> None:
        model: Any = row_model(use_case)
        self._use_case = use_case
        self._row = TypeAdapter[Row](model)
        # The first bad row ends it: what is wrong with all of them may be millions of things, which are told one by one.
        self._rows = TypeAdapter[list[Row]](Annotated[list[model], Len(1, MAX_ONLINE_ROWS), FailFast()])

    def read(self, body: bytes) -> Sequence[Row]:
        """Read one row, or an array of rows.

        Raises
        ------
        MalformedBody
            If the body is no JSON, or a name stands twice in a row: nobody can know which of the two was meant.
        InvalidRows
            If any row is bad, with every reason of every bad row.
        TooLarge
            If there are more rows than one request may have, or a row has many more members than there are columns.
        """
        if len(body) > LARGE_BODY:
            try:
                require_bounded(body, MAX_ONLINE_ROWS, most_members(self._use_case))
            except TooManyValuesError as error:
                raise TooLarge(f"The body cannot be read: {error}. Send more as a file to POST /batches.") from None
        try:
            return self.read_valid(body)
        except ValidationError as error:
            errors = error.errors(include_url=False)
        plain = self._with_plain_names(body) if any(map(_is_oddly_named, errors)) else None
        if plain is not None:
            return self.read(plain)
        raise self._problem(body, errors)

    def read_valid(self, body: bytes) -> Sequence[Row]:
        """Read rows; that some are bad is all that the error tells.

        Raises
        ------
        pydantic.ValidationError
            If any row is bad.
        MalformedBody
            If a name stands twice in a row.
        """
        rows = self._rows.validate_json(body) if _is_array(body) else [self._row.validate_json(body)]
        _refuse_doubled_names(rows, body)
        return rows

    def read_values(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Row]:
        """Read rows whose values have been read already.

        Raises
        ------
        InvalidRows
            If any row is bad, with every reason of every bad row.
        """
        try:
            return [self._row.validate_python(row) for row in rows]
        except ValidationError:
            raise invalid_rows(self.check(rows)) from None

    def check(self, rows: Sequence[Any]) -> CheckedRows:
        """Check rows one by one, for each has to be counted however much is wrong with those before it."""
        shown: list[dict[str, Any]] = []
        bad = total = 0
        for index, row in enumerate(rows):
            try:
                self._row.validate_python(with_plain_names(self._use_case, row))
            except ValidationError as error:
                bad += 1
                if len(shown) < MAX_SHOWN_ERRORS:
                    found = self._errors(error.errors(include_url=False), index)
                    shown += found
                    total += len(found)
                else:  # what nobody is shown is only counted
                    total += error.error_count()
        return CheckedRows(len(rows), bad, shown[:MAX_SHOWN_ERRORS], total)

    def _with_plain_names(self, body: bytes) -> bytes | None:
        """Return a body with plain names; none where it has no others, or two names would become one."""
        content = loads_once(body)
        rows = content if isinstance(content, list) else [content]
        plain = [with_plain_names(self._use_case, row) for row in rows]
        if all(one is other for one, other in zip(rows, plain, strict=True)):
            return None
        return json.dumps(plain if isinstance(content, list) else plain[0]).encode()

    def _problem(self, body: bytes, errors: list[ErrorDetails]) -> MalformedBody | InvalidRows | TooLarge:
        match errors[0]["type"]:
            case "json_invalid":
                return MalformedBody(f"The body is no valid JSON. {errors[0]['msg']}{encoding_to_send(body)}.")
            case "too_short" if not errors[0]["loc"]:
                return InvalidRows("The array is empty; send at least one row.", errors=[], errors_total=0)
        rows = loads_once(body)  # a name that stands twice is told first: the value that is wrong may not be meant
        if isinstance(rows, list):
            if len(rows) > MAX_ONLINE_ROWS:
                return TooLarge(f"One request takes {MAX_ONLINE_ROWS} rows; send more as a file to POST /batches.")
            found = self.check(rows)
        else:
            listed = self._errors(errors, None)
            found = CheckedRows(1, 1, listed[:MAX_SHOWN_ERRORS], len(listed))
        return invalid_rows(found)

    def _errors(self, errors: list[ErrorDetails], index: int | None) -> list[dict[str, Any]]:
        """Word what is wrong with the row at this place of an array, or with the only one."""
        return [
            {
                "row": (index or 0) + 1,
                "pointer": pointer(index, reason.column),
                **reason.model_dump(include={"column", "rule", "value", "message"}),
            }
            for reason in reasons_of(self._use_case, errors)
        ]


def invalid_rows(found: CheckedRows) -> InvalidRows:
    """Return the problem that tells what a check found."""
    return InvalidRows(
        f"{found.bad} {'row is' if found.bad == 1 else 'rows are'} not valid. Correct or remove what `errors` lists; "
        "either all rows of a request are predicted or none.",
        errors=found.errors,
        errors_total=found.errors_total,
    )


async def read_rows(reader: RowReader, body: bytes) -> Sequence[Row]:
    """Read rows as :meth:`RowReader.read`; what takes long is done in a thread, so that no other caller waits for it."""
    if len(body) <= LARGE_BODY:
        with contextlib.suppress(ValidationError):
            return reader.read_valid(body)
    return await asyncio.to_thread(reader.read, body)


def _is_array(body: bytes) -> bool:
    return body.lstrip(b" \t\r\n").startswith(b"[")


def _is_oddly_named(error: ErrorDetails) -> bool:
    """Return whether an unknown name is one that files may have: with spaces around it, or of pandas' index."""
    return error["type"] == "extra_forbidden" and not is_plain_name(str(error["loc"][-1]) if error["loc"] else "")


def pointer(index: int | None, column: str | None) -> str:
    """Point into the body, as RFC 6901 writes it."""
    parts = [str(part) for part in (index, column) if part is not None]
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _refuse_doubled_names(rows: Sequence[Row], body: bytes) -> None:
    """Refuse a row in which a name stands twice; the parser keeps the last one without a word."""
    if may_hold_doubled_names(body, sum(len(row.model_fields_set) for row in rows)):
        loads_once(body)


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
            return reader.check(content)
        errors: list[dict[str, Any]] = problem.members["errors"]
        return CheckedRows(1, 1, errors, problem.members["errors_total"])
    return CheckedRows(len(rows), 0, [], 0)
