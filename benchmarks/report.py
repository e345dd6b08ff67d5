"""Results for people (`results.md`) and for programs (`results.json`)."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
JSON_FILE = FOLDER / "results.json"
MARKDOWN_FILE = FOLDER / "results.md"


def median(values: Sequence[float]) -> float:
    """Return the middle value; a noisy machine spoils a mean."""
    return statistics.median(values)


def spread(values: Sequence[float]) -> str:
    """Show smallest and largest beside the median."""
    return f"{median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def save(name: str, figures: Mapping[str, Any], text: str, machine: Mapping[str, str]) -> None:
    """Replace the results of one benchmark and keep those of the others."""
    try:
        everything = json.loads(JSON_FILE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        everything = {}
    measured = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    everything[name] = {**figures, "machine": dict(machine), "measured_at": measured, "text": text}
    JSON_FILE.write_text(json.dumps(everything, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    sections = [
        f"## {title.capitalize()}\n\nMeasured {result['measured_at']}.\n\n{result['text']}\n\n"
        + "\n".join(f"- {key}: {value}" for key, value in result["machine"].items())
        for title, result in sorted(everything.items())
    ]
    head = "# Results\n\nWritten by `make bench-online`, `make bench-bulk`, `make bench-inbox`, `make bench-jobs` and `make bench-training`; medians, with smallest and largest.\n"
    MARKDOWN_FILE.write_text("\n".join([head, *sections]) + "\n", encoding="utf-8")
