"""What the reference of the API says of dead letters."""

from __future__ import annotations

from typing import Any

from gateway_api.dead_letters.answers import LettersReplayed
from gateway_api.door import problems as p
from gateway_api.reference.documenting import COMMAND, ID, READING, answer_like, json_body, problems_among

LETTERS: dict[str, Any] = {
    "operation_id": "listDeadLetters",
    "responses": {200: answer_like("letter-page"), **problems_among(*READING)},
}


LETTER: dict[str, Any] = {
    "operation_id": "getDeadLetter",
    "responses": {200: answer_like("letter"), **problems_among(*READING, p.UnknownLetter)},
}


REPLAY_LETTERS: dict[str, Any] = {
    "operation_id": "replayDeadLetters",
    "status_code": 202,
    "description": (
        "Publishes dead letters again to where they came from, and waits until the broker has confirmed each. One that "
        "cannot be sent is `skipped`, with the reason, and keeps none of the others. What was recorded meanwhile is not "
        "recorded twice. Not for keys of the role `api`."
    ),
    "responses": {
        202: answer_like(
            "letters-replayed", model=LettersReplayed, description="Those that could be sent are on their way."
        ),
        **problems_among(*COMMAND, p.BrokerAway),
    },
    "openapi_extra": json_body(
        "replay-letters",
        letter_ids={
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": {**ID, "description": "Id of a letter."},
        },
    ),
}
