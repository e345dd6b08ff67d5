"""One correction for all bad rows that need it: a value of a column is replaced, and what is valid then is sent again."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import Engine, RowMapping

from broker.messages import Source
from gateway_api.gateway import Gateway
from gateway_api.quarantine.answers import CorrectionAnswer, StillWrong
from gateway_api.quarantine.repairs import send_repaired
from gateway_api.quarantine.requests import CorrectRows, DiscardRows
from gateway_api.wire.cursors import cursor_of_row, cut_page, row_of_cursor
from sql.quarantine.pages import RowKey, newest_quarantined
from usecases.checking.reasons import Reason, RuleName, reason
from usecases.checking.table_check import check_table
from usecases.columns.number_texts import cell_text
from usecases.contract.arriving import arriving_contract
from usecases.contract.spec import UseCase

MOST_ROWS = 5_000
"""Rows that are corrected at once, in a tenth of a second; whoever asks goes on with the cursor."""

_MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Corrected:
    """Rows after a correction.

    Attributes
    ----------
    good
        Those that are valid now, with their values.
    bad
        What is wrong with the others.
    """

    good: dict[RowKey, dict[str, Any]]
    bad: list[list[Reason]]


async def correct_rows(gateway: Gateway, use_case: UseCase, source: Source, command: CorrectRows) -> CorrectionAnswer:
    """Correct the bad rows that wait and match, and send those that are valid then; a dry run only counts.

    Raises
    ------
    gateway_api.door.problems.Problem
        If somebody else sent or discarded one of them meanwhile; nothing is sent then.
    """
    shown, cursor = await asyncio.to_thread(page_of, gateway.engine, command, MOST_ROWS)
    corrected = await asyncio.to_thread(corrected_rows, use_case, shown, command.column, command.replacement)
    batch = None
    if corrected.good and not command.dry_run:
        batch = await send_repaired(gateway, use_case, source, corrected.good)
    counted = Counter((reason.column, reason.rule) for reasons in corrected.bad for reason in reasons)
    examples = {(reason.column, reason.rule): reason.message for reasons in corrected.bad for reason in reasons}
    return CorrectionAnswer(
        matched=len(shown),
        corrected=len(corrected.good),
        still_wrong=[
            StillWrong(column=column, rule=rule, rows=rows, message=examples[column, rule])
            for (column, rule), rows in counted.most_common(_MOST_TOLD)
        ],
        batch_id=None if batch is None else batch.id,
        next_cursor=cursor,
    )


def page_of(engine: Engine, command: CorrectRows | DiscardRows, limit: int) -> tuple[Sequence[RowMapping], str | None]:
    """Read the rows that match, so many at most, and where the next ones begin."""
    after = row_of_cursor(command.cursor)
    found = newest_quarantined(
        engine,
        command.which,
        start=None,
        end=None,
        after=None if after is None else RowKey(*after),
        limit=limit + 1,
    )
    return cut_page(found, limit, lambda last: cursor_of_row(last["batch_id"], last["row_number"]))


def corrected_rows(use_case: UseCase, rows: Sequence[RowMapping], column: str, replacement: str) -> Corrected:
    """Replace a value in rows as the quarantine keeps them, and check them as a file is checked.

    Parameters
    ----------
    use_case
        The contract.
    rows
        Rows with `batch_id`, `row_number` and `raw`.
    column, replacement
        What is replaced, and by what, as a file would write it.
    """
    if not rows:
        return Corrected({}, [])
    arriving = arriving_contract(use_case)
    values = [_values(row["raw"]) | {column: replacement} for row in rows]
    texts = [pa.array([cell_text(row.get(name)) for row in values], pa.string()) for name in arriving.columns]
    checked = check_table(arriving, pa.RecordBatch.from_arrays(texts, names=list(arriving.columns)))
    keys = [RowKey(row["batch_id"], row["row_number"]) for row in rows]
    good = dict(zip(checked.good_positions.tolist(), checked.good.to_pylist(), strict=True))
    bad = dict(checked.bad)
    for place, row in enumerate(values):
        # A column that the use case has not may be one that is meant otherwise: it is not left out without a word.
        unknown = [reason(arriving, RuleName.UNKNOWN_COLUMN, name) for name in row if name not in arriving.columns]
        if unknown:
            bad[place] = [*bad.get(place, []), *unknown]
    return Corrected({keys[place]: row for place, row in good.items() if place not in bad}, list(bad.values()))


def _values(raw: str) -> dict[str, Any]:
    """Read a row as it came; one that was none has no values."""
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
