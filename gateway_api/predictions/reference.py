"""What the reference of the API says of past predictions."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.reference.documenting import GUARDED, READING, answer_like, page_or_file, problems_among
from gateway_api.wire.answers import PredictionPage

PAST_PREDICTIONS: dict[str, Any] = {
    "operation_id": "listPastPredictions",
    "description": (
        "Lists stored predictions, the newest first, each with what came true where that is known. With `key` it is the "
        "history of a machine, a customer, whatever the key of the use case names, found by an index. Pages follow "
        "`next_cursor`, and rows that arrive meanwhile neither shift nor repeat them. A page looks through 100,000 rows at "
        "most, of the key where one is given: where a filter by class, score, door, version or outcome finds few, it comes with "
        "less than `limit` rows and says in `searched_to` how far it got. Months that were archived are in no page; the "
        "last one says in `archived_rows` how many rows that are. `format=csv` gives all rows that fit as one "
        f"stream instead, with what came true in a last column, named as the target is. {GUARDED}"
    ),
    "responses": {
        200: page_or_file("predictions", PredictionPage, "predictions.csv"),
        **problems_among(*READING, p.UnknownUseCase, p.UnknownBatch),
    },
}


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
