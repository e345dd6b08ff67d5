"""What a forecast declares in `usecase.yaml`, and the features of its rows that follow from it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from usecases.columns.features import CategoryFeature, FeatureBase, SourceName, Strict
from usecases.columns.patterns import COLUMN_NAME, DURATION
from usecases.columns.timestamps import known_zone

FORECAST_KEY = "forecast_of"
"""Column of a forecast's rows that names what is forecast: the series and the hour, as `north@2026-03-29T01:00:00Z`."""

HORIZON = "horizon"
"""Column of a forecast's rows with the steps from the origin to what is forecast."""

OBSERVATION_COLUMNS = ("series", "event_time", "known_at", "recorded_at")
"""Columns that every table of observations has, beside one for the reading and one for each feature known ahead."""

MICROSECONDS = {"min": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}

LAGS, SEASONS = "lag", "season"
ROLLING = ("mean", "std", "min", "max")
"""What is computed over the newest readings; the first part of the names of the columns."""


class CalendarPart(StrEnum):
    """What a model sees of the time that is forecast, as clocks and calendars show it in the time zone."""

    HOUR = "hour"
    WEEKDAY = "weekday"
    DAY = "day"
    DAY_OF_YEAR = "day_of_year"
    MONTH = "month"


class Missing(StrEnum):
    """What becomes of readings that are not there when a forecast is made."""

    LEAVE = "leave"
    """They stay missing; the model has learned to do without."""
    CARRY = "carry"
    """The newest reading before stands in for them."""
    IMPUTE = "impute"
    """The reading one season before stands in for them, else the newest before."""
    REFUSE = "refuse"
    """Nothing is forecast from an origin that lacks one of its lags."""


Steps = Annotated[int, Field(ge=1, le=10_000)]
Window = Annotated[int, Field(ge=2, le=10_000)]
Duration = Annotated[str, Field(pattern=DURATION)]


class ForecastOptions(Strict):
    """How rows are made of observations, and how far ahead is forecast."""

    time: SourceName = Field(min_length=1, description="Column of the observations with the time of a reading.")
    known_at: SourceName = Field(
        default="",
        description="Column that tells when a reading was published or corrected; without it, at once and for good.",
    )
    series: str | None = Field(
        default=None,
        pattern=COLUMN_NAME.pattern,
        description="The feature, a category, that names the series; without it all readings are of one.",
    )
    frequency: Duration = Field(description="Step from reading to reading, such as `1h` or `15min`; `1d` is 24 hours.")
    horizon: int = Field(ge=1, le=1_000, description="Steps that are forecast from an origin.")
    delay: Duration | None = Field(
        default=None,
        description="How long after its time a forecast is made and readings still count as known; one step if not given.",
    )
    time_zone: Annotated[str, AfterValidator(known_zone)] = Field(
        default="UTC", description="Zone whose clocks and calendars the model sees, such as `Asia/Singapore`."
    )
    lags: tuple[Steps, ...] = Field(
        default=(1,), max_length=400, description="Readings before the first that is forecast; 1 is that of the origin."
    )
    seasons: tuple[Steps, ...] = Field(
        default=(),
        max_length=20,
        description="Steps of a season, such as 24 and 168: the newest known reading at the same place of a season.",
    )
    rolling_mean: tuple[Window, ...] = Field(default=(), max_length=20, description="Mean of so many newest readings.")
    rolling_std: tuple[Window, ...] = Field(default=(), max_length=20, description="Their standard deviation.")
    rolling_min: tuple[Window, ...] = Field(default=(), max_length=20, description="The smallest of them.")
    rolling_max: tuple[Window, ...] = Field(default=(), max_length=20, description="The largest of them.")
    calendar: tuple[CalendarPart, ...] = Field(
        default=(), description="What the model sees of the time that is forecast, in the time zone."
    )
    known_ahead: tuple[str, ...] = Field(
        default=(),
        max_length=400,
        description="Features whose value at the time that is forecast is known at the origin, such as holidays.",
    )
    intervals: tuple[Annotated[int, Field(ge=2, le=98, multiple_of=2)], ...] = Field(
        default=(90,), max_length=10, description="Intervals, by the percent of what comes true that they shall hold."
    )
    missing: Missing = Field(default=Missing.LEAVE, description="What becomes of readings that are not there.")
    training_rows: int = Field(
        default=300_000,
        ge=1_000,
        le=50_000_000,
        description="Most pairs of origin and horizon that are learned from and judged by, drawn from all there are.",
    )
    unit: str = Field(default="", max_length=30, description="Unit of the readings.")
    minimum: float | None = Field(default=None, description="Smallest reading that can be right.")
    maximum: float | None = Field(default=None, description="Largest reading that can be right.")

    @model_validator(mode="after")
    def _steps_differ(self) -> ForecastOptions:
        for field in ("lags", "seasons", *(f"rolling_{name}" for name in ROLLING), "calendar", "intervals"):
            found = getattr(self, field)
            if len(set(found)) != len(found):
                raise ValueError(f"forecast.{field} names {max(found, key=found.count)} twice")
        if 1 not in self.lags:
            raise ValueError("forecast.lags needs 1, the reading of the origin: the last value is the first baseline")
        if self.missing is Missing.IMPUTE and not self.seasons:
            raise ValueError("missing: impute needs forecast.seasons, which say what reading stands in; or write carry")
        return self

    @cached_property
    def step(self) -> int:
        """Microseconds from reading to reading."""
        return microseconds(self.frequency)

    @cached_property
    def delay_microseconds(self) -> int:
        """How long after its origin a forecast is made."""
        return microseconds(self.delay or self.frequency)

    @cached_property
    def lookback(self) -> int:
        """Readings up to the origin that a row is made of."""
        rolling = (window for name in ROLLING for window in getattr(self, f"rolling_{name}"))
        return int(max((*self.lags, *self.seasons, *rolling)))

    @cached_property
    def quantiles(self) -> tuple[float, ...]:
        """Levels a model answers with, ascending: the ends of the intervals, and the median in the middle."""
        tails = sorted((100 - share) / 200 for share in self.intervals)
        return (*tails, 0.5, *(1 - tail for tail in reversed(tails)))

    @cached_property
    def quantile_names(self) -> tuple[str, ...]:
        """Names of the levels, such as `q5`, `q50` and `q95`."""
        return tuple(f"q{100 * level:g}" for level in self.quantiles)


