"""Days as people write them on a command line."""

from __future__ import annotations

from datetime import date, datetime

from cli.errors import UserError

__all__ = ["read_day"]


def read_day(text: str | None) -> date | None:
    """Read a day; none where none is given.

    Raises
    ------
    UserError
        If it is none.
    """
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  # a day has no time zone
    except ValueError:
        raise UserError(f"{text!r} is no day; write it like 2026-03-01.") from None
