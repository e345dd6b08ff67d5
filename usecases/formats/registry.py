"""The file formats there are."""

from __future__ import annotations

from usecases.formats.delimited import CSV
from usecases.formats.format import Format
from usecases.formats.json_lines import JSON_LINES
from usecases.formats.parquet import PARQUET

FORMATS: tuple[Format, ...] = (
    CSV,
    PARQUET,
    JSON_LINES,
)
"""A new format is a line here; it is then read at every door, in training, as labels and as repairs."""
