"""Bad rows as the quarantine keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import orjson

from sql.quarantine.rows import QuarantinedRow
from usecases.checking.chunk_check import CheckedChunk
from usecases.checking.reasons import Reason, RuleName, reason
from usecases.contract.spec import UseCase

MOST_REASONS = 100
"""Reasons that are kept with a bad row; what else is wrong with it is found when it is sent again."""


MOST_KEPT = 1_000
"""Bad rows that the quarantine keeps where the rest can be found elsewhere: in a refused file, or in what a job reads."""


def bad_rows(chunk: CheckedChunk, most: int | None = None) -> list[QuarantinedRow]:
    """Return the bad rows as the quarantine keeps them: all of them, or the first ones."""
    numbers = sorted(chunk.bad)[:most]
    return [
        QuarantinedRow(number, raw, reasons_json(chunk.bad[number]))
        for number, raw in zip(numbers, chunk.raw(numbers), strict=True)
    ]


def first_rows(use_case: UseCase, chunk: CheckedChunk, most: int) -> list[QuarantinedRow]:
    """Return rows as the quarantine keeps them if nothing of the file goes on: the bad ones, then the good ones too."""
    unread = reasons_json([reason(use_case, RuleName.FILE_REFUSED, None)])
    bad = sorted(chunk.bad)[:most]
    numbers = sorted([*bad, *chunk.good_numbers[: most - len(bad)].tolist()])
    return [
        QuarantinedRow(number, raw, reasons_json(chunk.bad[number]) if number in chunk.bad else unread)
        for number, raw in zip(numbers, chunk.raw(numbers), strict=True)
    ]


def reasons_json(reasons: Iterable[Reason]) -> str:
    """Write reasons as the quarantine keeps them."""
    return orjson.dumps([found.__dict__ for found in islice(reasons, MOST_REASONS)]).decode()
