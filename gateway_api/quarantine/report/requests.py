"""What callers may ask of quality reports."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from gateway_api.wire.parameters import Query, UseCaseQuery

LAST_DAY = date(9999, 12, 30)
"""The last one that has a day after it."""


class ReportQuery(Query):
    """How a report is written."""

    format: Literal["json", "html"] = Field(
        default="json", description="`html` gives the report as one page that loads nothing."
    )


class DayReportQuery(ReportQuery, UseCaseQuery):
    """Which day."""

    day: date = Field(le=LAST_DAY, description="Day on which batches were received, in UTC, as in `2026-03-01`.")
