"""What the reference of the API says of mappings."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.predict.mappings import problems as m
from gateway_api.predict.mappings.answers import ENCODING, NOTATIONS
from gateway_api.reference.documenting import COMMAND, READING, answer_like, json_body, problems_among
from usecases.columns.notations import Notation
from usecases.formats.encoded import Encoding

MAPPINGS: dict[str, Any] = {
    "operation_id": "listMappings",
    "description": "Lists how files are read that are written otherwise than a use case expects: who said so, and when.",
    "responses": {200: answer_like("mappings"), **problems_among(*READING, p.UnknownUseCase)},
}
ACCEPT: dict[str, Any] = {
    "operation_id": "acceptMapping",
    "status_code": 201,
    "description": (
        "Says how files of a use case with a header are read: which column is which, and how texts and numbers are written. "
        "Every file with these columns, in whatever order, that is received from then on is read so, through `/check`, "
        "`/batches` and `incoming/` alike. It takes the place of the mapping for the same columns; the same one twice is one. "
        "`POST /check` with a file suggests one. Not for keys of the role `api`."
    ),
    "responses": {
        201: answer_like("mapping", description="Files are read so from now on."),
        **problems_among(*COMMAND, p.UnknownUseCase, m.TooManyMappings),
    },
    "openapi_extra": json_body(
        "accept-mapping",
        optional=("encoding", "notations"),
        use_case={"type": "string", "maxLength": 60, "description": "Name of the use case."},
        columns={
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": ["string", "null"]},
            "description": "What each column of such a file is in the use case; null for one that is ignored. Columns "
            "without a name are left out.",
        },
        encoding={"type": "string", "enum": [*Encoding], "default": Encoding.UTF_8, "description": ENCODING},
        notations={
            "type": "object",
            "additionalProperties": {"type": "string", "enum": [*Notation]},
            "description": NOTATIONS,
        },
    ),
}
WITHDRAW: dict[str, Any] = {
    "operation_id": "withdrawMapping",
    "description": (
        "Withdraws a mapping, which stays listed. Files that were received before are read by it to their end. Not for keys of "
        "the role `api`."
    ),
    "responses": {
        200: answer_like("mapping", description="It counts no more."),
        **problems_among(
            p.Unauthorized, p.Forbidden, p.InvalidParameters, p.DatabaseAway, p.Overloaded, m.UnknownMapping
        ),
    },
}
