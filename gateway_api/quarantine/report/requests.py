"""What callers may ask of quality reports."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gateway_api.wire.parameters import Query, UseCaseQuery

LAST_DAY = date(9999, 12, 30)
"""The last one that has a day after it."""


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _no_number(value: object) -> object:
    """Refuse a number, which would be seconds or milliseconds since 1970."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("a day is written as in 2026-03-01 (ISO 8601)")
    return value


Day = Annotated[date, BeforeValidator(_no_number), Field(le=LAST_DAY)]


class ReportQuery(Query):
    """How a report is written."""

    format: Literal["json", "html"] = Field(
        default="json", description="`html` gives the report as one page that loads nothing."
    )


class DayReportQuery(ReportQuery, UseCaseQuery):
    """Which day."""

    day: Day = Field(description="Day on which batches were received, in UTC, as in `2026-03-01`.")
