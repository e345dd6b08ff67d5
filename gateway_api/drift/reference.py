"""What the reference docs say of drift and watched quality."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.reference.documenting import READING, answer_like, problems_among

DRIFT: dict[str, Any] = {
    "operation_id": "judgeDrift",
    "description": (
        "Compares what was scored with what its model was trained on: every feature, the score and the prediction, the "
        "worst first. The time is that of the **commit**. A column `drifted` if the difference is large (its index "
        "without what chance makes of so few rows may exceed `max_psi`), significant (the corrected p-value is at most "
        "0.01) and, where rows come in order, larger than between windows of the training data (`limits`). The figures are added up from the counts that workers keep of every part, never by reading "
        "predictions, so a month costs what a day does."
    ),
    "responses": {200: answer_like("drift"), **problems_among(*READING, p.UnknownUseCase)},
}
WATCHED_QUALITY: dict[str, Any] = {
    "operation_id": "watchQuality",
    "description": (
        "Follows what arrives in batches over time: rows, bad rows, refused files, what is wrong in which column, and when "
        "something was heard of last. The time is that of the **receipt** of a batch."
    ),
    "responses": {200: answer_like("watched-quality"), **problems_among(*READING, p.UnknownUseCase)},
}
