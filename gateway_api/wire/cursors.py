"""Cursors: where the next page begins, as text without meaning to the caller; pure."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from gateway_api.door.problems import InvalidParameters

_UUID_BYTES = 16
_NUMBER_BYTES = 4
_FLOAT = struct.Struct(">d")

T = TypeVar("T")


def cut_page(found: Sequence[T], limit: int, cursor_of: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
    """Return the entries of a page, and the cursor of the next page; none on the last.

    One entry more than a page has must have been asked for: it shows whether there is another.
    """
    shown = found[:limit]
    return shown, cursor_of(shown[-1]) if len(found) > limit else None


def cursor_of_id(last: UUID) -> str:
    """Encode the id a page ended with."""
    return _encode(last.bytes)


def id_of_cursor(cursor: str | None) -> UUID | None:
    """Decode the id a page ended with.

    Raises
    ------
    InvalidParameters
        If no answer of ours holds such a cursor.
    """
    return None if cursor is None else UUID(bytes=_decode(cursor, _UUID_BYTES))


def cursor_of_number(last: int) -> str:
    """Encode the row number a page ended with."""
    return _encode(last.to_bytes(_NUMBER_BYTES))


def number_of_cursor(cursor: str | None) -> int:
    """Decode the row number a page ended with; 0 for the first page.

    Raises
    ------
    InvalidParameters
        If no answer of ours holds such a cursor.
    """
    return 0 if cursor is None else min(int.from_bytes(_decode(cursor, _NUMBER_BYTES)), 2**31 - 1)


def cursor_of_value(last: UUID, value: float) -> str:
    """Encode the id and the value of the row that a page ended with, where rows are ordered by a value."""
    return _encode(_FLOAT.pack(value) + last.bytes)


def value_of_cursor(cursor: str | None) -> tuple[UUID, float] | None:
    """Decode the id and the value of the row that a page ended with.

    Raises
    ------
    InvalidParameters
        If no answer of ours holds such a cursor.
    """
    if cursor is None:
        return None
    content = _decode(cursor, _FLOAT.size + _UUID_BYTES)
    return UUID(bytes=content[_FLOAT.size :]), _FLOAT.unpack(content[: _FLOAT.size])[0]


def cursor_of_row(batch_id: UUID, number: int) -> str:
    """Encode the row of a batch that a page ended with."""
    return _encode(batch_id.bytes + number.to_bytes(_NUMBER_BYTES))


def row_of_cursor(cursor: str | None) -> tuple[UUID, int] | None:
    """Decode the row of a batch that a page ended with.

    Raises
    ------
    InvalidParameters
        If no answer of ours holds such a cursor.
    """
    if cursor is None:
        return None
    content = _decode(cursor, _UUID_BYTES + _NUMBER_BYTES)
    return UUID(bytes=content[:_UUID_BYTES]), min(int.from_bytes(content[_UUID_BYTES:]), 2**31 - 1)


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decode(cursor: str, length: int) -> bytes:
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        content = b""
    if len(content) != length:
        raise InvalidParameters(
            "cursor: take `next_cursor` of the page before, unchanged; leave it out for the first page."
        )
    return content
