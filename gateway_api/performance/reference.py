"""What the reference docs say of measured performance."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.reference.documenting import READING, answer_like, problems_among

PERFORMANCE: dict[str, Any] = {
    "operation_id": "measurePerformance",
    "description": (
        "Compares predictions with the labels that have arrived, version by version and over time. The time is that of the "
        "**receipt** of a row. Classes: `accuracy`, `precision`, `recall`, `f1` of the positive class (of several: plain "
        "means), `roc_auc`, `log_loss`; numbers: `mae`, `rmse`, `bias`; forecasts also by horizon, beside simple rules, with the share that intervals held. Intervals hold 95 %: Wilson's for shares, that of "
        "Hanley and McNeil for the area under the ROC curve, the normal one for means. `estimate` tells what is to be "
        "expected without labels, from the probabilities of all predictions."
    ),
    "responses": {200: answer_like("performance"), **problems_among(*READING, p.UnknownUseCase)},
}
