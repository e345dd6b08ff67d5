"""A line to a broker on which the confirm of a message is lost: the message arrives, and its sender is not told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from typing_extensions import override

from tests.support.network.line import Line, open_line

__all__ = ["LossyLine", "lossy_line"]

_SILENCE_SECONDS = 2
"""A sender that asked for no confirm hears nothing; its line breaks all the same."""


class LossyLine(Line):
    """Passes everything on until the bytes of a message have gone through; drops what the server says to them, and breaks.

    Only the first time: what is sent again arrives, and its confirm too.
    """

    message = b""
    """Stands in the message whose confirm is lost."""

    has_lost_a_confirm = False

    @override
    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        both = {writer, there_writer}
        self._writers |= both
        is_sent = asyncio.Event()
        breaking = asyncio.create_task(self._break_when_silent(both, is_sent))
        await asyncio.gather(self._send(reader, there_writer, is_sent), self._answer(there_reader, writer, is_sent))
        breaking.cancel()
        self._writers -= both

    async def _send(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_sent: asyncio.Event) -> None:
        before = b""
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65536):
                before = before[-len(self.message) :] + chunk
                if not self.has_lost_a_confirm and self.message in before:
                    self.has_lost_a_confirm = True
                    is_sent.set()
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_sent: asyncio.Event) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65536):
                if is_sent.is_set():
                    break
                writer.write(chunk)
                await writer.drain()
        writer.transport.abort()

    async def _break_when_silent(self, both: set[asyncio.StreamWriter], is_sent: asyncio.Event) -> None:
        await is_sent.wait()
        await asyncio.sleep(_SILENCE_SECONDS)
        for writer in both:
            writer.transport.abort()


@contextlib.contextmanager
def lossy_line(url: str, message: bytes) -> Iterator[LossyLine]:
    """Open a line to a server on which the confirm of a message is lost, while the block runs."""
    with open_line(LossyLine, url) as line:
        line.message = message
        yield line
