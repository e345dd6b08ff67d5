"""Keys by which callers name requests, so that one sent again is the same request."""

from __future__ import annotations

from collections.abc import Sequence

from gateway_api.door.problems import InvalidParameters

MAX_KEY_LENGTH = 255
"""Longest `Idempotency-Key`; a UUID has 36 characters."""


def only_key(keys: Sequence[str]) -> str | None:
    """Return the key of a request; none where it has none.

    Raises
    ------
    InvalidParameters
        If it has several: under which of them it would be found again nobody could say.

    Examples
    --------
    >>> only_key(["a", "a"]), only_key([])
    ('a', None)
    """
    if len({*keys}) > 1:
        raise InvalidParameters("Send one Idempotency-Key; several different ones came.")
    return keys[0] if keys else None


def require_key(key: str) -> str:
    """Return an `Idempotency-Key` as it came.

    Raises
    ------
    InvalidParameters
        If it is none.
    """
    if not (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
        raise InvalidParameters(
            f"Idempotency-Key takes 1 to {MAX_KEY_LENGTH} printable ASCII characters, such as a UUID."
        )
    return key
