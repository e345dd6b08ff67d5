"""When so many messages of a sender are refused that a person has to look, before all of them are dead letters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ingestion.settings import RefusalLimits
from sql.dead_letters.holds import Sender


@dataclass(slots=True)
class _Excess:
    messages: float = 0.0
    refused_at: float = 0.0


class RefusedShare:
    """Counts, by sender, how many messages more are refused than is bearable.

    A refused message counts one up; one that was taken in counts down, by as much as keeps a sender where it is whose share
    of refused messages is just bearable; never below zero. So one wrong message now and then never adds up, however long it
    goes on, and what a sender did well long ago excuses nothing. A pause without a refusal begins anew.

    Attributes
    ----------
    taken
        Messages that were taken in since the last refusal, by account and use case.

    >>> share = RefusedShare(RefusalLimits(refused_messages=3))
    >>> sender = Sender("press", "iris")
    >>> [share.is_too_large(sender, second) for second in range(4)]
    [False, False, True, True]
    >>> share.taken["press", "iris"] += 2
    >>> share.is_too_large(sender, 4), share.is_too_large(sender, 10_000)
    (True, False)
    """

    def __init__(self, limits: RefusalLimits) -> None:
        self.taken: Counter[tuple[str | None, str]] = Counter()
        self._limits = limits
        self._excess: dict[Sender, _Excess] = {}

    def is_too_large(self, sender: Sender, now: float) -> bool:
        """Count a refused message, and return whether it is one too many.

        Parameters
        ----------
        sender
            Who sent it.
        now
            Seconds of a clock that never goes back.
        """
        limits = self._limits
        excess = self._excess.setdefault(sender, _Excess())
        if now - excess.refused_at > limits.refused_pause.total_seconds():
            excess.messages = 0.0
        taken = self.taken.pop((sender.account or None, sender.use_case), 0)
        excess.messages = max(0.0, excess.messages - taken * limits.refused_share / (1 - limits.refused_share)) + 1
        excess.refused_at = now
        return excess.messages >= limits.refused_messages

    def begin_anew(self, sender: Sender) -> None:
        """Forget what was refused of a sender."""
        self._excess.pop(sender, None)
