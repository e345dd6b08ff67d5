"""Mappings of files as answers."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from gateway_api.wire.answers import Answer
from sql.registry.mappings import KeptMapping
from usecases.columns.notations import Notation
from usecases.formats.encoded import Encoding
from usecases.mappings.suggesting import Suggestion

ENCODING = "How the text is written; only that of CSV files may be another than UTF-8."
NOTATIONS = (
    "How numbers and times are written, by columns of the use case, where it is not as 1234.5 and 2026-12-31: "
    "`decimal_comma` is 1.234,5, `thousands_comma` is 1,234.5 and `day_first` is 31.12.2026."
)


class MappingAnswer(Answer):
    """How files with one header are read."""

    id: int = Field(description="Number of the mapping.")
    use_case: str = Field(description="Use case whose files are meant.")
    columns: dict[str, str | None] = Field(
        description="What each column of such a file is in the use case; null for one that is ignored."
    )
    encoding: Encoding = Field(description=ENCODING)
    notations: dict[str, Notation] = Field(description=NOTATIONS)
    accepted_by: str = Field(description="Account that accepted it.")
    accepted_at: datetime = Field(description="When; files received from then on are read by it.")
    withdrawn_by: str | None = Field(
        description="Account that withdrew it, or accepted another one for the same header; none while it counts."
    )
    withdrawn_at: datetime | None = Field(description="When that was.")


class MappingList(Answer):
    """Mappings of a use case."""

    use_case: str = Field(description="The use case.")
    mappings: list[MappingAnswer] = Field(description="Those that count first, and the newest first; at most 200.")


class SuggestedColumnAnswer(Answer):
    """A column of a file, and what it most likely is."""

    name: str = Field(description="Its name in the file.")
    column: str | None = Field(description="What it most likely is in the use case; null for one to be ignored.")
    is_certain: bool = Field(description="Whether it is read so without a mapping, too.")
    examples: list[str] = Field(description="Some of its values.")
    notation: Notation | None = Field(
        description="How its values seem to be written, should it be another column of numbers or times than is suggested; "
        "null as 1234.5 and 2026-12-31."
    )
    other_units: list[str] = Field(
        default_factory=list,
        description="Units of columns of the use case that are another than the one its name says, such as `K` for "
        "`Temperature [°C]`: numbers are never converted, so the file has to be.",
    )


class SuggestedMapping(Answer):
    """How a file could be read."""

    encoding: Encoding = Field(description=ENCODING)
    columns: list[SuggestedColumnAnswer] = Field(description="Its columns, in their order.")
    notations: dict[str, Notation] = Field(description=NOTATIONS)


def mapping_answer(kept: KeptMapping) -> MappingAnswer:
    """Build the answer about one mapping."""
    return MappingAnswer(
        id=kept.id,
        use_case=kept.use_case,
        columns=kept.mapping.columns,
        encoding=kept.mapping.encoding,
        notations=kept.mapping.notations,
        accepted_by=kept.accepted_by,
        accepted_at=kept.accepted_at,
        withdrawn_by=kept.withdrawn_by,
        withdrawn_at=kept.withdrawn_at,
    )


def suggested_answer(suggestion: Suggestion) -> SuggestedMapping:
    """Build the answer about what is suggested."""
    return SuggestedMapping(
        encoding=suggestion.encoding,
        columns=[
            SuggestedColumnAnswer(
                name=one.name,
                column=one.column,
                is_certain=one.is_certain,
                examples=list(one.examples),
                notation=one.notation,
                other_units=list(one.other_units),
            )
            for one in suggestion.columns
        ],
        notations=dict(suggestion.notations),
    )
