"""Parameters that several topics take."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from starlette.requests import Request

from gateway_api.door.problems import InvalidParameters
from usecases.contract.catalog import DEFAULT_USE_CASE
from usecases.contract.spec import UseCase

FIRST_YEAR = 2000
"""No row was received before; a range that ends here and begins as long before as is usual is one that ids can count."""


def _utc(moment: datetime) -> datetime:
    """Read a time without an offset as UTC, as everywhere in the pipeline."""
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the time is out of range") from None
    if moment.year < FIRST_YEAR:
        raise ValueError(f"the time lies before {FIRST_YEAR}")
    return moment


def _no_number(value: object) -> object:
    """Refuse a number: whether it counts seconds or milliseconds, and from when, is for nobody to guess."""
    if isinstance(value, str) and not _DATE.match(value):
        raise ValueError("a time is written as in 2026-03-01T12:30:00Z (ISO 8601)")
    return _OFFSET.sub(_written_out, value) if isinstance(value, str) else value


def _written_out(found: re.Match[str]) -> str:
    time, sign, hours, minutes = found.groups()
    return f"{time}{'-' if sign == '-' else '+'}{hours or '00'}:{minutes or '00'}"


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_OFFSET = re.compile(r"([T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)(?:([ +-])(\d\d)(?::?(\d\d))?| ?UTC)$")
"""A time with its offset as databases write it, `+00` and `UTC`, too, or without the +, which in an address is read as a space
unless it is written as %2B."""

Moment = Annotated[datetime, BeforeValidator(_no_number), AfterValidator(_utc)]
UseCaseName = Annotated[str, Field(max_length=60, description="Name of the use case.")]
UseCasePath = Annotated[str, Path(max_length=60, description="Name of the use case.")]
Cursor = Annotated[str | None, Field(max_length=64, description="`next_cursor` of the page before.")]
Classes = Annotated[
    list[Annotated[str, Field(max_length=200)]],
    Field(max_length=100),  # what the address of a request has room for
]
Limit = Annotated[int, Field(ge=1, le=1_000, description="Most entries of a page.")]


LISTS = frozenset({"category", "decide", "drop", "keep", "missing", "prediction", "read"})
"""Parameters that may be given several times."""

MADE_HARMLESS = "name"
"""The name of a file may hold anything: what no file can be called is replaced."""


async def refuse_doubles(request: Request) -> None:  # the framework would call one that is not async in a thread
    """Refuse a parameter that is given twice, as its last value would count and the others would be dropped.

    Raises
    ------
    gateway_api.door.problems.InvalidParameters
        If there is one.
    """
    given = Counter(name for name, _ in request.query_params.multi_items() if name not in LISTS)
    twice = [name[:60] for name, times in given.items() if times > 1]
    if twice:
        raise InvalidParameters(f"Give each parameter once; found {', '.join(twice)} several times.")


async def refuse_nul(request: Request) -> None:  # see above
    """Refuse a NUL character in a parameter: no text that is stored has one. In a path, nothing of that name is found.

    Raises
    ------
    gateway_api.door.problems.InvalidParameters
        If there is one.
    """
    given = request.query_params.multi_items()
    found = [repr(name[:60]) for name, value in given if "\0" in name or ("\0" in value and name != MADE_HARMLESS)]
    if found:
        raise InvalidParameters(f"Send no NUL character; there is one in {', '.join(found)}.")


class Query(BaseModel):
    """Base of all queries: an unknown parameter is an error, or a misspelt filter would filter nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PageQuery(Query):
    """Which page."""

    limit: Limit = 100
    cursor: Cursor = None


class FileQuery(PageQuery):
    """Which page, or all as a file."""

    format: Literal["json", "csv"] | None = Field(
        default=None, description="`csv` gives all of them in one stream, without pages; so does `Accept: text/csv`."
    )


class RangeQuery(Query):
    """Which range of time."""

    start: Moment | None = Field(
        default=None, description="Received then or later; ISO 8601, UTC where no offset is given."
    )
    end: Moment | None = Field(default=None, description="Received before.")

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Self:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError("start has to lie before end")
        return self


class SinceUntilQuery(Query):
    """Which range of time."""

    since: Moment | None = Field(
        default=None, description="Received then or later; if not given, from some time before `until`."
    )
    until: Moment | None = Field(default=None, description="Received before; if not given, until now.")

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Self:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("since has to lie before until")
        return self


class UseCaseQuery(Query):
    """Which use case."""

    use_case: UseCaseName = DEFAULT_USE_CASE


class AnswerQuery(Query):
    """Which predictions, by what was answered."""

    prediction: Classes = Field(
        default_factory=list, description="Only rows of which this class was predicted; may be given several times."
    )
    least: float | None = Field(
        default=None,
        allow_inf_nan=False,
        description="Only rows with this score or more; without classes, this number.",
    )
    most: float | None = Field(
        default=None,
        allow_inf_nan=False,
        description="Only rows with this score or less; without classes, this number.",
    )


def require_classes(use_case: UseCase, names: Sequence[str]) -> tuple[str, ...]:
    """Return names of classes.

    Raises
    ------
    gateway_api.door.problems.InvalidParameters
        If one is none of the use case.
    """
    unknown = [name for name in names if name not in use_case.classes]
    if unknown:
        known = f"its classes are {', '.join(use_case.classes[:20])}" if use_case.classes else "it predicts numbers"
        raise InvalidParameters(f"prediction: {unknown[0][:60]!r} is no class of {use_case.name}; {known}.")
    return tuple(names)
