"""Ids: derived, ordered by time, never colliding within a batch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from broker.ids import (
    MAX_ROWS_PER_BATCH,
    batch_id_of_file,
    batch_id_of_message,
    first_id_at,
    first_prediction_id,
    id_bounds,
    last_prediction_id,
    part_id,
    prediction_ids,
    received_at_of,
    to_milliseconds,
)

MOMENT = datetime(2026, 5, 4, 12, 30, 15, 123_000, tzinfo=UTC)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)).map(  # noqa: DTZ001  # hypothesis wants them naive
    lambda moment: to_milliseconds(moment.replace(tzinfo=UTC))
)


def test_the_same_arrival_has_the_same_batch_id() -> None:
    assert batch_id_of_file("iris", "ab" * 32, "a.csv") == batch_id_of_file("iris", "ab" * 32, "a.csv")


def test_name_content_and_use_case_each_make_another_batch() -> None:
    ids = {
        batch_id_of_file("iris", "ab", "a.csv"),
        batch_id_of_file("iris", "ab", "b.csv"),
        batch_id_of_file("iris", "cd", "a.csv"),
        batch_id_of_file("churn", "ab", "a.csv"),
        batch_id_of_message("iris", "ab"),
    }
    assert len(ids) == 5


@given(moments, st.uuids(), st.integers(0, MAX_ROWS_PER_BATCH))
def test_a_prediction_id_is_a_uuid7_that_tells_when(moment: datetime, batch: UUID, row: int) -> None:
    ids = prediction_ids([(moment, batch, 1)], np.array([row], dtype=np.int32))
    found = UUID(bytes=ids[0].as_py())
    assert (found.version, found.variant) == (7, "specified in RFC 4122")
    assert received_at_of(found) == moment
    assert first_prediction_id(moment, batch).int + row == found.int <= last_prediction_id(moment, batch).int


@given(st.lists(st.tuples(moments, st.uuids()), min_size=1, max_size=5), st.integers(1, 100), st.integers(0, 90))
def test_the_bounds_of_many_ids_are_those_found_one_by_one(
    batches: list[tuple[datetime, UUID]], rows: int, left_out: int
) -> None:
    starts = [(moment, batch, rows) for moment, batch in batches]
    ids = prediction_ids(starts, np.tile(np.arange(1, rows + 1, dtype=np.int32), len(batches)))
    some = ids.slice(min(left_out, len(ids) - 1))
    found = [UUID(bytes=raw) for raw in some.to_pylist()]
    assert id_bounds(some) == (min(found), max(found))


@given(moments, st.integers(1, 10**9), st.uuids())
def test_a_date_range_is_an_id_range(moment: datetime, later: int, batch: UUID) -> None:
    first = first_prediction_id(moment, batch)
    assert first_id_at(moment) <= first < first_id_at(moment + timedelta(milliseconds=later))


def test_ids_of_runs_are_those_of_their_rows() -> None:
    one, two = uuid4(), uuid4()
    ids = prediction_ids([(MOMENT, one, 2), (MOMENT, two, 1)], np.array([1, 7, 3], dtype=np.int32))
    wanted = [
        UUID(int=first_prediction_id(MOMENT, one).int + 1),
        UUID(int=first_prediction_id(MOMENT, one).int + 7),
        UUID(int=first_prediction_id(MOMENT, two).int + 3),
    ]
    assert [UUID(bytes=value) for value in ids.to_pylist()] == wanted


def test_parts_of_a_batch_differ() -> None:
    batch = uuid4()
    assert len({part_id(batch, number) for number in range(1000)}) == 1000
