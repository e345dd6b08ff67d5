"""What files may be, in the words of the help; to derive them from the formats would load these for every command."""

from __future__ import annotations

FILE_FORMATS = "CSV, Excel, Parquet, JSON Lines or JSON, also gzipped or in a ZIP"
