"""Where the observations of a forecast are pulled from: what `source` may say in `usecase.yaml`."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import Field, field_validator
from typing_extensions import override

from usecases.columns.features import SourceName, Strict
from usecases.columns.patterns import ADDRESS, HTTP_HEADER, MEMBERS

PLACES = ("{date}", "{end_date}", "{start}", "{end}")
"""What a parameter may have in it, to be replaced by the days that are asked for."""

_BRACES = re.compile(r"\{[^{}]*\}?|\}")

Path = Annotated[str, Field(pattern=MEMBERS, max_length=500)]


class NextPage(Strict):
    """How an answer that does not hold everything names the next one."""

    token: Path = Field(description="Where the answer has what names the next page, such as `data.paginationToken`.")
    parameter: str = Field(min_length=1, max_length=100, description="Parameter of the next request that takes it.")


class SourceOptions(Strict):
    """An HTTP interface that tells observations, some days at a time."""

    url: str = Field(
        pattern=ADDRESS,
        max_length=2_000,
        description="Address that is asked, by HTTP or HTTPS, without parameters and without a password.",
    )
    parameters: dict[str, str] = Field(
        default_factory=dict,
        max_length=50,
        description="Parameters of a request. `{date}` stands for its first day, `{end_date}` for the day after its last, "
        "`{start}` and `{end}` for the same as times in UTC.",
    )
    rows: Path = Field(description="Where an answer has its list of rows, such as `data.items`.")
    columns: dict[SourceName, Path] = Field(
        min_length=1, max_length=400, description="Columns of an observation, and where a row of the list has each."
    )
    readings: Path | None = Field(
        default=None,
        description="Where a row has readings of several series: an object with one under the name of each.",
    )
    next_page: NextPage | None = Field(
        default=None, description="How further pages are asked for, where there are any."
    )
    days: int = Field(default=1, ge=1, le=366, description="Days that one request covers, in `forecast.time_zone`.")
    overlap: int = Field(
        default=3, ge=0, le=366, description="Days for which what was pulled is asked again, for corrections come late."
    )
    since: date | None = Field(
        default=None, description="First day that is pulled; `overlap` days before the first pull if not given."
    )
    requests_per_minute: int = Field(default=60, ge=1, le=6_000, description="Most requests in a minute.")
    key_header: str = Field(
        default="",
        pattern=HTTP_HEADER,
        description="Header that takes the key of the interface, where it wants one; the key is in the environment.",
    )

    @override
    def __hash__(self) -> int:
        """Return a hash, which the two fields with names have none of: tables are derived once for each use case."""
        return hash(self.model_dump_json())

    @field_validator("parameters")
    @classmethod
    def _are_understood(cls, parameters: dict[str, str]) -> dict[str, str]:
        unknown = {found for text in parameters.values() for found in _BRACES.findall(text)} - set(PLACES)
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))} stands for nothing; use {', '.join(PLACES)}")
        return parameters
