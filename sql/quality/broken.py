"""How many rows broke each rule, over all bad rows of a batch or a day that are kept, with examples."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Text, cast, column, func, select, true
from sqlalchemy.dialects.postgresql import JSONB

from sql.base.reading import reading
from sql.quality.rates import (
    BadBatch,
    QualityWindow,
    bad_batches,
    count_decided,
    newest_reasons,
    received,
    total,
)

MOST_COUNTED = 200_000
"""Bad rows whose reasons are counted, those of the newest batches: a statement has ten seconds, and rows may break many rules."""

MOST_RULES = 2_000
"""Rules that are told; a use case has a handful for each column."""


@dataclass(frozen=True, slots=True)
class Example:
    """A value that broke a rule, and what was said about it."""

    value: str | None
    message: str


@dataclass(frozen=True, slots=True)
class BrokenCount:
    """A rule, and how many rows broke it.

    Attributes
    ----------
    column, rule
        Which rule; the column is none where it is about the whole row.
    rows
        Rows that broke it.
    examples
        One or two of them.
    """

    column: str | None
    rule: str
    rows: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTotals:
    """Rows of batches.

    Attributes
    ----------
    batches, refused
        Number of batches, and of those that were refused as a whole.
    rows_in, quarantined
        Rows that were read, and bad ones among them.
    replayed, discarded
        Bad rows that were sent again since, and those that were discarded.
    counted
        Bad rows whose reasons were counted: all, unless some were not kept or there are too many.
    """

    batches: int
    refused: int
    rows_in: int
    quarantined: int
    replayed: int
    discarded: int
    counted: int


@dataclass(frozen=True, slots=True)
class BrokenRules:
    """All of it; batches are those with bad rows, the newest first, at most 50."""

    totals: RowTotals
    rules: Sequence[BrokenCount]
    bad_batches: Sequence[BadBatch]


def read_broken(engine: Engine, window: QualityWindow) -> BrokenRules:
    """Count the rows that broke each rule, the most frequent rule first."""
    with reading(engine) as connection:
        totals = _totals(connection, window)
        rules = _rules(connection, window) if totals.counted else []
        return BrokenRules(totals, rules, bad_batches(connection, window))


def _totals(connection: Connection, window: QualityWindow) -> RowTotals:
    found = received(window).c
    names = ("batches", "refused", "rows_in", "rows_quarantined", "rows_not_kept")
    sums = connection.execute(select(*(total(found[name]).label(name) for name in names))).mappings().one()
    return RowTotals(
        batches=sums["batches"],
        refused=sums["refused"],
        rows_in=sums["rows_in"],
        quarantined=sums["rows_quarantined"],
        **count_decided(connection, window),
        counted=min(sums["rows_quarantined"] - sums["rows_not_kept"], MOST_COUNTED),
    )


def _rules(connection: Connection, window: QualityWindow) -> list[BrokenCount]:
    newest = newest_reasons(window, MOST_COUNTED)
    reason = func.jsonb_array_elements(newest.c.reasons).table_valued(column("value", JSONB), name="reason")
    keys = reason.c.value["column"].astext, reason.c.value["rule"].astext
    # The smallest and the largest are the same at every look. "C" compares bytes, which is quick.
    written = cast(reason.c.value, Text).collate("C")
    query = (
        select(*keys, func.count(), func.min(written), func.max(written))
        .select_from(newest.join(reason, true()))
        .group_by(*keys)
        .order_by(func.count().desc(), *keys)
        .limit(MOST_RULES)
    )
    return [
        BrokenCount(name, rule, rows, tuple(map(_example, dict.fromkeys(ends))))
        for name, rule, rows, *ends in connection.execute(query)
    ]


def _example(reason: str) -> Example:
    found = json.loads(reason)
    return Example(found.get("value"), found["message"])
