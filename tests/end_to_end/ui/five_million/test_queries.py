"""Whatever a page asks for, among five million predictions: it reads a bounded number of rows, found by an index."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select

from broker.messages import Source
from sql.base.tables import batches
from sql.dead_letters.storage import LetterFilter, LetterState, newest_letters
from sql.labels.beside import csv_of_predictions
from sql.ledger.batch_ledger import find_batch, list_batches
from sql.ledger.batches import BatchState
from sql.predictions.counts import CountFilter, first_recorded_at
from sql.predictions.hours import count_predictions
from sql.predictions.nearest import MOST_LOOKED_AT, nearest_rows
from sql.predictions.of_batch import BatchRange, batch_predictions
from sql.predictions.past import KEY_LOOKED_THROUGH, MOST_LOOKED_THROUGH, Wanted, newest_predictions, one_prediction
from sql.predictions.tables import prediction_table
from sql.quality.arrivals import read_heard
from sql.quality.rates import MOST_COUNTED, QualityWindow, first_received_at, read_quality
from sql.quarantine.pages import RowKey, newest_quarantined, quarantined_rows
from sql.quarantine.rows import QuarantineFilter
from tests.end_to_end.ui.five_million.conftest import FILES, TIMES, Measure
from tests.support.pipeline import EQUIPMENT

TABLE = prediction_table(EQUIPMENT)
PAGE_ROWS = 201
"""A page, and one row to see whether there is another."""

MOST_OF_A_KEY = 400_000
"""Rows read for a rare key, of five million: the newest, those beside the ones that its index leads to, and its mistakes."""

PARTS_OF_AN_HOUR = 2_250

START = datetime(2026, 8, 1, tzinfo=UTC)
END = START + max(1, TIMES) * timedelta(days=3)
SPAN = timedelta(hours=1)


@pytest.mark.parametrize(
    ("wanted", "most_read"),
    [
        (Wanted(), 10 * PAGE_ROWS),
        (Wanted(start=START + SPAN, end=START + 2 * SPAN), 10 * PAGE_ROWS),
        (Wanted(source=Source.API), MOST_LOOKED_THROUGH),
        (Wanted(source=Source.WEBAPP), 2 * MOST_LOOKED_THROUGH),
        (Wanted(source=Source.SCHEDULED), 2 * MOST_LOOKED_THROUGH),
        (Wanted(model_version=9), 2 * MOST_LOOKED_THROUGH),
        # The ledger knows that it ended long ago: nothing newer is looked through.
        (Wanted(model_version=1), 50_000),
        (Wanted(model_version=1, source=Source.FILE, end=END), 50_000),
        (Wanted(classes=("failure",)), MOST_LOOKED_THROUGH),
        (Wanted(classes=("failure",), source=Source.SCHEDULED), 2 * MOST_LOOKED_THROUGH),
        (Wanted(least=0.5), MOST_LOOKED_THROUGH),
        (Wanted(most=-1), 2 * MOST_LOOKED_THROUGH),
    ],
    ids=str,
)
def test_a_page_of_predictions(engine: Engine, measure: Measure, wanted: Wanted, most_read: int) -> None:
    cost = measure(lambda: newest_predictions(engine, EQUIPMENT, wanted, before=None, limit=PAGE_ROWS))
    assert cost.predictions_scanned == set()
    assert cost.predictions_read <= most_read
    # Parts of one hour, and hours, of which a year has some thousands of rows.
    assert cost.rows_read - cost.predictions_read <= PARTS_OF_AN_HOUR + 2_000


@pytest.mark.parametrize(
    ("wanted", "found", "most_read"),
    [
        (Wanted(key="M-7"), min(PAGE_ROWS, FILES), MOST_OF_A_KEY),
        (Wanted(key="M-retired"), PAGE_ROWS, MOST_OF_A_KEY),
        (Wanted(key="M-7", start=START + SPAN, end=START + 6 * SPAN), min(FILES, 39) - 6, MOST_OF_A_KEY),
        (Wanted(key="M-7", classes=("failure",)), 0, MOST_OF_A_KEY),
        (Wanted(key="M-retired", least=0.5, model_version=1), PAGE_ROWS, MOST_OF_A_KEY),
        (Wanted(key="nobody"), 0, MOST_OF_A_KEY),
    ],
    ids=str,
)
def test_a_rare_key_is_found_by_its_index(
    engine: Engine, measure: Measure, wanted: Wanted, found: int, most_read: int
) -> None:
    pages = []
    cost = measure(
        lambda: pages.append(newest_predictions(engine, EQUIPMENT, wanted, before=None, limit=PAGE_ROWS).rows)
    )
    assert len(pages[0]) == found
    assert {row["machine_id"] for row in pages[0]} <= {wanted.key}
    assert cost.predictions_scanned == set()
    assert cost.predictions_read <= most_read
    assert any("machine_id" in name for name in cost.indexes)


@pytest.mark.parametrize("wanted", [Wanted(key="mill-7"), Wanted(key="mill-7", classes=("failure",))], ids=str)
def test_a_frequent_key_is_found_among_the_newest_rows(engine: Engine, measure: Measure, wanted: Wanted) -> None:
    cost = measure(lambda: newest_predictions(engine, EQUIPMENT, wanted, before=None, limit=PAGE_ROWS))
    assert cost.predictions_scanned == set()
    assert cost.predictions_read <= 3 * KEY_LOOKED_THROUGH


def test_a_row_by_its_id_and_the_rows_that_are_like_it(engine: Engine, measure: Measure) -> None:
    with engine.connect() as connection:
        some = connection.execute(select(TABLE).order_by(TABLE.c.id).offset(1_000).limit(1)).mappings().one()
    cost = measure(lambda: one_prediction(engine, EQUIPMENT, some["id"]))
    assert cost.predictions_scanned == set()
    assert cost.predictions_read <= 1
    cost = measure(lambda: nearest_rows(engine, EQUIPMENT, some, 5))
    assert cost.predictions_scanned == set()
    assert cost.predictions_read <= 3 * MOST_LOOKED_AT


def test_a_download_begins_at_once(engine: Engine) -> None:
    begin = time.perf_counter()
    lines = csv_of_predictions(engine, EQUIPMENT, Wanted())
    assert [len(next(lines).splitlines()) for _ in range(3)] == [1, 2_000, 2_000]
    lines.close()
    assert time.perf_counter() - begin < 2


def test_a_page_deep_in_the_table(engine: Engine, measure: Measure) -> None:
    with engine.connect() as connection:
        deep = connection.scalars(select(TABLE.c.id).order_by(TABLE.c.id).offset(50_000).limit(1)).one()
    cost = measure(lambda: newest_predictions(engine, EQUIPMENT, Wanted(), before=deep, limit=PAGE_ROWS))
    assert cost.predictions_scanned == set()
    assert cost.predictions_read <= 10 * PAGE_ROWS


def test_searching_on_finds_every_rare_row_once(engine: Engine) -> None:
    wanted, before, found = Wanted(source=Source.WEBAPP), None, []
    for _ in range(20):
        page = newest_predictions(engine, EQUIPMENT, wanted, before=before, limit=50)
        found += [row["id"] for row in page.rows]
        before = page.rows[-1]["id"] if len(page.rows) == 50 else page.searched_to
        if before is None:
            break
    with engine.connect() as connection:
        query = select(TABLE.c.id).where(TABLE.c.source == "webapp").order_by(TABLE.c.id.desc())
        assert found == connection.scalars(query).all() != []


@pytest.mark.parametrize("which", [{}, {"source": Source.WEBAPP}, {"model_version": 1}], ids=str)
def test_a_summary_reads_hours_and_no_predictions(engine: Engine, measure: Measure, which: dict[str, Any]) -> None:
    span = CountFilter(use_case=EQUIPMENT.name, start=START, end=END, width=SPAN, **which)
    cost = measure(lambda: count_predictions(engine, span))
    assert cost.predictions_read == 0
    assert cost.rows_read <= 2_000


def test_a_summary_of_an_hour_reads_the_parts_of_that_hour(engine: Engine, measure: Measure) -> None:
    span = CountFilter(use_case=EQUIPMENT.name, start=START + SPAN, end=START + 2 * SPAN, width=SPAN / 60)
    cost = measure(lambda: count_predictions(engine, span))
    assert cost.rows_read <= PARTS_OF_AN_HOUR


def whole_quality(engine: Engine) -> object:
    return read_quality(engine, QualityWindow(use_case=EQUIPMENT.name, start=START, end=END), SPAN)


def quality_of_a_flood(engine: Engine) -> object:
    return read_quality(engine, QualityWindow(use_case="iris", start=START, end=END), SPAN)


def flood(engine: Engine, after: int | None = None) -> Any:
    """List a page of 300,000 bad rows of one file, the first or one far behind."""
    waiting = QuarantineFilter(use_case="iris", waiting=True)
    last = None if after is None else RowKey(UUID(md5(b"flood", usedforsecurity=False).hexdigest()), after)
    found = newest_quarantined(engine, waiting, start=None, end=None, after=last, limit=101)
    assert [row["row_number"] for row in found] == list(range((after or 0) + 1, (after or 0) + 102))
    return found


def first_batch(engine: Engine) -> Any:
    with engine.connect() as connection:
        of_files = select(batches).where(batches.c.source == "file")
        return connection.execute(of_files.order_by(batches.c.received_at).limit(1)).one()


def predictions_of_a_batch(engine: Engine) -> object:
    batch = first_batch(engine)
    of_batch = BatchRange(batch.id, batch.first_id, batch.last_id)
    return batch_predictions(engine, EQUIPMENT, of_batch, after=None, limit=PAGE_ROWS)


@pytest.mark.parametrize(
    ("look", "most_read"),
    [
        (lambda engine: first_recorded_at(engine, EQUIPMENT.name), 10),
        (lambda engine: first_received_at(engine, EQUIPMENT.name), 10),
        (lambda engine: list_batches(engine, limit=26), 6_000),
        (lambda engine: list_batches(engine, use_case=EQUIPMENT.name, source=Source.FILE, limit=26), 6_000),
        (lambda engine: list_batches(engine, use_case="iris", limit=26), 200),
        (lambda engine: list_batches(engine, source=Source.WEBAPP, limit=26), 200),
        (lambda engine: list_batches(engine, state=BatchState.REFUSED, limit=26), 200),
        (lambda engine: read_heard(engine, "iris"), 10),
        (lambda engine: find_batch(engine, first_batch(engine).id), 6_000),
        (predictions_of_a_batch, 2_000),
        (lambda engine: quarantined_rows(engine, first_batch(engine).id, after=0, limit=101), 2_000),
        (flood, 2_000),
        (lambda engine: flood(engine, after=200_000), 2_000),
        (whole_quality, 400 * FILES),
        (quality_of_a_flood, 2 * MOST_COUNTED + 1_000),
        (lambda engine: newest_letters(engine, LetterFilter(state=LetterState.WAITING), before=None, limit=26), 100),
    ],
    ids=["first recorded", "first received", "batches", "batches of files", "batches of another use case",
         "batches of no door", "refused batches", "heard last", "a batch", "predictions of a batch",
         "its bad rows", "bad rows of a flood", "and those behind", "quality", "quality of a flood", "letters"],
)  # fmt: skip
def test_whatever_else_a_page_shows(
    engine: Engine, measure: Measure, look: Callable[[Engine], object], most_read: int
) -> None:
    cost = measure(lambda: look(engine))
    assert cost.predictions_scanned == set()
    assert cost.predictions_read <= 10 * PAGE_ROWS
    assert cost.rows_read <= most_read
