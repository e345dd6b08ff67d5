"""What the reference of the API says of quarantine."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.quarantine.answers import RowsReplayed
from gateway_api.quarantine.problems import RowsDiscardedBefore
from gateway_api.reference.documenting import (
    COMMAND,
    FILE_BODY,
    ID,
    READING,
    WHO_AND_WHY,
    answer_like,
    closed_object,
    json_body,
    location_of,
    problems_among,
)
from gateway_api.wire.uploads import UnreadableFile

_SENDING = (
    p.UnknownUseCase, p.UnknownRows, p.AlreadyReplayed, RowsDiscardedBefore, p.NameTaken, p.StorageFull,
)  # fmt: skip
"""Problems of every operation that sends bad rows again."""

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


_WHICH_ROW: dict[str, dict[str, Any]] = {
    "batch_id": {**ID, "description": "Batch the bad row belongs to."},
    "row_number": {"type": "integer", "minimum": 1, "description": "Its number there."},
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
        **problems_among(*COMMAND, *_SENDING, p.InvalidRows),
    },
    "openapi_extra": json_body(
        "replay-rows",
        use_case={"type": "string", "description": "Use case of the rows."},
        rows={
            "type": "array",
            "minItems": 1,
            "maxItems": 1_000,
            "items": closed_object(
                **_WHICH_ROW,
                row={"type": "object", "description": "All values of the row, repaired, as `/predict` takes it."},
            ),
        },
    ),
}


REPLAY_FILE: dict[str, Any] = {
    "operation_id": "replayQuarantineFile",
    "description": (
        "Takes a file of bad rows that were repaired in Excel or elsewhere, as `GET /batches/{batch_id}/quarantine` gives it, in "
        "any format that `POST /batches` takes, and sends those again that are valid now, as a batch of their own. `row_number` "
        "says which row is meant, `batch_id`, as a column or a parameter, of which batch; other columns may be in any order. "
        "Decimal commas, dates like 31.12.2026 and Windows-1252 are read. What is not valid stays in quarantine, and `errors` "
        "says why; what was sent before is not sent again. At most 5,000 rows. Not for keys of the role `api`."
    ),
    "responses": {
        200: answer_like("repaired-file"),
        **problems_among(*COMMAND, *_SENDING, p.EmptyUpload, UnreadableFile, p.QueryTooSlow),
    },
    "openapi_extra": FILE_BODY,
}


CORRECT_ROWS: dict[str, Any] = {
    "operation_id": "correctQuarantine",
    "description": (
        "Replaces a value of a column in all bad rows that were refused for it and wait, checks them, and sends those again that "
        "are valid then, as a batch of their own; the others stay as they were. 5,000 rows at once: go on with `next_cursor` "
        "until there is none. Not for keys of the role `api`."
    ),
    "responses": {
        200: answer_like("corrected"),
        **problems_among(*COMMAND, *_SENDING),
    },
    "openapi_extra": json_body(
        "correct-rows",
        optional=("batch_id", "dry_run", "cursor"),
        use_case={"type": "string", "description": "Use case of the rows."},
        column={"type": "string", "minLength": 1, "maxLength": 200, "description": "Column that is corrected."},
        value={
            "type": ["string", "null"],
            "maxLength": 1_000,
            "description": "The value at fault, as the reasons of the rows give it; null where it is missing.",
        },
        replacement={
            "type": "string",
            "maxLength": 1_000,
            "description": "What takes its place, as a file would write it.",
        },
        batch_id={"anyOf": [ID, {"type": "null"}], "default": None, "description": "Only rows of this batch."},
        dry_run={"type": "boolean", "default": False, "description": "Whether to count only, and send nothing."},
        cursor={
            "type": ["string", "null"],
            "maxLength": 64,
            "default": None,
            "description": "`next_cursor` of the answer before.",
        },
    ),
}


_NAME: dict[str, Any] = {"type": ["string", "null"], "minLength": 1, "maxLength": 200, "default": None}

DISCARD_ROWS: dict[str, Any] = {
    "operation_id": "discardQuarantine",
    "description": (
        "Discards bad rows that wait, such as a line of sums: nobody is reminded of them, and they are never sent again. They "
        "stay quarantined in the ledger, as they came; who discarded them, when and why stays with each. Either `rows` names "
        "them, or all of `batch_id`, `column` and `rule` are meant, 5,000 at once: go on with `next_cursor` until there is none. "
        "A row about which somebody has decided before is `skipped`. Not for keys of the role `api`."
    ),
    "responses": {
        200: answer_like("discarding"),
        **problems_among(*COMMAND, p.UnknownUseCase, p.UnknownBatch, p.UnknownRows, p.QueryTooSlow),
    },
    "openapi_extra": json_body(
        "discard-rows",
        optional=("rows", "batch_id", "column", "rule", "cursor"),
        **WHO_AND_WHY,
        use_case={"type": "string", "description": "Use case of the rows."},
        rows={
            "type": ["array", "null"],
            "minItems": 1,
            "maxItems": 1_000,
            "default": None,
            "items": closed_object(**_WHICH_ROW),
        },
        batch_id={"anyOf": [ID, {"type": "null"}], "default": None, "description": "All rows of this batch that wait."},
        column={**_NAME, "description": "Only those with a reason in this column."},
        rule={**_NAME, "description": "Only those that break this rule there."},
        cursor={
            "type": ["string", "null"],
            "maxLength": 64,
            "default": None,
            "description": "`next_cursor` of the answer before.",
        },
    ),
}
