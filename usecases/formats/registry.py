"""The file formats there are."""

from __future__ import annotations

from usecases.formats.arrow_ipc import ARROW_FILE, ARROW_STREAM
from usecases.formats.delimited import CSV
from usecases.formats.excel.workbook import EXCEL
from usecases.formats.format import Format
from usecases.formats.json_array import JSON
from usecases.formats.json_lines import JSON_LINES
from usecases.formats.parquet import PARQUET
from usecases.formats.zipped import zipped

FORMATS: tuple[Format, ...] = (
    CSV,
    EXCEL,
    PARQUET,
    JSON_LINES,
    JSON,
    zipped((CSV, JSON_LINES, JSON)),
)
"""A new format is a line here; it is then read at every door, in training, as labels and as repairs."""

BODIES: tuple[Format, ...] = (*FORMATS, ARROW_STREAM, ARROW_FILE)
"""Formats of bodies of messages, by their media types: programs hand Arrow over, and seldom keep it in files."""
