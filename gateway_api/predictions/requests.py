"""Which past predictions callers may ask for."""

from __future__ import annotations

from pydantic import Field

from broker.messages import Source
from gateway_api.wire.parameters import FileQuery, Moment, RangeQuery, UseCaseName, UseCaseQuery
from sql.predictions.past import Wanted
from usecases.contract.catalog import DEFAULT_USE_CASE


class PastQuery(FileQuery, RangeQuery):
    """Which predictions."""

    use_case: UseCaseName = DEFAULT_USE_CASE
    source: Source | None = Field(default=None, description="Only those that came through this door.")
    model_version: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Only those of this version.")

    @property
    def wanted(self) -> Wanted:
        """The filters."""
        return Wanted(start=self.start, end=self.end, source=self.source, model_version=self.model_version)


class SummaryQuery(RangeQuery, UseCaseQuery):
    """Which predictions are counted."""

    start: Moment | None = Field(
        default=None, description="Committed then or later; if not given, from the first prediction on."
    )
    end: Moment | None = Field(default=None, description="Committed before; if not given, until now.")
    source: Source | None = Field(default=None, description="Only those that came through this door.")
    model_version: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Only those of this version.")
    buckets: int = Field(default=60, ge=2, le=1_000, description="Most spans of time.")
