"""Answers that bring what was predicted, to whoever asks for it."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from broker.messages import MAX_ONLINE_ROWS
from tests.integration.ingestion.conftest import Doors
from tests.integration.ingestion.inbox.sending import declare, message, sender
from tests.support.ingestion.readings import reading

ASKED = {"x-answer": "predictions"}


async def test_an_answer_brings_predictions_once_they_are_recorded(doors: Doors) -> None:
    rows = [reading(torque_nm=455 if number == 2 else 40) for number in range(1, 5)]
    async with sender(doors) as one:
        await one.send(one.asking(rows, str(uuid4()), headers=ASKED), one.asking(rows[0], str(uuid4())))
        assert "predictions" not in (at_once := await one.answer()) or at_once["predictions"] == []
        await doors.record_all()
        answer = await one.answer()
    assert (answer["rows_in"], answer["rows_accepted"], answer["detail"]) == (4, 3, "")
    assert [row["row_number"] for row in answer["refused"]] == [2]
    assert [(row["row_number"], row["prediction"], row["score"]) for row in answer["predictions"]] == [
        (1, "ok", 0.5), (3, "ok", 0.5), (4, "ok", 0.5),
    ]  # fmt: skip
    assert len({UUID(row["prediction_id"]) for row in answer["predictions"]}) == 3


async def test_a_long_message_is_answered_with_all_of_its_rows(doors: Doors) -> None:
    rows = [reading(machine_id=f"M-{number}") for number in range(MAX_ONLINE_ROWS + 5)]
    async with sender(doors) as one:
        await one.send(one.asking(rows, str(uuid4()), headers=ASKED))
        await doors.record_all()
        answer = await one.answer()
    assert [row["row_number"] for row in answer["predictions"]] == list(range(1, len(rows) + 1))


async def test_a_row_that_came_before_is_answered_with_what_was_predicted_then(doors: Doors) -> None:
    declare(doors, identity=["machine_id", "measured_at"])
    known, new = (reading(machine_id=f"M-{uuid4()}", measured_at="2026-03-01T12:00:00Z") for _ in range(2))
    async with sender(doors) as one:
        await one.send(message(known))
        await doors.record_all()
        await one.send(one.asking([known, new, known], headers=ASKED))
        await doors.record_all()
        answer = await one.answer()
    assert (answer["rows_accepted"], answer["rows_known"]) == (1, 2)
    ids = [row["prediction_id"] for row in answer["predictions"]]
    assert [row["row_number"] for row in answer["predictions"]] == [1, 2, 3]
    assert (ids[0] == ids[2], ids[0] == ids[1]) == (True, False)


async def test_predictions_that_do_not_come_are_told(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.messages.answers.PATIENCE_SECONDS", 0.2)
    async with sender(doors) as one:
        await one.send(one.asking(reading(), str(uuid4()), headers=ASKED))
        answer = await one.answer()
    assert (answer["outcome"], answer["predictions"], answer["detail"]) == (
        "accepted",
        [],
        "rows not predicted yet: 1",
    )
