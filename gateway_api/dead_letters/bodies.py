"""The body of a dead letter, as a person can read it; pure."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

import orjson
import pyarrow as pa

from broker.messages import ARROW_STREAM
from broker.topology import INBOX
from sql.dead_letters.storage import Letter

MOST_ROWS = 20
"""Rows of a part that are shown; they tell what kind of rows they are."""

MOST_CHARACTERS = 20_000
"""Characters of a text that are shown: some 200 lines."""


@dataclass(frozen=True, slots=True)
class ShownBody:
    """A body, or the beginning of it."""

    text: str
    is_truncated: bool


def show_body(letter: Letter) -> ShownBody:
    """Write a body as text: the first rows of a part as JSON Lines, of anything else the beginning."""
    # A foreign message may call itself Arrow; what strangers wrote is not given to a parser of binary data.
    if letter.content_type == ARROW_STREAM and letter.queue != INBOX:
        shown = _rows(letter.body)
        if shown is not None:
            return shown
    return _text(letter.body)


def _rows(body: bytes) -> ShownBody | None:
    try:
        with pa.ipc.open_stream(body) as reader:
            batch = reader.read_next_batch()
        batch.validate(full=True)
        rows = batch.slice(0, MOST_ROWS).to_pylist()
    except (pa.ArrowException, StopIteration, OSError, ValueError):
        return None
    lines = b"".join(orjson.dumps(row, default=str, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
    return ShownBody(lines.decode(), batch.num_rows > MOST_ROWS)


def _text(body: bytes) -> ShownBody:
    r"""Decode as UTF-8; bytes that are none are shown as such, and a NUL, which ends texts elsewhere, too.

    >>> _text(b"caf\xc3\xa9 \xff").text
    'café \\xff'
    """
    beginning = body[: 4 * MOST_CHARACTERS]
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    # Not final where it was cut, so that half a character at the end is left out and not shown as rubbish.
    text = decoder.decode(beginning, final=len(beginning) == len(body)).replace("\0", "\\x00")
    shown = text[:MOST_CHARACTERS]
    return ShownBody(shown, len(shown) < len(text) or len(beginning) < len(body))
