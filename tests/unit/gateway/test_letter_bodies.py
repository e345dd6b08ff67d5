"""Bodies of dead letters: whatever they hold, a person sees a text."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.messages import ARROW_STREAM
from broker.topology import BULK, INBOX
from gateway_api.dead_letters.bodies import MOST_CHARACTERS, show_body
from gateway_api.dead_letters.letter_rows import read_letter, repaired_body
from sql.dead_letters.storage import Letter
from tests.support import doctests
from tests.support.pipeline import bulk_part, equipment_rows
from usecases.checking.row_model import read_row
from usecases.contract.spec import UseCase


def letter(body: bytes, *, queue: str = BULK, content_type: str | None = ARROW_STREAM) -> Letter:
    return Letter(
        id=1, letter_id=UUID(int=1), queue=queue, exchange="", routing_key="", message_id=None, part_id=None, batch_id=None,
        use_case=None, rows=0, cause="", content_type=content_type, headers={}, body=body,
        died_at=datetime.now(UTC), replayed_at=None, discarded_at=None,
    )  # fmt: skip


@given(st.binary(max_size=2_000), st.sampled_from([ARROW_STREAM, "application/json", None]))
def test_any_body_can_be_shown(body: bytes, content_type: str | None) -> None:
    shown = show_body(letter(body, content_type=content_type))
    shown.text.encode()
    assert "\0" not in shown.text
    assert not shown.is_truncated


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=500))
def test_a_text_is_shown_as_it_is(text: str) -> None:
    assert show_body(letter(text.encode(), content_type="text/plain")).text == text


def test_a_long_text_is_cut_between_characters() -> None:
    shown = show_body(letter("€".encode() * 100_000, content_type="text/plain"))
    assert (shown.text, shown.is_truncated) == ("€" * MOST_CHARACTERS, True)


def test_a_part_is_shown_as_rows() -> None:
    shown = show_body(letter(bulk_part(equipment_rows(3), uuid4()).body))
    assert [json.loads(line)["row_number"] for line in shown.text.splitlines()] == [1, 2, 3]
    assert not shown.is_truncated


def test_what_strangers_call_arrow_is_no_work_for_a_parser() -> None:
    shown = show_body(letter(bulk_part(equipment_rows(3), uuid4()).body, queue=INBOX))
    assert shown.text.startswith("\\xff\\xff\\xff\\xff")


def test_rows_under_their_own_names_are_repaired_with_all_they_hold() -> None:
    tiles = UseCase.model_validate(
        {
            "name": "tiles", "title": "Tiles", "task": "regression", "target": "width", "training": {"data": "x.csv"},
            "key": "tile", "key_source_name": "Tile No.", "ignored_columns": ["measured at", "note"],
            "inbox": {"identity": ["tile", "measured at"]},
            "features": [{"name": "heat_k", "type": "float", "source_name": "Heat [K]", "nullable": True}],
        }
    )  # fmt: skip
    body = json.dumps({"Tile No.": "T1", "Heat [K] ": 900.5, "measured at": "today", "note": "x"}).encode()
    sent = replace(letter(body, content_type="application/json"), exchange=INBOX)
    found = read_letter(tiles, sent)
    assert found.values == [{"tile": "T1", "heat_k": 900.5}]
    repaired, _ = repaired_body(found, [read_row(tiles, dict(found.values[0]))])
    assert json.loads(repaired) == {"tile": "T1", "heat_k": 900.5, "measured at": "today"}


@pytest.mark.parametrize("module", doctests.modules_with_examples("gateway_api"))
def test_the_examples_in_docstrings_are_true(module: str) -> None:
    assert doctests.failures(module) == 0
