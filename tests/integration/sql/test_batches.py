"""Batches are written down once, chunk by chunk, and read back with their ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from broker.ids import first_prediction_id, last_prediction_id, part_id
from broker.messages import Source
from sql.base.engine import connect_engine
from sql.ledger import batch_ledger
from sql.ledger.batch_ledger import count_batches, find_batch, list_batches
from sql.ledger.batches import (
    Batch,
    BatchState,
    ChunkGapError,
    PlannedPart,
    ReadChunk,
    announce_batch,
    finish_batch,
    record_chunk,
    refuse_batch,
    unrecorded_parts,
)
from sql.provision import prepare_database
from sql.quarantine.rows import (
    QuarantinedRow,
    QuarantineFilter,
    count_reasons,
    list_quarantined,
    mark_replayed,
)
from usecases.contract.catalog import load_catalog


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    prepare_database(database_url, load_catalog().values())
    engine = connect_engine(database_url, "test")
    yield engine
    engine.dispose()


def announce(engine: Engine, batch_id: UUID | None = None, use_case: str = "equipment_failure") -> Batch:
    return announce_batch(
        engine, batch_id=batch_id or uuid4(), use_case=use_case, source=Source.API, name="rows.csv", schema_hash="abc"
    )


def chunk(batch: Batch, before: int, good: int, bad: int, problem: str | None = None) -> ReadChunk:
    reasons = json.dumps([{"column": "torque_nm", "rule": "maximum", "value": "9", "message": "too much"}])
    return ReadChunk(
        rows_before=before,
        rows=good + bad,
        parts=[PlannedPart(part_id(batch.id, before), before, good)] if good else [],
        quarantined=[QuarantinedRow(before + number, '{"torque_nm": 9}', reasons) for number in range(1, bad + 1)],
        problem=problem,
    )


def test_what_arrives_again_is_the_same_with_the_time_it_first_came(engine: Engine) -> None:
    first = announce(engine)
    again = announce(engine, first.id)
    assert again == first
    assert first.received_at.microsecond % 1000 == 0
    ledger = find_batch(engine, first.id)
    assert ledger is not None
    assert ledger.received_at == first.received_at
    assert ledger.received_at.tzinfo == UTC
    assert ledger.first_id == first_prediction_id(first.received_at, first.id)
    assert ledger.last_id == last_prediction_id(first.received_at, first.id)


def test_nobody_is_found_under_an_unknown_id(engine: Engine) -> None:
    assert find_batch(engine, uuid4()) is None


def test_a_chunk_is_written_down_once_however_often_it_is_tried(engine: Engine) -> None:
    batch = announce(engine)
    assert record_chunk(engine, batch, chunk(batch, 0, 7, 3))
    assert not record_chunk(engine, batch, chunk(batch, 0, 7, 3))
    assert record_chunk(engine, batch, chunk(batch, 10, 5, 0))
    assert not record_chunk(engine, batch, chunk(batch, 0, 7, 3))
    ledger = find_batch(engine, batch.id)
    assert ledger is not None
    assert (ledger.rows_in, ledger.quarantined, ledger.planned, ledger.pending) == (15, 3, 12, 12)
    assert ledger.is_balanced
    assert not ledger.is_done


def test_two_at_once_write_a_chunk_down_once(engine: Engine) -> None:
    batch = announce(engine)
    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(lambda _: record_chunk(engine, batch, chunk(batch, 0, 7, 3)) is not None, range(4)))
    assert sorted(written) == [False, False, False, True]


def test_a_gap_is_an_error(engine: Engine) -> None:
    batch = announce(engine)
    with pytest.raises(ChunkGapError):
        record_chunk(engine, batch, chunk(batch, 10, 5, 0))


def test_a_batch_read_to_its_end_is_ingested_and_one_with_a_problem_refused(engine: Engine) -> None:
    fine, wrong, unread = announce(engine), announce(engine), announce(engine)
    record_chunk(engine, fine, chunk(fine, 0, 5, 0))
    record_chunk(engine, wrong, chunk(wrong, 0, 0, 5, problem="too bad"))
    assert finish_batch(engine, fine.id) is BatchState.INGESTED
    assert finish_batch(engine, wrong.id) is BatchState.REFUSED
    refuse_batch(engine, unread.id, "not UTF-8")
    refused = find_batch(engine, unread.id)
    assert refused is not None
    assert (refused.state, refused.problem, refused.is_done) == (BatchState.REFUSED, "not UTF-8", True)


def test_unrecorded_parts_are_those_neither_recorded_nor_dead(engine: Engine) -> None:
    batch = announce(engine)
    for before in (0, 10, 20, 30):
        record_chunk(engine, batch, chunk(batch, before, 10, 0))
    recorded, dead, replayed = part_id(batch.id, 0), part_id(batch.id, 10), part_id(batch.id, 20)
    with engine.begin() as connection:
        connection.execute(
            text("update smartpredict.parts set recorded_at = now() where part_id = :id"), {"id": recorded}
        )
        for number, (letter, moment) in enumerate(((dead, None), (replayed, "2026-05-04"), (recorded, None))):
            connection.execute(
                text(
                    "insert into smartpredict.dead_letters (letter_id, queue, routing_key, exchange, part_id, batch_id,"
                    " rows, cause, headers, body, died_at, replayed_at) values (:letter, 'q', 'k', 'x', :part, :batch,"
                    " 10, 'why', '{}', '', now(), :replayed)"
                ),
                {"letter": uuid4(), "part": letter, "batch": batch.id, "replayed": moment, "n": number},
            )
    assert unrecorded_parts(engine, batch.id) == {20, 30}
    ledger = find_batch(engine, batch.id)
    assert ledger is not None
    assert (ledger.predicted, ledger.dead_lettered, ledger.pending) == (10, 10, 20)
    assert ledger.is_balanced


def test_a_given_up_letter_still_counts_as_dead_and_two_letters_count_once(engine: Engine) -> None:
    batch = announce(engine)
    record_chunk(engine, batch, chunk(batch, 0, 10, 0))
    with engine.begin() as connection:
        for moment in (None, "2026-05-04"):
            connection.execute(
                text(
                    "insert into smartpredict.dead_letters (letter_id, queue, routing_key, exchange, part_id, rows, cause,"
                    " headers, body, died_at, discarded_at) values (:letter, 'q', 'k', 'x', :part, 10, 'why', '{}', '',"
                    " now(), :discarded)"
                ),
                {"letter": uuid4(), "part": part_id(batch.id, 0), "discarded": moment},
            )
    ledger = find_batch(engine, batch.id)
    assert ledger is not None
    assert (ledger.dead_lettered, ledger.pending, ledger.is_balanced) == (10, 0, True)


def test_pages_of_the_list_go_on_where_the_last_one_ended(engine: Engine) -> None:
    announced = [announce(engine, use_case="iris").id for _ in range(5)]
    first = list_batches(engine, use_case="iris", limit=2)
    second = list_batches(engine, use_case="iris", after=first[-1].batch_id, limit=2)
    third = list_batches(engine, use_case="iris", after=second[-1].batch_id, limit=2)
    listed = [batch.batch_id for batch in (*first, *second, *third)]
    assert sorted(listed) == sorted(announced)
    times = [batch.received_at for batch in (*first, *second, *third)]
    assert times == sorted(times, reverse=True)


def test_a_list_is_counted_as_far_as_anybody_needs_to_know(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    announced = [announce(engine, use_case="customer_churn") for _ in range(4)]
    refuse_batch(engine, announced[0].id, "no columns")
    assert count_batches(engine, use_case="customer_churn") == 4
    assert count_batches(engine, use_case="customer_churn", state=BatchState.REFUSED) == 1
    assert count_batches(engine, use_case="customer_churn", source=Source.FILE) == 0
    assert count_batches(engine) == min(len(list_batches(engine, limit=20_000)), 10_001)
    monkeypatch.setattr(batch_ledger, "MOST_COUNTED", 2)
    assert count_batches(engine, use_case="customer_churn") == 3, "more than two"
    with engine.begin() as connection:
        connection.execute(text("lock table smartpredict.batches"))
        monkeypatch.setattr(batch_ledger, "COUNT_PATIENCE", timedelta(milliseconds=1))
        assert count_batches(engine) is None, "nobody waits for a number"


def test_any_text_can_be_kept_in_quarantine(engine: Engine) -> None:
    batch = announce(engine)
    texts = ["tab\tnew\nline\rback\\slash\\N", "\\.", "NUL \0 and \\u0000", "\u2028 é 日本 \ud800"]
    rows = [
        QuarantinedRow(
            number, raw, json.dumps([{"column": None, "rule": "not_a_row", "value": raw[:9], "message": raw}])
        )
        for number, raw in enumerate(texts[:3], start=1)
    ]
    rows.append(QuarantinedRow(4, texts[3], "[]"))
    record_chunk(engine, batch, ReadChunk(rows_before=0, rows=4, parts=[], quarantined=rows))
    kept = list_quarantined(engine, QuarantineFilter(batch_id=batch.id))
    assert [entry.raw for entry in kept] == [texts[0], texts[1], "NUL \ufffd and \\u0000", "\u2028 é 日本 ?"]
    assert kept[0].reasons[0]["message"] == texts[0]
    assert kept[2].reasons[0]["message"] == "NUL \ufffd and \\\ufffd" or "\ufffd" in kept[2].reasons[0]["message"]


def test_bad_rows_are_found_by_column_and_rule_until_they_are_replayed(engine: Engine) -> None:
    batch = announce(engine)
    record_chunk(engine, batch, chunk(batch, 0, 0, 4))

    def found(**which: object) -> int:
        return len(list_quarantined(engine, QuarantineFilter(batch_id=batch.id, **which)))  # type: ignore[arg-type]

    assert found(column="torque_nm", rule="maximum") == 4
    assert found(column="torque_nm", rule="minimum") == found(column="tool_wear_min") == 0
    (count,) = count_reasons(engine, QuarantineFilter(batch_id=batch.id))
    assert (count.use_case, count.column, count.rule, count.rows) == ("equipment_failure", "torque_nm", "maximum", 4)
    mark_replayed(engine, batch.id, [1, 2, 3], uuid4())
    assert found(waiting=True) == 1
    assert found() == 4
