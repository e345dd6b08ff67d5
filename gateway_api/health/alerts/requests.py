"""What people say of an alert."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from gateway_api.wire.commands import Command
from gateway_api.wire.parameters import Moment
from usecases.columns.patterns import NO_NUL

MOST_NAME = 1_000
"""Characters of an alert's name: those of Prometheus have all their labels in it."""


MOST_HOURS = 168
"""A week: what is no alert for longer is better accepted as normal, or its limit changed."""


_Name = Annotated[str, StringConstraints(min_length=1, max_length=MOST_NAME, pattern=NO_NUL)]
_Person = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)]


class AcknowledgeAlert(Command):
    """Who looks after an alert."""

    alert: _Name
    since: Moment
    person: _Person
    note: str = Field(default="", max_length=500, pattern=NO_NUL)


class SilenceAlert(Command):
    """Who wants nobody to be told of an alert for a while, and why."""

    alert: _Name
    person: _Person
    reason: str = Field(min_length=1, max_length=500, pattern=NO_NUL)
    hours: int = Field(default=24, ge=0, le=MOST_HOURS)
