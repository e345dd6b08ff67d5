"""Which rows that are like a stored one callers may ask for."""

from __future__ import annotations

from pydantic import Field

from gateway_api.wire.parameters import UseCaseQuery


class NearestQuery(UseCaseQuery):
    """How many rows."""

    limit: int = Field(default=5, ge=1, le=100, description="Most rows that are listed.")
