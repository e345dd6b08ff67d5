"""What can keep somebody from deciding about dead letters, and about messages that are held."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from gateway_api.door.problems import Problem
from gateway_api.wire.sentences import sentence
from sql.dead_letters.holds import NoSuchHoldError


class UnknownHold(Problem):
    """No hold of that number waits for a decision."""

    status = 404
    code = "unknown-hold"
    title = "No such hold waits for a decision"


class LetterDecided(Problem):
    """Somebody sent the dead letter again, or discarded it, before."""

    status = 409
    code = "letter-decided"
    title = "The letter does not wait any more"


class LetterNotRepairable(Problem):
    """The rows of the dead letter cannot be repaired here."""

    status = 409
    code = "letter-not-repairable"
    title = "The letter cannot be repaired here"


@contextlib.contextmanager
def hold_errors_as_problems() -> Iterator[None]:
    """Raise the problem that a refusal is to a caller.

    Raises
    ------
    UnknownHold
        If there is no hold of the number, or somebody has decided about it.
    """
    try:
        yield
    except NoSuchHoldError as error:
        raise UnknownHold(f"{sentence(error)} GET /dead-letters/holds lists those that wait.") from error
