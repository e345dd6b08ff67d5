"""Packets of NestJS microservices, which say nowhere that they are ones: told by their exact names.

And only where no column of the use case is called so, for a row of such names would be refused anyway.
"""

from __future__ import annotations

from typing import Any

from usecases.contract.spec import UseCase

PATTERN, DATA, ID = "pattern", "data", "id"
"""What a packet is for, the row or rows, and, of a packet that is to be answered, what tells it from others of its sender.
The last is made anew whenever it is sent, so it is no key."""


def open_packet(use_case: UseCase, content: dict[str, Any]) -> Any:
    """Return what a packet brings; anything else stays what it is.

    Parameters
    ----------
    use_case
        What the rows are of.
    content
        What the body of a message holds.

    Examples
    --------
    >>> from usecases.contract.catalog import load_catalog
    >>> iris = load_catalog()["iris"]
    >>> open_packet(iris, {"pattern": "iris", "data": {"petal_width_cm": 0.2}, "id": "1"})
    {'petal_width_cm': 0.2}
    >>> open_packet(iris, {"pattern": "iris", "data": 1, "more": 2})
    {'pattern': 'iris', 'data': 1, 'more': 2}
    """
    if content.keys() - {ID} != {PATTERN, DATA}:
        return content
    known = use_case.known_names
    return content if known & {PATTERN, DATA} else content[DATA]
