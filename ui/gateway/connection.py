"""One connection to the gateway: sends requests, reads typed answers, raises what went wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import IO, Any, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from ui.gateway.problems import GatewayError, UnexpectedAnswerError, error_from_response, no_answer

T = TypeVar("T")
Parameters = dict[str, str | tuple[str, ...]]

TIMEOUT = httpx.Timeout(15, connect=2)
"""The gateway gives up a query after 10 s and a prediction after 10 s, and says so itself."""

UPLOAD_TIMEOUT = httpx.Timeout(120, connect=2)
"""After the last byte the gateway makes a file safe on its disk, which takes a while with gigabytes."""

PIECE_BYTES = 1024 * 1024
"""Held at once of a file on its way through."""


class Connection:
    """Requests to the gateway; safe to share between threads, and to be shared, for its connections stay open."""

    def __init__(self, url: str, key: str, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        # trust_env: a proxy of the environment is for the internet, not for the gateway beside us.
        self._http = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT, transport=transport, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, kind: type[T], path: str, **parameters: object) -> T:
        """Read an answer; parameters that are None are left out.

        Raises
        ------
        ui.gateway.problems.GatewayError
            If there is no answer to use.
        """
        return read_answer(kind, self.send("GET", path, params=parameters_of(**parameters)).content)

    def post(
        self,
        kind: type[T],
        path: str,
        body: object,
        *,
        shown_in: str | None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        **parameters: object,
    ) -> T:
        """Post a body.

        Parameters
        ----------
        kind, path, body
            What is answered, where to, and what is sent.
        shown_in
            Where the page shows what this changes, for those who get no answer: "Look at ..."; None if it changes nothing.
        key
            Of a person, where it takes more rights than the page has.
        headers, parameters
            Further ones.

        Raises
        ------
        ui.gateway.problems.GatewayError
            If there is no answer to use.
        """
        response = self.send(
            "POST",
            path,
            content=json.dumps(body, default=str, allow_nan=False).encode(),
            params=parameters_of(**parameters),
            headers={"Content-Type": "application/json", **authorization(key), **(headers or {})},
            shown_in=shown_in,
        )
        return read_answer(kind, response.content)

    def post_file(
        self,
        kind: type[T],
        path: str,
        file: IO[bytes],
        parameters: Mapping[str, str | Sequence[str]],
        *,
        shown_in: str | None,
        key: str | None = None,
    ) -> T:
        """Send a file piece by piece; `shown_in` and `key` as for `post`.

        Raises
        ------
        ui.gateway.problems.GatewayError
            If there is no answer to use.
        """
        return read_answer(kind, self.send_file(path, file, parameters, shown_in=shown_in, key=key).content)

    def send_file(
        self,
        path: str,
        file: IO[bytes],
        parameters: Mapping[str, str | Sequence[str]],
        *,
        shown_in: str | None,
        key: str | None = None,
    ) -> httpx.Response:
        """Send a file piece by piece in a request that has to succeed, whatever it is answered with; see `post_file`."""
        return self.send(
            "POST",
            path,
            content=_pieces(file),
            params=parameters,
            headers={"Content-Type": "application/octet-stream", **authorization(key)},
            timeout=UPLOAD_TIMEOUT,
            shown_in=shown_in,
        )

    def send(self, method: str, path: str, *, shown_in: str | None = None, **options: Any) -> httpx.Response:
        """Send a request that has to succeed; `shown_in` as for `post`.

        Raises
        ------
        ui.gateway.problems.GatewayError
            If it does not.
        """
        response = self.request(method, path, shown_in=shown_in, **options)
        if not response.is_success:
            raise error_from_response(response, shown_in)
        return response

    def first_rows(self, path: str, parameters: Parameters, count: int) -> bytes:
        """Read so many rows of a stream of CSV, its header among them, and what came along with them; leave the rest.

        Raises
        ------
        ui.gateway.problems.GatewayError
            If there is no answer to use.
        """
        pieces: list[bytes] = []
        try:
            with self._http.stream("GET", path, params=dict(parameters)) as answer:
                if not answer.is_success:
                    answer.read()
                    raise error_from_response(answer, None)
                rows, is_quoted = 0, False
                for piece in answer.iter_bytes():
                    pieces.append(piece)
                    # A quotation mark that is meant stands twice, so that behind it all is as before it.
                    for place, text in enumerate(piece.split(b'"')):
                        is_quoted ^= place > 0
                        rows += 0 if is_quoted else text.count(b"\n")
                    if rows >= count:
                        break
        except httpx.TransportError as error:
            raise no_answer(error, "GET", None) from error
        return b"".join(pieces)

    def request(self, method: str, path: str, *, shown_in: str | None = None, **options: Any) -> httpx.Response:
        """Send a request whose response may be anything; `shown_in` as for `post`.

        Raises
        ------
        ui.gateway.problems.GatewayError
            If there is no response.
        """
        try:
            return self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise no_answer(error, method, shown_in) from error
        except httpx.InvalidURL as error:
            raise GatewayError("The address of the gateway cannot be used.") from error


def authorization(key: str | None) -> dict[str, str]:
    """Return the header of a person's key, where there is one; it stands for the page's own."""
    return {} if key is None else {"Authorization": f"Bearer {key}"}


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece


def parameters_of(**parameters: object) -> Parameters:
    """Leave out what is not asked for; the gateway refuses empty parameters. A tuple is a parameter given several times."""
    return {name: _parameter(value) for name, value in parameters.items() if value not in (None, ())}


def _parameter(value: object) -> str | tuple[str, ...]:
    if isinstance(value, tuple):
        return tuple(map(str, value))
    return value.isoformat() if isinstance(value, datetime) else str(value)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    # Built once a kind: it costs a millisecond.
    return TypeAdapter(kind)


def read_answer(kind: type[T], content: bytes) -> T:
    """Read an answer; fields that this page does not know are passed over.

    Raises
    ------
    ui.gateway.problems.UnexpectedAnswerError
        If it has not the agreed form.
    """
    try:
        answer: T = _adapter(kind).validate_json(content)  # type: ignore[arg-type]  # a class is hashable; mypy doubts it of a type variable
    except ValidationError as error:
        raise UnexpectedAnswerError(f"{kind.__name__}: {error.error_count()} fields are not as agreed.") from error
    return answer
