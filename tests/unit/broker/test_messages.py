"""Contracts: what is written is read back, and nothing else is taken."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from broker.messages import (
    Lane,
    PartAnswer,
    PartBodyError,
    PartFailed,
    PartHeader,
    PartScored,
    Segment,
    Source,
    decode_rows,
    encode_rows,
)
from broker.topology import EXCHANGES, QUEUES

SCHEMA = pa.schema(
    [pa.field("x", pa.float64(), nullable=False), pa.field("kind", pa.dictionary(pa.int16(), pa.string()))]
)


def header(**changes: object) -> PartHeader:
    segment = Segment(batch_id=uuid4(), received_at=datetime(2026, 1, 2, tzinfo=UTC), source=Source.API, rows=2)
    fields: dict[str, object] = {
        "part_id": uuid4(),
        "use_case": "iris",
        "schema_hash": "abc",
        "lane": Lane.ONLINE,
        "segments": (segment, segment),
    }
    return PartHeader.model_validate({**fields, **changes})


def rows() -> pa.RecordBatch:
    kinds = pa.DictionaryArray.from_arrays(pa.array([0, None], pa.int16()), pa.array(["a", "b"]))
    return pa.RecordBatch.from_arrays([pa.array([1.5, -0.0]), kinds], schema=SCHEMA)


def test_a_header_survives_the_way_through_amqp() -> None:
    sent = header()
    assert PartHeader.from_headers(sent.to_headers()) == sent


def test_a_wish_to_be_explained_travels_along_and_nothing_else_does() -> None:
    sent = header(explain=True)
    assert PartHeader.from_headers(sent.to_headers()) == sent
    assert "explain" not in header().to_headers()


def test_headers_of_others_are_ignored() -> None:
    sent = header()
    assert PartHeader.from_headers({**sent.to_headers(), "x-death": [], "attempt": "2"}) == sent


@pytest.mark.parametrize("missing", ["part_id", "use_case", "schema_hash", "lane", "segments"])
def test_a_header_without_a_field_is_no_part(missing: str) -> None:
    headers = header().to_headers()
    del headers[missing]
    with pytest.raises(ValidationError):
        PartHeader.from_headers(headers)


def test_a_part_has_a_batch_if_it_is_in_the_bulk_lane_and_of_one_batch() -> None:
    alone = header().segments[:1]
    assert (header().batch_id, header().is_shared) == (None, False)
    assert header(segments=alone).batch_id is None
    bulk = header(lane=Lane.BULK, segments=alone)
    assert (bulk.batch_id, bulk.is_shared) == (alone[0].batch_id, False)
    shared = header(lane=Lane.BULK)
    assert (shared.batch_id, shared.is_shared) == (None, True)


def test_rows_survive_the_way() -> None:
    decoded, numbers = decode_rows(encode_rows(rows(), np.array([3, 9], dtype=np.int32)), SCHEMA)
    assert decoded.equals(rows())
    assert numbers.tolist() == [3, 9]


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "no Arrow stream"),
        (b"not arrow at all", "no Arrow stream"),
        (encode_rows(rows(), np.array([1, 2], dtype=np.int32))[:-200], "no Arrow stream"),
        (encode_rows(rows().select(["x"]), np.array([1, 2], dtype=np.int32)), "columns"),
        (encode_rows(rows().set_column(0, "x", pa.array(["1", "2"])), np.array([1, 2], dtype=np.int32)), "x is string"),
        (b"\0" * (17 * 1024 * 1024), "at most"),
    ],
    ids=["empty", "foreign", "truncated", "column missing", "type wrong", "huge"],
)
def test_a_body_that_is_no_part_says_why(body: bytes, cause: str) -> None:
    with pytest.raises(PartBodyError, match=cause):
        decode_rows(body, SCHEMA)


@pytest.mark.parametrize(
    "answer",
    [
        PartScored(model_version=3, predictions=["ok"], scores=[0.1]),
        PartScored(model_version=3, predictions=[1.5], scores=[None]),
        PartScored(model_version=3, predictions=["a"], scores=[0.5], class_scores=[[0.5, 0.5]]),
        PartFailed(code="no_model", detail="none"),
    ],
)
def test_an_answer_is_read_as_what_it_is(answer: PartScored | PartFailed) -> None:
    assert PartAnswer.validate_json(answer.model_dump_json()) == answer


def test_every_queue_is_fed_by_an_exchange_of_the_topology() -> None:
    assert {queue.exchange for queue in QUEUES} <= {exchange.name for exchange in EXCHANGES}


def test_no_work_queue_drops_a_message_silently() -> None:
    for queue in QUEUES:
        arguments = queue.arguments
        if arguments["x-queue-type"] == "quorum" and queue.name != "dead-letters":
            assert arguments["x-dead-letter-strategy"] == "at-least-once"
        if "x-max-length" in arguments:
            assert arguments["x-overflow"] == "reject-publish"
