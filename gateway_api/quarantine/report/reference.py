"""What the reference of the API says of quality reports."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.quarantine.report.answers import QualityReportAnswer
from gateway_api.reference.documenting import READING, answer_like, page_for_people, problems_among


def _report(example: str, title: str) -> dict[str, Any]:
    """Describe a report, as figures or as a page."""
    answer = answer_like(example, model=QualityReportAnswer, description="The report, as figures or as a page.")
    answer["content"] |= page_for_people(title)["content"]
    return answer


_WHAT = (
    "Every expectation of the contract (type, limits, allowed values, rules of rows) with the rows that were looked at, those "
    "that broke it, and examples, counted in the database over all rows. A row that was no row at all was not looked at column "
    "by column."
)

BATCH_REPORT: dict[str, Any] = {
    "operation_id": "reportBatchQuality",
    "description": f"Reports on the rows of a batch. {_WHAT}",
    "responses": {
        200: _report("quality-report", "Data quality of a file"),
        **problems_among(*READING, p.UnknownBatch, p.UnknownUseCase),
    },
}


DAY_REPORT: dict[str, Any] = {
    "operation_id": "reportDayQuality",
    "description": f"Reports on the rows of the batches that were received on a day. {_WHAT}",
    "responses": {
        200: _report("quality-report", "Data quality of a day"),
        **problems_among(*READING, p.UnknownUseCase),
    },
}
