"""Which forecasts callers may ask for."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from gateway_api.wire.commands import Command
from gateway_api.wire.parameters import FileQuery, Moment, UseCaseName
from sql.forecasts.reading import Versions, WantedForecasts

MOST_HISTORY = 1_000
"""Steps of readings before the forecasts of a page: six weeks of hours."""


class ForecastQuery(FileQuery):
    """Which forecasts."""

    use_case: UseCaseName
    series: str | None = Field(default=None, max_length=1_000, description="Only those of this series.")
    origin: Moment | None = Field(
        default=None,
        description="Only those made from this time; the newest origin if neither it, `since` nor `until` is given.",
    )
    since: Moment | None = Field(default=None, description="Only those of times from then on.")
    until: Moment | None = Field(default=None, description="Only those of times before.")
    versions: Versions = Field(
        default=Versions.NEWEST,
        description="Where readings that came late made further versions of a forecast: `newest`, as is known now; `first`, "
        "as it was answered; `all`.",
    )
    history: int = Field(
        default=0,
        ge=0,
        le=MOST_HISTORY,
        description="So many steps of readings up to the latest origin of the page come along in `readings`.",
    )

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Self:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("since has to lie before until")
        return self

    @property
    def wanted(self) -> WantedForecasts:
        """The filters."""
        return WantedForecasts(
            versions=self.versions, series=self.series, origin=self.origin, since=self.since, until=self.until
        )


class MakeForecast(Command):
    """What is to be forecast."""

    use_case: str = Field(max_length=60)
    origin: Moment | None = None
