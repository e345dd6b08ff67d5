"""What callers may ask about batches."""

from __future__ import annotations

from pydantic import Field

from broker.messages import Source
from gateway_api.wire.parameters import PageQuery, Query, UseCaseName
from sql.ledger.batches import BatchState
from usecases.contract.catalog import DEFAULT_USE_CASE


class BatchQuery(PageQuery):
    """Which batches."""

    use_case: UseCaseName | None = Field(default=None, description="Only those of this use case.")
    source: Source | None = Field(default=None, description="Only those that came through this door.")
    state: BatchState | None = Field(default=None, description="Only those that are read this far.")


class UploadQuery(Query):
    """What an upload is for."""

    use_case: UseCaseName = DEFAULT_USE_CASE
    name: str | None = Field(
        default=None,
        max_length=500,
        description="Name of the file where the body is the file; its ending tells the format.",
    )
