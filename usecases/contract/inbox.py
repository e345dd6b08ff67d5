"""What a use case declares about foreign messages: which columns name a row, and what a message without an id means."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from pydantic import Field, model_validator

from usecases.columns.features import SourceName, Strict


class WithoutId(StrEnum):
    """What a message means that has no id."""

    REFUSE = "refuse"
    """It is refused: nobody could tell it from one that is sent again."""
    EACH_ARRIVAL = "each_arrival"
    """It counts; only what the broker delivers again does not."""
    SAME_BYTES = "same_bytes"
    """It counts, unless the same bytes came within a number of minutes."""


class InboxOptions(Strict):
    """How rows that came before are told from new ones, among those that foreign messages bring."""

    identity: tuple[SourceName, ...] = Field(
        default=(),
        max_length=20,
        description="Columns whose values name a row, such as a machine and a time; each such row counts once, whatever id "
        "its message has.",
    )
    without_id: WithoutId = Field(
        default=WithoutId.REFUSE, description="What a message without an id means, where no columns name its rows."
    )
    same_bytes_minutes: int | None = Field(
        default=None, ge=1, le=10_080, description="Minutes within which the same bytes count once."
    )

    @model_validator(mode="after")
    def _options_fit_together(self) -> InboxOptions:
        if len(set(self.identity)) != len(self.identity):
            raise ValueError("inbox.identity names a column twice; leave one of the two")
        if self.identity and self.without_id is not WithoutId.REFUSE:
            raise ValueError("leave out inbox.without_id: where inbox.identity names rows no message needs an id")
        if (self.without_id is WithoutId.SAME_BYTES) is (self.same_bytes_minutes is None):
            raise ValueError(
                "inbox.without_id: same_bytes and inbox.same_bytes_minutes belong together; write both or neither"
            )
        return self

    def require_known(self, columns: Collection[str], *, is_forecast: bool) -> None:
        """Refuse an identity that names a column which no row brings, or of observations, which have one.

        Raises
        ------
        ValueError
            Naming it, and what to do.
        """
        if self.identity and is_forecast:
            raise ValueError(
                "leave out inbox.identity: observations of a forecast are known by their series, their time and when they "
                "were known; with inbox.without_id: each_arrival no message needs an id"
            )
        for name in self.identity:
            if name not in columns:
                raise ValueError(
                    f"inbox.identity names {name!r}, which is no column of a row; name the key or a feature, or list it "
                    "under ignored_columns, so that rows may bring it along"
                )
