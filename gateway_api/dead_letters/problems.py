"""What can keep somebody from deciding about messages that are held."""

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
