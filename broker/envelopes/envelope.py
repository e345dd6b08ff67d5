"""What an envelope is to everyone who reads messages: one value, and what opening any of them shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from broker.envelopes.foreign import ForeignMessage, MessageRefusedError
from broker.messages import MAX_INBOX_ROWS
from usecases.checking.json_size import LARGE_BODY, TooManyValuesError, most_members, require_bounded
from usecases.contract.spec import UseCase
from usecases.formats.json_text import JsonError, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Something that a client puts around rows, and says that it does. A new one is a file and a line in the registry.

    Attributes
    ----------
    is_declared
        Whether a message says that it has this envelope; the content alone never says so.
    open
        Returns the message as its sender meant it: with the key that the protocol defines, and the rows as its body.
        Raises MessageRefusedError where it is not what it says.
    """

    is_declared: Callable[[ForeignMessage], bool]
    open: Callable[[UseCase, ForeignMessage], ForeignMessage]


def parsed(use_case: UseCase, message: ForeignMessage) -> Any:
    """Parse the body of an envelope, as JSON that takes no more memory than rows may.

    Raises
    ------
    MessageRefusedError
        If it is none, or too large.
    """
    require_small(use_case, message.body)
    try:
        return parse(message.body)
    except JsonError as error:
        raise MessageRefusedError(f"the body is not JSON: {error}") from error


def within_text(use_case: UseCase, text: str, read: Callable[[bytes], Any]) -> Any:
    """Return what the JSON in a text holds, by one of the parsers; a text that is none stays one.

    Raises
    ------
    MessageRefusedError
        If it is too large.
    """
    try:
        body = text.encode()
        require_small(use_case, body)
        return read(body)
    except (JsonError, UnicodeError):
        return text


def require_small(use_case: UseCase, body: bytes) -> None:
    """Refuse JSON that would take too much memory, before it is parsed.

    Raises
    ------
    MessageRefusedError
        Naming what there is too much of.
    """
    try:
        if len(body) > LARGE_BODY:
            require_bounded(body, MAX_INBOX_ROWS, most_members(use_case))
    except TooManyValuesError as error:
        raise MessageRefusedError(f"the body is too large: {error}; drop a file") from error
