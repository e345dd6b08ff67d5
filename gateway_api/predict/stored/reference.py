"""What the reference of the API says of stored rows that are looked at again."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.predict.problems import VersionNotServed
from gateway_api.predict.stored.problems import UnknownPrediction
from gateway_api.reference.documenting import READING, answer_like, problems_among
from sql.predictions.nearest import MOST_LOOKED_AT

EXPLANATION: dict[str, Any] = {
    "operation_id": "explainPastPrediction",
    "description": (
        "Tells why a stored prediction is what it is: its stored values are scored once more by **the version that made it**, "
        "with what each feature contributed, the base value, and their sum. Nothing is stored or counted. A version that is "
        "not served any more cannot be asked; that is refused with `version-not-served`. Where the answer is not the stored "
        "one, `is_same` says so."
    ),
    "responses": {
        200: answer_like("past-explanation"),
        **problems_among(
            *READING, p.UnknownUseCase, UnknownPrediction, VersionNotServed, p.ScoringFailed, p.BrokerAway, p.NoModel,
            p.NotReady, p.DeadlinePassed,
        ),
    },
}  # fmt: skip


NEAREST: dict[str, Any] = {
    "operation_id": "listNearestPredictions",
    "description": (
        "Lists the stored rows that are most like a stored one, the nearest first, with what was predicted for them and what "
        f"came true. The newest {MOST_LOOKED_AT:,} rows of the use case are compared, of wide rows fewer: `looked_at` and "
        "`since` say how many, and how far back. The distance is the mean over all features of their difference as a share of "
        "the range among these rows, and of 0 or 1 for names (Gower)."
    ),
    "responses": {
        200: answer_like("nearest-predictions"),
        **problems_among(*READING, p.UnknownUseCase, UnknownPrediction),
    },
}
