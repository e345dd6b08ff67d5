"""Numbers, times and texts as people read them; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from ui.gateway.answers import Reason, RowError, TrainingAnswer, UseCaseAnswer

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
    "ingested": "Read completely",
    "refused": "Refused as a whole",
}

RULES = {
    "missing": "Value missing",
    "type": "Wrong kind of value",
    "minimum": "Too small",
    "maximum": "Too large",
    "allowed_values": "Value not allowed",
    "unknown_column": "Unknown column",
    "repeated_column": "Column twice",
    "number_of_columns": "Too few or too many cells",
    "quotation_mark": "Quotation mark",
    "not_a_row": "Not a row",
    "no_feature": "Row without values",
    "name_reused": "Name used before",
    "file_refused": "Valid, file refused",
    "step": "Between two steps",
    "contradiction": "Contradicts a reading",
}
"""Rules by the gateway's name for them; rules of a use case are called by their own names."""

_METRICS: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("metrics.json").read_text(encoding="utf-8"))
"""Titles of the metrics, what each says and which way it improves, written from their definitions; one that is not listed gets its name as a title."""

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


def named(name: str) -> str:
    """Write a name of the gateway as a title.

    >>> named("machine_id")
    'Machine id'
    """
    return name.replace("_", " ").capitalize()


def column_title(use_case: UseCaseAnswer, name: str | None) -> str:
    """Return what a column is called on the page; one that the use case does not have keeps its name."""
    if name is None:
        return "(the whole row)"
    if name == use_case.key:
        return named(name)
    features = (*use_case.features, *(use_case.observation or ()))
    return next((feature.title for feature in features if feature.name == name), "") or name


def rule_title(name: str) -> str:
    """Write the name of a rule as people read it.

    >>> rule_title("allowed_values"), rule_title("tool_worn_out")
    ('Value not allowed', 'Tool worn out')
    """
    return RULES.get(name) or named(name)


def reason_text(use_case: UseCaseAnswer, reason: Reason | RowError) -> str:
    """Write why a row is bad, with the title of its column in place of the name."""
    return titled(use_case, reason.column, reason.message)


def titled(use_case: UseCaseAnswer, column: str | None, message: str) -> str:
    """Write a message that begins with the name of a column, or of a rule between columns, with titles."""
    name, colon, rest = message.partition(": ")
    if colon and name == column:
        return f"{column_title(use_case, column)}: {rest}"
    if column is None and any(rule.name == name for rule in use_case.rules):
        return f"{named(name)}: {with_titles(use_case, rest)}"
    return message


def with_titles(use_case: UseCaseAnswer, condition: str) -> str:
    """Write a condition between columns, or what was found about some, with their titles."""
    features = (*use_case.features, *(use_case.observation or ()))
    titles = {feature.name: feature.title or feature.name for feature in features}
    return with_words(condition, titles)


def with_words(text: str, words: Mapping[str, str]) -> str:
    """Write a text with other words in place of the names that it holds.

    >>> with_words("torque_nm > 3", {"torque_nm": "Torque [Nm]"})
    'Torque [Nm] > 3'
    """
    return re.sub(r"\w+", lambda found: words.get(found[0], found[0]), text)


def metric_title(name: str) -> str:
    """Write the name of a metric as people read it.

    >>> metric_title("roc_auc"), metric_title("log_loss"), metric_title("mae")
    ('ROC AUC', 'Log loss', 'MAE')
    """
    return _METRICS[name]["title"] if name in _METRICS else named(name)


def metric_better(name: str) -> str | None:
    """Return which way a metric improves, in words; none of one that is not known.

    >>> metric_better("roc_auc"), metric_better("log_loss"), metric_better("bias")
    ('higher', 'lower', 'nearer to zero')
    """
    return _METRICS[name]["better"] if name in _METRICS else None


def metric_help(name: str) -> str | None:
    """Write what a metric says and which way it improves, for whoever points at its column; nothing of one that is not known."""
    if name not in _METRICS:
        return None
    meaning = _METRICS[name]["meaning"].rstrip(".")
    return f"{meaning[0].upper()}{meaning[1:]}. {_METRICS[name]['better'].capitalize()} is better."


def score_title(use_case: UseCaseAnswer) -> str:
    """Return what the score of a use case is called."""
    match use_case.task:
        case "binary":
            return f"Probability of {use_case.classes[-1]}"
        case "multiclass":
            return "Probability"
        case _:
            return "Score"


def training_in_words(training: TrainingAnswer) -> str:
    """Write how far a training is that waits or runs, in a line of Markdown."""
    if training.state == "waiting":
        return "**Waiting** for a trainer"
    seconds = f" · {training.seconds:.0f} s" if training.seconds is not None else ""
    done = f": {min(max(training.progress, 0.0), 1.0):.0%}" if training.progress else ""
    return f"**{(training.step or 'beginning').capitalize()}**{done}{seconds}"
