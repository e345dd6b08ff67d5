"""How much JSON may hold, told from its bytes: before anything is parsed, for parsing it would take the memory."""

from __future__ import annotations

from usecases.contract.spec import UseCase

LARGE_BODY = 64 * 1024
"""Bytes up to which JSON need not be counted: whatever it holds is read in milliseconds."""

SPARE_MEMBERS = 100
"""Members of a row beyond the columns of its use case: so that a few misspelt ones are told by their names."""

_OTHERS = bytes(byte for byte in range(256) if byte not in b'"{[:')
"""Bytes that begin no value and end no text."""

_OTHERS_THAN_MEMBERS = bytes(byte for byte in range(256) if byte not in b"{:")
"""Bytes that neither begin an object nor follow a name."""


class TooManyValuesError(ValueError):
    """JSON holds more than anybody reads; says what and how much."""


def most_members(use_case: UseCase) -> int:
    """Return how many members an object may have that is read as a row of a use case."""
    return len(use_case.columns) + len(use_case.ignored_columns) + SPARE_MEMBERS


def require_bounded(body: bytes, rows: int, members: int) -> None:
    """Refuse JSON that holds more objects or lists than there may be rows, or an object with too many members.

    Parameters
    ----------
    body
        The JSON; need not be valid.
    rows, members
        How many there may be.

    Raises
    ------
    TooManyValuesError
        Naming what there is too much of.

    Examples
    --------
    >>> require_bounded(b'[{"note": "{{{ is a text"}]', rows=1, members=1)
    >>> require_bounded(b"[{}, {}, {}]", rows=2, members=1)
    Traceback (most recent call last):
        ...
    usecases.checking.json_size.TooManyValuesError: it holds 3 objects; at most 2 rows are taken at once
    """
    if _is_bounded(body, rows, members):  # texts hold such bytes too, so there may be less, never more
        return
    structure = _without_texts(body)
    for sign, what in ((b"{", "objects"), (b"[", "lists")):
        if (count := structure.count(sign)) > rows:
            raise TooManyValuesError(f"it holds {count:,} {what}; at most {rows:,} rows are taken at once")
    if (count := _longest(structure)) > members:
        raise TooManyValuesError(f"one of its objects has {count:,} members, where a row may have {members:,}")


def _is_bounded(structure: bytes, rows: int, members: int) -> bool:
    return structure.count(b"{") <= rows and structure.count(b"[") <= rows and _longest(structure) <= members


def _without_texts(body: bytes) -> bytes:
    """Leave the signs that begin values, those in texts left out; a few passes over the bytes, whatever they are."""
    signs = body.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _OTHERS)
    # Most texts hold no sign; between the marks of the others everything second is outside of a text.
    return b"".join(signs.replace(b'""', b"").split(b'"')[::2])


def _longest(structure: bytes) -> int:
    # Once nothing else is left, the length of a piece is the number of its members, which takes half the time of counting.
    return max(map(len, structure.translate(None, _OTHERS_THAN_MEMBERS).split(b"{")))
