"""Numbers, times and texts as people read them; pure."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ui.gateway.answers import UseCaseAnswer

SOURCES = {
    "webapp": "This page",
    "api": "API",
    "scheduled": "Schedule",
    "file": "Dropped file",
    "message": "Message",
    "job": "Job",
}
"""Doors by the gateway's name for them; one that is not listed is shown as it is."""

STATES = {
    "received": "Waiting to be read",
    "ingesting": "Being read",
    "ingested": "Read to the end",
    "refused": "Refused as a whole",
}

_METRICS: dict[str, str] = json.loads(Path(__file__).with_name("metric_titles.json").read_text(encoding="utf-8"))
"""Titles of the metrics, written from their definitions; one that is not listed gets its name as a title."""

_MARKED_UP = re.compile(r"[\\`*$<~]|:\w|\]\(|\b_|_\b|^\s*([#>+-]|\d+\.)")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-!$:<>~|])")


def escape_markdown(text: str) -> str:
    r"""Write a text so that Streamlit shows it as it is; titles and file names come from outside.

    >>> escape_markdown("Price [$]")
    'Price \\[\\$\\]'
    """
    return _MARKDOWN.sub(r"\\\1", text)


def escape_label(text: str) -> str:
    r"""Write a text for the label of a widget: as it is where that is safe, for screen readers read labels unrendered.

    >>> escape_label("Speed [rpm]"), escape_label("Price *gross*")
    ('Speed [rpm]', 'Price \\*gross\\*')
    """
    return escape_markdown(text) if _MARKED_UP.search(text) else text


def format_count(number: int, singular: str, plural: str = "") -> str:
    """Count things.

    >>> format_count(1, "row"), format_count(12_000, "row")
    ('1 row', '12,000 rows')
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def format_size(number: int) -> str:
    """Write a number of bytes.

    >>> format_size(512), format_size(209_715_200)
    ('512 bytes', '200.0 MB')
    """
    if number < 1024:  # noqa: PLR2004  # a kilobyte
        return format_count(number, "byte")
    return f"{number / 1024:.1f} kB" if number < 1024**2 else f"{number / 1024**2:.1f} MB"


def metric_title(name: str) -> str:
    """Write the name of a metric as people read it.

    >>> metric_title("roc_auc"), metric_title("log_loss"), metric_title("mae")
    ('ROC AUC', 'Log loss', 'MAE')
    """
    return _METRICS.get(name) or name.replace("_", " ").capitalize()


def score_title(use_case: UseCaseAnswer) -> str:
    """Return what the score of a use case is called."""
    match use_case.task:
        case "binary":
            return f"Probability of {use_case.classes[-1]}"
        case "multiclass":
            return "Probability"
        case _:
            return "Score"
