"""What callers may order, and ask, about jobs."""

from __future__ import annotations

from pydantic import Field

from gateway_api.wire.commands import Command
from gateway_api.wire.parameters import PageQuery, UseCaseName
from sql.jobs.orders import JobState

MOST_CHARACTERS = 1_000
"""Characters of a place."""


class PlanJob(Command):
    """A data set of which somebody wants to know what scoring it takes."""

    use_case: UseCaseName
    input: str = Field(min_length=1, max_length=MOST_CHARACTERS, description="Parquet file, or folder of such files.")
    output: str = Field(min_length=1, max_length=MOST_CHARACTERS, description="Folder that is empty or not there.")


class OrderJob(PlanJob):
    """A data set that is to be scored."""

    max_bad_share: float | None = Field(default=None, ge=0, le=1, description="Share of bad rows past which it pauses.")


class JobQuery(PageQuery):
    """Which jobs."""

    state: JobState | None = Field(default=None, description="Only those in this state.")
