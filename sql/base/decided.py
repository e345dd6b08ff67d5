"""Who decided about what nobody could handle, a dead letter or a bad row, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Who decided, and why.

    Attributes
    ----------
    person
        As they call themselves.
    account
        With whose key that was said.
    reason
        Why.
    """

    person: str
    account: str
    reason: str
