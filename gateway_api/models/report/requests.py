"""What callers may ask of reports, and keep."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import Path
from pydantic import Field, StringConstraints, model_validator

from gateway_api.wire.commands import Command
from gateway_api.wire.parameters import Query
from usecases.columns.patterns import NO_NUL

MOST_BESIDE = 4
"""Versions laid over each other: more lines nobody tells apart."""

MOST_COST = 1e12

VersionPath = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the version.")]


class ReportPageQuery(Query):
    """Which versions are laid over each other."""

    versions: str = Field(
        pattern=rf"^[1-9]\d{{0,8}}(,[1-9]\d{{0,8}}){{0,{MOST_BESIDE - 1}}}$",
        description=f"Numbers of up to {MOST_BESIDE} versions with commas between them; the page is about the first.",
    )

    @property
    def numbers(self) -> list[int]:
        """The numbers, each once."""
        return list(dict.fromkeys(map(int, self.versions.split(","))))


class KeepThreshold(Command):
    """Which threshold is kept for a version, and what speaks for it."""

    threshold: float = Field(ge=0, le=1)
    cost_of_false_alarm: float | None = Field(default=None, ge=0, le=MOST_COST)
    cost_of_miss: float | None = Field(default=None, ge=0, le=MOST_COST)
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=NO_NUL)] = ""

    @model_validator(mode="after")
    def _costs_come_together(self) -> Self:
        if (self.cost_of_false_alarm is None) != (self.cost_of_miss is None):
            raise ValueError("give both costs or none: one alone says nothing about a threshold")
        return self
