"""Lots: rows of many batches are checked and cut together, and each batch keeps its own account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine

from broker.ids import part_id
from broker.messages import Source, decode_rows
from broker.transport.publisher import Publisher
from ingestion.batches.ingest import BatchIngestor
from ingestion.batches.lots import MAX_SEGMENTS, PlannedLot, plan_lot
from ingestion.batches.plan import IncomingRows
from ingestion.metrics import IngestionMetrics
from tests.support.ingestion.readings import READING, reading
from usecases.contract.catalog import load_catalog
from usecases.contract.row_layout import row_schema

CATALOG = load_catalog()
BAD = reading(torque_nm=455)


def ingestor(part_rows: int = 10_000) -> BatchIngestor:
    return BatchIngestor(
        engine=create_engine("postgresql+psycopg2://"),
        publisher=Publisher("amqp://", "test"),
        catalog=CATALOG,
        metrics=IngestionMetrics(),
        part_rows=part_rows,
    )


def incoming(rows: Sequence[Any], use_case: str = "equipment_failure") -> IncomingRows:
    return IncomingRows(
        use_case=use_case, batch_id=uuid4(), source=Source.MESSAGE, name="m-1", rows=rows, digest="d", max_bad_share=1
    )


def contents(lot: PlannedLot) -> list[list[tuple[UUID, int, str]]]:
    """Read back what each part holds: batch, row number and machine of every row."""
    found = []
    for part in lot.parts:
        schema = row_schema(CATALOG[part.header.use_case])
        rows, numbers = decode_rows(part.body, schema)
        owners = [segment.batch_id for segment in part.header.segments for _ in range(segment.rows)]
        assert part.header.rows == rows.num_rows == len(owners)
        names = rows.column(0).to_pylist() if schema.names[0] == "machine_id" else [""] * len(owners)
        found.append(list(zip(owners, numbers.tolist(), names, strict=True)))
    return found


def test_rows_of_many_messages_share_a_part_and_keep_their_batch_and_number() -> None:
    first = incoming([reading(machine_id="A1")])
    second = incoming([reading(machine_id="B1"), BAD, reading(machine_id="B3")])
    third = incoming([BAD])
    fourth = incoming([reading(machine_id="D1")])
    lot = plan_lot(ingestor(), [first, second, third, fourth])
    assert contents(lot) == [
        [
            (first.batch_id, 1, "A1"),
            (second.batch_id, 1, "B1"),
            (second.batch_id, 3, "B3"),
            (fourth.batch_id, 1, "D1"),
        ]
    ]
    shared = lot.parts[0].header.part_id
    assert [one.part_id for one in lot.batches] == [shared, shared, None, shared]
    assert [(one.batch.rows_in, one.batch.rows_quarantined) for one in lot.batches] == [(1, 0), (3, 1), (1, 1), (1, 0)]
    assert [[row.row_number for row in one.quarantined] for one in lot.batches] == [[], [2], [1], []]
    assert lot.parts[0].header.batch_id is None


def test_a_message_alone_has_a_part_of_its_own_that_can_be_cut_again() -> None:
    alone = incoming([READING])
    lot = plan_lot(ingestor(), [alone])
    assert [part.header.part_id for part in lot.parts] == [part_id(alone.batch_id, 0)]
    assert (lot.parts[0].header.batch_id, lot.batches[0].part_id) == (alone.batch_id, None)


def test_bad_rows_alone_make_no_part() -> None:
    lot = plan_lot(ingestor(), [incoming([BAD]), incoming([None, 5])])
    assert lot.parts == []
    assert [len(one.quarantined) for one in lot.batches] == [1, 2]


def test_each_use_case_has_parts_of_its_own() -> None:
    iris = {"sepal_length_cm": 5.1, "sepal_width_cm": 3.5, "petal_length_cm": 1.4, "petal_width_cm": 0.2}
    lot = plan_lot(ingestor(), [incoming([READING]), incoming([iris], "iris"), incoming([READING])])
    assert [(part.header.use_case, part.header.rows) for part in lot.parts] == [("equipment_failure", 2), ("iris", 1)]


@pytest.mark.parametrize(
    ("sizes", "part_rows", "expected"),
    [
        ([4, 4, 4], 10, [8, 4]),
        ([10, 1, 9, 1], 10, [10, 10, 1]),
        ([1] * (MAX_SEGMENTS + 1), 10_000, [MAX_SEGMENTS, 1]),
        ([1_000] * 11, 10_000, [10_000, 1_000]),
    ],
)
def test_a_part_is_bounded_by_rows_and_by_messages(sizes: list[int], part_rows: int, expected: list[int]) -> None:
    lot = plan_lot(ingestor(part_rows), [incoming([READING] * size) for size in sizes])
    assert [part.header.rows for part in lot.parts] == expected
    rows = [row for part in contents(lot) for row in part]
    assert len(set(rows)) == len(rows) == sum(sizes)


def test_many_rows_are_checked_in_columns_with_the_same_outcome() -> None:
    lot = plan_lot(ingestor(), [incoming([reading(machine_id=f"M-{number}"), BAD]) for number in range(600)])
    rows = [row for part in contents(lot) for row in part]
    assert [name for _, _, name in rows] == [f"M-{number}" for number in range(600)]
    assert {number for _, number, _ in rows} == {1}
    assert {row.row_number for one in lot.batches for row in one.quarantined} == {2}
