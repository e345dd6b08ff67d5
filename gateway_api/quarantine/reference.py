"""What the reference docs say of the operations for people who watch the pipeline."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.predict.reference import ROWS_BODY
from gateway_api.quarantine import examples as ex
from gateway_api.quarantine.answers import LettersReplayed, RowsReplayed
from gateway_api.reference.documenting import (
    READING,
    answer_like,
    closed_object,
    json_body,
    location_of,
    problems_among,
)

_COMMAND = (
    p.MalformedBody, p.Unauthorized, p.Forbidden, p.TooLarge, p.UnsupportedMediaType, p.InvalidParameters, p.DatabaseAway,
    p.Overloaded,
)  # fmt: skip
"""What every command can meet."""

_ID = {"type": "string", "format": "uuid"}


CHECK: dict[str, Any] = {
    "operation_id": "checkRows",
    "description": (
        "Holds rows against the contract of a use case, with the verdict that `POST /predict` would give: what is good "
        "here is predicted there. Bad rows are a result here, with status 200, even if all are bad."
    ),
    "responses": {
        200: answer_like("checked"),
        **problems_among(
            p.MalformedBody, p.Unauthorized, p.UnknownUseCase, p.TooLarge, p.UnsupportedMediaType, p.InvalidRows,
            p.InvalidParameters,
        ),
    },
    "openapi_extra": {"requestBody": ROWS_BODY},
}  # fmt: skip

SUMMARY: dict[str, Any] = {
    "operation_id": "summarizePastPredictions",
    "description": (
        "Counts stored predictions by class, door and model version, over time. The time is that of the **commit**: rows "
        "of a file may be committed some seconds after the file was received, by which `GET /past-predictions` filters. "
        "The counts are added up from those of the parts that workers recorded, never by reading predictions, so "
        "millions are counted at once. `start` and `end` of the answer are those asked for, widened to the edges of "
        "spans of a round width."
    ),
    "responses": {200: answer_like("summary"), **problems_among(*READING, p.UnknownUseCase)},
}
QUARANTINE: dict[str, Any] = {
    "operation_id": "listQuarantine",
    "description": (
        "Lists the bad rows of files and messages with everything that is wrong with them: those of the newest batch "
        "first, and of a batch in their order. `start` and `end` are about the time their batch was received."
    ),
    "responses": {200: answer_like("bad-rows"), **problems_among(*READING)},
}
QUALITY: dict[str, Any] = {
    "operation_id": "summarizeQuarantine",
    "description": (
        "Counts the rows of the batches that were **received** between `start` and `end`: good, bad, and why. Rows of "
        "`POST /predict` are in no batch, for bad ones are refused at once."
    ),
    "responses": {200: answer_like("quality"), **problems_among(*READING, p.UnknownUseCase)},
}
REPLAY_ROWS: dict[str, Any] = {
    "operation_id": "replayQuarantine",
    "status_code": 202,
    "description": (
        "Sends repaired rows again, as a batch of their own; follow `Location` to see them predicted. Every row is "
        "checked first: all are sent, or none. A row is sent once; another repair of it is refused. Not for keys of the "
        "role `api`."
    ),
    "responses": {
        202: answer_like(
            "rows-replayed",
            model=RowsReplayed,
            description="The rows are stored and will be predicted.",
            headers=location_of("new batch"),
        ),
        **problems_among(
            *_COMMAND, p.UnknownUseCase, p.UnknownRows, p.AlreadyReplayed, p.NameTaken, p.InvalidRows, p.StorageFull
        ),
    },
    "openapi_extra": json_body(
        ex.REPLAY_ROWS,
        use_case={"type": "string", "description": "Use case of the rows."},
        rows={
            "type": "array",
            "minItems": 1,
            "maxItems": 1_000,
            "items": closed_object(
                batch_id={**_ID, "description": "Batch the bad row belongs to."},
                row_number={"type": "integer", "minimum": 1, "description": "Its number there."},
                row={"type": "object", "description": "All values of the row, repaired, as `/predict` takes it."},
            ),
        },
    ),
}
QUEUE_STATES: dict[str, Any] = {
    "operation_id": "listQueues",
    "responses": {200: answer_like("queues"), **problems_among(p.Unauthorized, p.BrokerAway)},
}
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
        **problems_among(*_COMMAND, p.BrokerAway),
    },
    "openapi_extra": json_body(
        ex.REPLAY_LETTERS,
        letter_ids={
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": {**_ID, "description": "Id of a letter."},
        },
    ),
}
