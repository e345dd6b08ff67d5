"""What can keep a window from being accepted as normal, or from being withdrawn."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from gateway_api.door.problems import Problem
from monitoring.drift.acceptance import NothingToAcceptError
from sql.drift.accepted import NoSuchWindowError, TooManyAcceptedError


class UnknownAcceptedWindow(Problem):
    """No accepted window of that number is in force."""

    status = 404
    code = "unknown-accepted-window"
    title = "There is no such accepted window"


class NothingToAccept(Problem):
    """The window holds too few rows to be an example of what is normal, or none that are judged."""

    status = 409
    code = "nothing-to-accept"
    title = "The window is no example of what is normal"


class TooManyAccepted(Problem):
    """As many windows are accepted as a verdict compares with."""

    status = 409
    code = "too-many-accepted"
    title = "Too many windows are accepted"


@contextlib.contextmanager
def acceptance_errors_as_problems() -> Iterator[None]:
    """Raise the problem that a refusal is to a caller."""
    try:
        yield
    except NothingToAcceptError as error:
        raise NothingToAccept(str(error)) from error
    except TooManyAcceptedError as error:
        raise TooManyAccepted(str(error)) from error
    except NoSuchWindowError as error:
        raise UnknownAcceptedWindow(f"{error} GET /monitoring/drift/accepted lists them.") from error
