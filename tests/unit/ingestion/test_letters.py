"""A dead letter tells what died, where and why, whoever gave it up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from broker.dead_letters import dead_letter, without_death
from broker.ids import part_id
from broker.topology import BULK, INBOX, PREDICT
from ingestion.dead_letters.letters import DeadMessage, read_letter
from tests.support.pipeline import bulk_part, equipment_rows

MOMENT = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


def dead(headers: dict[str, Any], body: bytes = b"body", message_id: str | None = "m-1") -> DeadMessage:
    return DeadMessage(body, headers, message_id, "application/json", "dead-letters-exchange", "some-key")


def x_death(reason: str, **more: Any) -> dict[str, Any]:
    death = {"count": 1, "reason": reason, "queue": BULK, "time": MOMENT, "exchange": PREDICT, "routing-keys": [BULK]}
    return {"x-death": [{**death, **more}], "x-first-death-reason": reason}


def test_a_service_says_why_and_where_a_replay_goes() -> None:
    batch = uuid4()
    part = bulk_part(equipment_rows(3), batch)
    given_up = dead_letter(
        body=part.body,
        content_type=part.content_type,
        headers={**part.headers, "attempt": "5", "x-death": []},
        message_id=part.message_id,
        origin=BULK,
        exchange=PREDICT,
        routing_key=BULK,
        cause="no_model: train one",
    )
    letter = read_letter(dead(given_up.headers, given_up.body, given_up.message_id))
    assert (letter.queue, letter.exchange, letter.routing_key) == (BULK, PREDICT, BULK)
    assert letter.cause == "no_model: train one"
    assert (letter.batch_id, letter.part_id, letter.rows) == (batch, part_id(batch, 0), 3)
    assert letter.use_case == "equipment_failure"
    assert without_death(letter.headers) == part.headers


def test_the_broker_says_only_how_it_ended() -> None:
    letter = read_letter(dead(x_death("delivery_limit")))
    assert letter.cause.startswith("delivery_limit: its consumer died")
    assert (letter.queue, letter.exchange, letter.routing_key, letter.died_at) == (BULK, PREDICT, BULK, MOMENT)
    assert (letter.part_id, letter.rows, letter.use_case) == (None, 0, None)


def test_what_a_sender_set_is_no_story_of_a_service() -> None:
    posed = {
        "origin": BULK, "replay_exchange": PREDICT, "replay_routing_key": BULK, "cause": "nothing is wrong",
        "died_at": MOMENT.isoformat(),
    }  # fmt: skip
    by_broker = x_death("delivery_limit", queue=INBOX, exchange=INBOX, **{"routing-keys": ["iris"]})
    letter = read_letter(dead({**posed, **by_broker}))
    assert (letter.queue, letter.exchange, letter.routing_key) == (INBOX, INBOX, "iris")
    assert letter.cause.startswith("delivery_limit")


def test_a_foreign_message_tells_its_use_case_by_its_key() -> None:
    headers = x_death("rejected", queue=INBOX, exchange=INBOX, **{"routing-keys": ["iris"]})
    assert read_letter(dead(headers)).use_case == "iris"


def test_one_death_is_one_letter_and_another_death_another() -> None:
    first = read_letter(dead(x_death("rejected")))
    assert read_letter(dead(x_death("rejected"))).letter_id == first.letter_id
    assert read_letter(dead(x_death("rejected"), message_id="m-2")).letter_id != first.letter_id
    assert read_letter(dead(x_death("rejected"), b"other")).letter_id != first.letter_id
    assert read_letter(dead(x_death("rejected", time=MOMENT.replace(minute=31)))).letter_id != first.letter_id
    assert read_letter(dead(x_death("rejected", count=2))).letter_id != first.letter_id


def test_a_letter_without_any_story_is_kept_too() -> None:
    letter = read_letter(dead({}, message_id=None))
    assert "without saying why" in letter.cause
    assert letter.letter_id == read_letter(dead({}, message_id=None)).letter_id


def test_headers_of_any_kind_can_be_stored() -> None:
    headers = {"a": b"\xff\0", "b": [MOMENT, {"c": 1.5}], "x-death": "nonsense", "rows": object}
    letter = read_letter(dead(headers))
    assert letter.headers["a"] == "\ufffd\ufffd"
    assert letter.headers["b"] == [MOMENT.isoformat(), {"c": "1.5"}]
