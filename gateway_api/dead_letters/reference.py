"""What the reference of the API says of dead letters."""

from __future__ import annotations

from typing import Any

from gateway_api.dead_letters.answers import LettersReplayed
from gateway_api.dead_letters.problems import LetterDecided, LetterNotRepairable, UnknownHold
from gateway_api.door import problems as p
from gateway_api.reference.documenting import COMMAND, ID, READING, WHO_AND_WHY, answer_like, json_body, problems_among

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


LETTER_ROWS: dict[str, Any] = {
    "operation_id": "listRowsOfDeadLetter",
    "description": (
        "Reads the rows of a dead letter, those of a foreign message of JSON or of a part, and holds each against the contract. "
        "Where none can be read, `problem` says why. At most 1,000 rows."
    ),
    "responses": {
        200: answer_like("letter-rows"),
        **problems_among(*READING, p.UnknownLetter, p.UnknownUseCase),
    },
}


REPAIR_LETTER: dict[str, Any] = {
    "operation_id": "repairDeadLetter",
    "description": (
        "Publishes a dead letter again with these rows instead of its own, to where it came from, and waits until the broker has "
        "confirmed it. Every row is checked first: all are sent, or none. A part keeps the number of its rows. A foreign message "
        "may be sent to another use case than it named. The letter keeps its body, and `GET /dead-letters/{letter_id}` tells who "
        "repaired it and why. Not for keys of the role `api`."
    ),
    "responses": {
        200: answer_like("letter-repaired", description="It is on its way."),
        **problems_among(
            *COMMAND, p.UnknownLetter, p.UnknownUseCase, p.InvalidRows, p.BrokerAway, LetterDecided, LetterNotRepairable
        ),
    },
    "openapi_extra": json_body(
        "repair-letter",
        optional=("use_case",),
        **WHO_AND_WHY,
        rows={
            "type": "array",
            "minItems": 1,
            "maxItems": 1_000,
            "items": {"type": "object", "description": "All values of the row, as `/predict` takes it."},
        },
        use_case={
            "type": ["string", "null"],
            "maxLength": 60,
            "default": None,
            "description": "Use case the rows are for, where the letter named another one, or none.",
        },
    ),
}


DISCARD_LETTERS: dict[str, Any] = {
    "operation_id": "discardDeadLetters",
    "description": (
        "Discards dead letters that wait: nobody is reminded of them, and their rows stay dead-lettered in the ledger. What they "
        "hold is deleted by upkeep after a while, who discarded them and why stays. Not for keys of the role `api`."
    ),
    "responses": {200: answer_like("letters-discarded"), **problems_among(*COMMAND)},
    "openapi_extra": json_body(
        "discard-letters",
        **WHO_AND_WHY,
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
