"""Write what the docs and the page say about metrics: `python -m usecases.metrics.documented`.

Both are in the repository, so that people and the page read plain files, and a test holds them to the registry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import isinf
from pathlib import Path
from typing import Final

from usecases.metrics import registry
from usecases.metrics.definition import ClassMetric, Metric, NumberMetric

ROOT: Final = Path(__file__).parents[2]
MANUAL: Final = ROOT / "docs" / "models.md"
PAGE: Final = ROOT / "ui" / "parts" / "metrics.json"
"""Titles by name, what each says and which way it improves; the page imports nothing of ours and reads them from here."""

_BEGIN: Final = "<!-- Written by `python -m usecases.metrics.documented`; changes are lost. -->\n"
_END: Final = "<!-- End of the table of metrics. -->"


def files() -> Iterator[tuple[Path, str]]:
    """Return every file to write and what is in it."""
    before, _, rest = MANUAL.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    yield MANUAL, before + _BEGIN + "\n".join(table()) + "\n" + _END + after
    shown = {
        metric.name: {"title": metric.title, "better": metric.better.value, "meaning": metric.meaning}
        for metric in registry.METRICS
    }
    yield PAGE, json.dumps(shown, indent=1, ensure_ascii=False) + "\n"


def table() -> Iterator[str]:
    """Write the table of all metrics, line by line."""
    yield "| metric | of | what it says | better | from | to | measured on | interval of 95 % | source |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for metric in registry.METRICS:
        cells = (
            f"`{metric.name}`",
            "classes" if isinstance(metric, ClassMetric) else "numbers",
            metric.meaning,
            metric.better.value,
            *("" if isinf(end) else f"{end:g}" for end in (metric.lowest, metric.highest)),
            ", ".join(_where(metric)),
            metric.interval or "none",
            metric.source,
        )
        yield f"| {' | '.join(cells)} |"


def _where(metric: Metric) -> Iterator[str]:
    if metric.on_holdout is not None:
        yield "holdout"
    if (isinstance(metric, ClassMetric) and metric.on_counts is not None) or (
        isinstance(metric, NumberMetric) and metric.on_sums is not None
    ):
        yield "labels"
    if isinstance(metric, ClassMetric) and metric.expected is not None:
        yield "estimate"


if __name__ == "__main__":
    for path, text in files():
        path.write_text(text, encoding="utf-8")