def microseconds(duration: str) -> int:
    """Return how long a duration is."""
    unit = duration.lstrip("0123456789")
    return int(duration.removesuffix(unit)) * MICROSECONDS[unit]


def derived_features(options: ForecastOptions) -> Iterator[dict[str, Any]]:
    """Yield the features that rows of a forecast have beside those that are declared, as `usecase.yaml` would say them."""
    yield {
        "name": HORIZON,
        "type": "integer",
        "title": "Steps ahead",
        "minimum": 1,
        "maximum": options.horizon,
        "example": 1,
    }
    reading = {
        "type": "float", "unit": options.unit, "nullable": options.missing is Missing.LEAVE,
        "example": options.minimum if options.minimum is not None else options.maximum or 0.0,
    }  # fmt: skip
    limits = {"minimum": options.minimum, "maximum": options.maximum}
    for lag in options.lags:
        yield reading | limits | {"name": f"{LAGS}_{lag}", "title": f"Reading {lag} before the first forecast"}
    for season in options.seasons:
        title = f"Newest known reading {season} or a multiple before"
        yield reading | limits | {"name": f"{SEASONS}_{season}", "title": title}
    for name in ROLLING:
        for window in getattr(options, f"rolling_{name}"):
            yield reading | {
                "name": f"{name}_{window}",
                "title": f"{name.capitalize()} of the {window} newest readings",
            }
    for part in options.calendar:
        yield {
            "name": f"target_{part}",
            "type": "integer",
            "title": f"{part.replace('_', ' ').capitalize()} that is forecast, in {options.time_zone}",
            "example": 1,
        }


def with_derived_features(content: Any) -> Any:
    """Return a use case as it was written with the features that follow from its forecast behind those that are declared.

    What has them already stays as it is; what is no forecast, too.
    """
    if not isinstance(content, dict) or content.get("forecast") is None:
        return content
    options = ForecastOptions.model_validate_json(json.dumps(content["forecast"], default=str))
    derived = {feature["name"]: feature for feature in derived_features(options)}
    declared = [feature for feature in content.get("features") or () if feature.get("name") not in derived]
    return {"key": FORECAST_KEY} | content | {"features": [*declared, *derived.values()]}


def require_declared(options: ForecastOptions, target: str, features: Mapping[str, FeatureBase]) -> None:
    """Refuse features of a forecast that are neither its series nor known ahead: they would tell the future.

    Refuse as well what the table of its observations has no column for.

    Raises
    ------
    ValueError
        Naming them, or what is missing.
    """
    derived = {feature["name"] for feature in derived_features(options)}
    declared = {name: feature for name, feature in features.items() if name not in derived}
    if options.series is not None and not isinstance(declared.pop(options.series, None), CategoryFeature):
        raise ValueError(f"forecast.series {options.series} has to be a feature of type category, with every series")
    odd = ", ".join(sorted(declared.keys() ^ set(options.known_ahead)))
    if odd:
        raise ValueError(
            f"{odd}: a feature of a forecast is the series or known ahead; list under forecast.known_ahead exactly the "
            "features whose value at the time that is forecast is known at the origin"
        )
    for name in (target, *options.known_ahead):
        if name in OBSERVATION_COLUMNS:
            raise ValueError(
                f"{name} is a column of every table of observations; choose another name, and say what the data calls it "
                f"under {'target_source_name' if name == target else 'source_name'}"
            )
