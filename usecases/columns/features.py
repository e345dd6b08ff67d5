"""The kinds of feature a use case may declare."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from typing_extensions import override

from usecases.columns.booleans import is_truth_of_programs
from usecases.columns.day_first import plain_day
from usecases.columns.missing import is_declared
from usecases.columns.patterns import COLUMN_NAME, SOME_TEXT, SOURCE_NAME
from usecases.columns.texts import MAX_TEXT_LENGTH
from usecases.columns.timestamps import UTC_ZONE, as_utc, known_zone

MAX_ALLOWED_VALUES = 10_000
"""Categories are shown in a form and encoded as numbers; past this a column is an identifier, not a category."""


PlainText = Annotated[str, Field(min_length=1, max_length=MAX_TEXT_LENGTH, pattern=SOME_TEXT)]
"""Text that PostgreSQL can store: not empty, which would be a missing value in a file, and without a NUL character."""

SourceName = Annotated[str, Field(max_length=1_000, pattern=SOURCE_NAME)]
"""Name of a column as people write it, with capitals, spaces and units; empty where it has no other name."""


def _as_written(value: Any) -> Any:
    """Return a number, which YAML makes of what is not in quotation marks, as the text that it was."""
    return str(value) if type(value) in {int, float} else value


WrittenText = Annotated[PlainText, BeforeValidator(_as_written, json_schema_input_type=str | int | float)]
"""Text as the data writes it, such as what stands for a missing value."""

Moment = Annotated[datetime, AfterValidator(as_utc)]
"""Time in UTC; without an offset it is taken to be UTC."""


class Strict(BaseModel):
    """Base of everything read from `usecase.yaml`: frozen, and an unknown field is an error, not a typo unnoticed."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FeatureBase(Strict):
    """What every kind of feature has."""

    name: str = Field(pattern=COLUMN_NAME.pattern, description="Column name in files, messages, forms and tables.")
    title: str = Field(default="", max_length=120, description="Label a person reads; defaults to the name.")
    source_name: SourceName = Field(
        default="", description="Name of the column where rows come from, if it is another."
    )
    description: str = Field(default="", max_length=1_000, description="Help text of the form and the API docs.")
    unit: str = Field(default="", max_length=30, description="Unit shown beside the value, such as `K` or `rpm`.")
    nullable: bool = Field(default=False, description="Whether a value may be missing.")
    missing_values: tuple[WrittenText, ...] = Field(
        default=(),
        max_length=100,
        description="Texts that stand for a missing value, such as `?` or -999; numbers are compared as numbers.",
    )

    @property
    def label(self) -> str:
        """Title with its unit, as a form shows it."""
        title = self.title or self.name.replace("_", " ").capitalize()
        return f"{title} [{self.unit}]" if self.unit else title

    @property
    def takes_texts(self) -> bool:
        """Whether its numbers stand among texts in the data, so that programs that read it have nothing but texts."""
        return bool(self.missing_values)

    @property
    def missing_texts(self) -> tuple[str, ...]:
        """What stands for a missing value, in every way that data may write it."""
        return self.missing_values


class NumberBase(FeatureBase):
    """What numbers have."""

    as_text: bool = Field(
        default=False,
        description='Whether the data write its numbers as texts, so that requests may bring `"12.50"`, too.',
    )
    shown_in_percent: bool = Field(
        default=False,
        description="Whether cells of the data showed its numbers in percent: where a workbook shows 10 %, 0.1 is meant.",
    )

    @property
    @override
    def takes_texts(self) -> bool:
        return self.as_text or super().takes_texts


class FloatFeature(NumberBase):
    """A real number, finite."""

    type: Literal["float"]
    minimum: float | None = Field(default=None, description="Smallest allowed value, itself included.")
    maximum: float | None = Field(default=None, description="Largest allowed value, itself included.")
    decimal_comma: bool = Field(default=False, description="Whether texts in files write 1,5 for one and a half.")
    example: float | None = Field(default=None, description="Filled into forms and API examples.")

    @property
    @override
    def takes_texts(self) -> bool:
        return self.decimal_comma or super().takes_texts

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> FloatFeature:
        _check_range(self.name, self.minimum, self.maximum)
        return self


