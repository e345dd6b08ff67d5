"""How much of a file is unpacked and held at once: checked before the memory is taken, where the format allows it."""

from __future__ import annotations

BLOCK_BYTES = 4 * 1024 * 1024
"""Bytes of a text that are parsed at once, the fastest size measured; also the longest row of a CSV."""

LINE_BYTES = 16 * 1024 * 1024
"""Longest line of JSON."""

MAX_COLUMNS = 10_000
"""Columns of a file; a use case reads at most 501 of them."""

CHUNK_BYTES = 64 * 1024 * 1024
"""Bytes of values from which a chunk ends before it has all the rows it may have."""

STEPS_PER_CHUNK = 10
"""Places at which a chunk may end early, evenly over its rows: so the number of a part still tells which rows it holds."""

STEP_BYTES = 256 * 1024 * 1024
"""Most bytes of the rows between two such places; more is refused."""

COLUMN_CHUNK_BYTES = 512 * 1024 * 1024
"""Bytes that a column of one row group of Parquet may unpack to, by what the file says of itself."""

TABLE_BYTES = 2 * 1024**3
"""Bytes of values of a file that is read as a whole, to train on or to make a use case of."""

UPLOADED_TABLE_BYTES = 512 * 1024 * 1024
"""The same where the gateway makes a use case of an uploaded file, beside everything else it does."""

WORKBOOK_BYTES = 512 * 1024 * 1024
"""Bytes that a workbook may unpack to: some two million rows of ten columns."""

WORKBOOK_CELLS = 10_000_000
"""Cells of a sheet from its first corner to its last; it is held in memory as a whole, empty ones too."""

UNPACKED_BYTES = 1024**3
UNPACKED_TIMES = 200
"""A gzipped or zipped file may unpack to the first, and beyond it to so many times its own size."""

EXAMPLES = 20
"""Lines that are told one by one where some are left out; the others are counted."""
