"""What the reference docs say of shadow, and an example."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.reference.documenting import READING, answer_like, problems_among

SHADOW: dict[str, Any] = {
    "operation_id": "compareShadow",
    "description": (
        "Compares what the version with the alias `challenger` would have answered with what callers were answered, row by "
        "row: disagreements, how far scores lie apart, in which segments, and, where labels have arrived, how good both were "
        "on the same rows. The challenger scores after the commit, when there is time: `compared` tells how many of the rows."
    ),
    "responses": {200: answer_like("shadow"), **problems_among(*READING, p.UnknownUseCase)},
}
