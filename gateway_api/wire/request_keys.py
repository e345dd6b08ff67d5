"""Keys by which callers name requests, so that one sent again is the same request."""

from __future__ import annotations

from gateway_api.door.problems import InvalidParameters

MAX_KEY_LENGTH = 255
"""Longest `Idempotency-Key`; a UUID has 36 characters."""


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
