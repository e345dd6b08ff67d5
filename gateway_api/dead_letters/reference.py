"""What the reference of the API says of dead letters."""

from __future__ import annotations

from typing import Any

from gateway_api.dead_letters.answers import LettersReplayed
from gateway_api.dead_letters.problems import UnknownHold
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


HOLDS: dict[str, Any] = {
    "operation_id": "listHolds",
    "description": (
        "Lists senders of whom so many messages were refused that further ones are held until a person decides, instead of "
        "becoming dead letters."
    ),
    "responses": {200: answer_like("holds"), **problems_among(*READING)},
}

_DECIDING = problems_among(p.Unauthorized, p.Forbidden, p.InvalidParameters, p.DatabaseAway, p.Overloaded, UnknownHold)

RELEASE_HOLD: dict[str, Any] = {
    "operation_id": "releaseHold",
    "description": (
        "Has the messages of a hold taken up again as they came, in their order, after the cause was mended. What is still "
        "refused becomes a dead letter, until there are too many again. Only for keys of the role `admin`."
    ),
    "responses": {200: answer_like("hold", description="They are taken up within seconds."), **_DECIDING},
}

DISCARD_HOLD: dict[str, Any] = {
    "operation_id": "discardHold",
    "description": (
        "Deletes the messages of a hold; that they were held, and who discarded them, stays. Only for keys of the role "
        "`admin`."
    ),
    "responses": {200: answer_like("hold", description="They are deleted."), **_DECIDING},
}
