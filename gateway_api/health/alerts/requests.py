"""What people say of an alert."""

from __future__ import annotations

from pydantic import Field

from gateway_api.wire.commands import Command
from gateway_api.wire.parameters import Moment

MOST_NAME = 1_000
"""Characters of an alert's name: those of Prometheus have all their labels in it."""


MOST_HOURS = 168
"""A week: what is no alert for longer is better accepted as normal, or its limit changed."""


class AcknowledgeAlert(Command):
    """Who looks after an alert."""

    alert: str = Field(min_length=1, max_length=MOST_NAME, pattern=r"^[^\x00]*$")
    since: Moment
    person: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")
    note: str = Field(default="", max_length=500, pattern=r"^[^\x00]*$")


class SilenceAlert(Command):
    """Who wants nobody to be told of an alert for a while, and why."""

    alert: str = Field(min_length=1, max_length=MOST_NAME, pattern=r"^[^\x00]*$")
    person: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")
    reason: str = Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")
    hours: int = Field(default=24, ge=0, le=MOST_HOURS)