class IntegerFeature(NumberBase):
    """A whole number of at most 64 bits."""

    type: Literal["integer"]
    minimum: int | None = Field(
        default=None, ge=-(2**63), le=2**63 - 1, description="Smallest allowed value, itself included."
    )
    maximum: int | None = Field(
        default=None, ge=-(2**63), le=2**63 - 1, description="Largest allowed value, itself included."
    )
    example: int | None = Field(default=None, description="Filled into forms and API examples.")

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> IntegerFeature:
        _check_range(self.name, self.minimum, self.maximum)
        return self


class CategoryFeature(FeatureBase):
    """One of a fixed list of texts; their order is their code in the model's matrix, so only append to it."""

    type: Literal["category"]
    values: tuple[PlainText, ...] = Field(
        min_length=1, max_length=MAX_ALLOWED_VALUES, description="Allowed values, in the order of their codes."
    )
    example: str | None = Field(default=None, description="Filled into forms and API examples.")

    @model_validator(mode="after")
    def _values_differ(self) -> CategoryFeature:
        if len(set(self.values)) != len(self.values):
            raise ValueError(f"feature {self.name}: an allowed value stands twice in `values`")
        return self

    @model_validator(mode="after")
    def _a_value_is_not_missing(self) -> CategoryFeature:
        for value in self.values:
            if is_declared(self.missing_values, value):
                raise ValueError(
                    f"feature {self.name}: {value!r} stands in `values` and in `missing_values`; keep it in one of them"
                )
        return self


class BooleanFeature(FeatureBase):
    """True or false."""

    type: Literal["boolean"]
    example: bool | None = Field(default=None, description="Filled into forms and API examples.")

    @property
    @override
    def missing_texts(self) -> tuple[str, ...]:
        # In any case, as truths are: where `ne` is missing, `NE` is no truth of another language.
        forms = (form(text) for text in self.missing_values for form in (str, str.lower, str.upper, str.capitalize))
        return tuple(dict.fromkeys(forms))

    @model_validator(mode="after")
    def _a_value_is_not_missing(self) -> BooleanFeature:
        for text in self.missing_values:
            if is_truth_of_programs(text):
                raise ValueError(f"feature {self.name}: {text!r} is true or false; take it out of `missing_values`")
        return self


class TimestampFeature(FeatureBase):
    """A point in time (ISO 8601); without an offset it is one of `time_zone`."""

    type: Literal["timestamp"]
    time_zone: Annotated[str, AfterValidator(known_zone)] | None = Field(
        default=UTC_ZONE,
        description="Zone of times that are written without an offset, such as `Europe/Berlin`; null where none is known, "
        "and such times are refused.",
    )
    day_first: bool = Field(
        default=False,
        # Contracts that say nothing of it are registered as they were before there was such a field.
        exclude_if=lambda value: not value,
        description="Whether texts such as 31.12.2026 and 31.12.2026 16:30 are read as well, the day before the month.",
    )
    minimum: Moment | None = Field(default=None, description="Earliest allowed time, itself included.")
    maximum: Moment | None = Field(default=None, description="Latest allowed time, itself included.")
    example: datetime | None = Field(default=None, description="Filled into forms and API examples.")

    @property
    @override
    def missing_texts(self) -> tuple[str, ...]:
        if not self.day_first:
            return self.missing_values
        return tuple(dict.fromkeys((*self.missing_values, *map(plain_day, self.missing_values))))

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> TimestampFeature:
        _check_range(self.name, self.minimum, self.maximum)
        return self


Feature = Annotated[
    FloatFeature | IntegerFeature | CategoryFeature | BooleanFeature | TimestampFeature, Field(discriminator="type")
]
"""Any feature, told apart by its `type`."""


def common_zone(features: Iterable[FeatureBase]) -> str:
    """Return the zone of clocks that all times of a use case are read by; UTC where they name none, or several.

    What stands beside them without an offset, such as when an outcome was known, is of the same clocks.

    >>> berlin = TimestampFeature(name="at", type="timestamp", time_zone="Europe/Berlin")
    >>> common_zone([berlin]), common_zone([berlin, TimestampFeature(name="on", type="timestamp")]), common_zone([])
    ('Europe/Berlin', 'UTC', 'UTC')
    """
    zones = {feature.time_zone for feature in features if isinstance(feature, TimestampFeature)}
    return (zones.pop() or UTC_ZONE) if len(zones) == 1 else UTC_ZONE


def _check_range(name: str, minimum: Any, maximum: Any) -> None:
    if minimum is not None and maximum is not None and minimum > maximum:
        raise ValueError(f"feature {name}: minimum {minimum} is above maximum {maximum}")
