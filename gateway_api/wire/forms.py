"""Reading the file of a browser's form as it arrives."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from gateway_api.door.problems import InvalidParameters, MalformedBody
from gateway_api.wire.dispositions import name_in

_AS_IT_IS = frozenset({b"", b"binary", b"8bit", b"7bit"})
"""Transfer encodings that change no byte; forms should name none (RFC 7578)."""


async def open_form(body: AsyncIterator[bytes], boundary: bytes) -> tuple[str, AsyncIterator[bytes]]:
    """Read a form up to its file; return the name of the file and its bytes, which are read as they are asked for.

    Raises
    ------
    MalformedBody, InvalidParameters
        If the body is no form, or has no file or several.
    """
    form = _Form(boundary)
    pieces = form.pieces(body)
    first = await anext(pieces, b"")
    if form.name is None:
        raise InvalidParameters("The form holds no file; send one field with a file.")
    return form.name, _with_first(first, pieces)


async def _with_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


class _Form:
    """Finds the one file of a form, without holding more of it than the piece at hand."""

    def __init__(self, boundary: bytes) -> None:
        self.name: str | None = None
        self._files = 0
        self._in_file = False
        self._ended = False
        self._found: deque[bytes] = deque()
        self._header = (b"", b"")
        self._disposition = b""
        self._encoding = b""
        with _as_malformed():
            if not boundary:
                raise FormParserError("it names no boundary")
            self._parser = MultipartParser(
                boundary,
                {
                    "on_header_begin": self._on_header_begin,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._on_part_data,
                    "on_part_end": self._on_part_end,
                    "on_end": self._on_end,
                },
            )

    async def pieces(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield the bytes of the file as they come."""
        async for chunk in body:
            with _as_malformed():
                self._parser.write(chunk)
            while self._found:
                yield self._found.popleft()
        if not self._ended:
            raise MalformedBody("The form ends in the middle; send it again.")

    def _on_header_begin(self) -> None:
        self._header = (b"", b"")

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0] + data[start:end], b"")

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0], self._header[1] + data[start:end])

    def _on_header_end(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = value
        elif name.lower() == b"content-transfer-encoding":
            self._encoding = value.strip().lower()

    def _on_headers_finished(self) -> None:
        name, encoding = name_in(self._disposition.decode("latin-1")), self._encoding
        self._disposition = self._encoding = b""
        self._in_file = name is not None
        if name is not None:
            self._files += 1
            if self._files > 1:
                raise InvalidParameters("The form holds several files; send one file a request.")
            if encoding not in _AS_IT_IS:
                told = encoding.decode("latin-1")[:60]
                raise MalformedBody(f"The file of the form is written in {told!r}. Send its bytes as they are.")
            self.name = name

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._found.append(data[start:end])

    def _on_part_end(self) -> None:
        self._in_file = False

    def _on_end(self) -> None:
        self._ended = True


@contextlib.contextmanager
def _as_malformed() -> Iterator[None]:
    try:
        yield
    except FormParserError as error:
        raise MalformedBody(f"The form cannot be read: {error}.") from error
