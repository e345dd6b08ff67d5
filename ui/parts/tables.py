"""Answers as tables, to be read or repaired."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import IO, Any

import pandas as pd
import streamlit as st

from ui.gateway.answers import (
    FeatureAnswer,
    Prediction,
    QuarantinedRow,
    Reason,
    RowError,
    StoredPrediction,
    UseCaseAnswer,
)
from ui.parts.clock import local_time, time_zone_name
from ui.parts.fields import allowed_values, listed_values
from ui.parts.texts import SOURCES, column_title, named, reason_text, rule_title, score_title

Columns = dict[str, Any]

CAME_TRUE = "Came true"
"""Column with the outcome; no feature has such a name."""

MOST_CHOICES = 200
"""Values of a list to choose from; more are written."""

TICK_BY_KEYS = "Without a mouse: arrow keys go to a row of the table, Shift and Space tick it."
"""Said where rows are ticked, for the table itself does not."""

REPAIRED = "repaired.csv"
"""Name, and so format, of the file that repaired rows are checked in."""


def as_arriving(use_case: UseCaseAnswer) -> UseCaseAnswer:
    """Return a use case with the columns that rows bring: those of an observation where it is a forecast, none that is joined."""
    if use_case.observation is None:
        return replace(use_case, features=[feature for feature in use_case.features if feature.joined_from is None])
    return replace(use_case, features=use_case.observation, key=None, rules=[])


def row_columns(use_case: UseCaseAnswer) -> list[str]:
    """Return the columns of a row, in order: the key first where there is one."""
    names = [feature.name for feature in use_case.features]
    return [use_case.key, *names] if use_case.key else names


def predictions_frame(
    use_case: UseCaseAnswer,
    predictions: Sequence[Prediction | StoredPrediction],
    numbers: Iterable[int] | None = None,
) -> pd.DataFrame:
    """Build a table of predictions: what came out first, then what went in.

    Parameters
    ----------
    use_case
        What they are of.
    predictions
        Stored ones know the numbers of their rows.
    numbers
        Place of each row in its file; where rows were left out, these are not those of the request.
    """
    entries = []
    for number, found in zip(numbers or count(1), predictions, strict=False):
        entry: dict[str, Any] = {"row": number}
        if isinstance(found, StoredPrediction):
            entry = {"received_at": local_time(found.received_at), "row": found.row_number}
        if use_case.key is not None:
            entry[use_case.key] = found.key
        entry["prediction"] = found.prediction
        if isinstance(found, StoredPrediction):
            entry[CAME_TRUE] = found.label
        entry["score"] = found.score
        entry |= {f"score_{name}": value for name, value in (found.scores or {}).items()}
        entry |= {feature.name: found.features.get(feature.name) for feature in use_case.features}
        if isinstance(found, StoredPrediction):
            entry |= {"source": SOURCES.get(found.source, found.source), "model_version": found.model_version}
            entry["batch_id"] = str(found.batch_id)
        entries.append(entry | {"id": str(found.id)})
    frame = pd.DataFrame(entries)
    # Where nothing came true yet, an empty column would only take room.
    return frame.drop(columns=CAME_TRUE) if CAME_TRUE in frame and frame[CAME_TRUE].isna().all() else frame


def prediction_columns(use_case: UseCaseAnswer) -> Columns:
    """Return how the columns of predictions are named and written."""
    columns: Columns = {
        "row": st.column_config.NumberColumn("Row", format="%d", width="small", help="Its place in the file."),
        "received_at": time_column("Received"),
        "prediction": st.column_config.Column("Prediction", width="small"),
        CAME_TRUE: st.column_config.Column(CAME_TRUE, width="small", help="As far as it is known."),
        "score": _probability(score_title(use_case)),
        "source": st.column_config.TextColumn("Came from"),
        "model_version": st.column_config.NumberColumn("Model", format="%d", width="small"),
        "batch_id": st.column_config.TextColumn("Batch"),
        "id": st.column_config.TextColumn("Prediction id"),
    }
    columns |= {f"score_{name}": _probability(f"Probability of {name}") for name in use_case.classes}
    if use_case.key is not None:
        columns[use_case.key] = st.column_config.TextColumn(named(use_case.key))
    return columns | {
        feature.name: st.column_config.Column(feature.title, help=feature.description or None)
        for feature in use_case.features
    }


_LINE, _MOST_LINES = 75, 4
"""Characters that a column shows at most (it is given 500 pixels at first), and lines past which a text is cut off. Streamlit
breaks texts into lines where rows are as high as 65 pixels."""


def small_table(frame: pd.DataFrame, about: str) -> None:
    """Show a few rows at full height.

    Not as Streamlit's static table: that cannot be scrolled sideways with the keyboard where a phone is too narrow.
    """
    st.dataframe(
        frame, hide_index=True, width="stretch", height="content", row_height=row_height(frame), placeholder="", alt=about
    )  # fmt: skip


def row_height(frame: pd.DataFrame) -> int | None:
    """Return the height of rows in which the longest text is read whole, in lines; none where one line is enough.

    >>> row_height(pd.DataFrame({"a": ["short"], "b": [1]})), row_height(pd.DataFrame({"a": ["a word " * 15]}))
    (None, 70)
    """
    longest = max((len(text) for text in frame.to_numpy().ravel() if isinstance(text, str)), default=0)
    lines = min(_MOST_LINES, -(-longest // _LINE))
    return None if lines <= 1 else max(70, 14 + 21 * lines)


def confusion_table(counts: Mapping[str, Mapping[str, int]], about: str) -> None:
    """Show how many rows of each class got which answer: what came true downwards, what was predicted across.

    Parameters
    ----------
    counts
        Rows by the class that came true, then by the predicted one.
    about
        Which rows these are, for those who cannot see the table.
    """
    classes = dict.fromkeys(name for by_answer in counts.values() for name in by_answer)
    rows = [
        {"Came true": true, **{f"Predicted {name}": by_answer.get(name, 0) for name in classes}}
        for true, by_answer in counts.items()
    ]
    small_table(pd.DataFrame(rows), f"{about}, by what came true and what was predicted")


def time_column(title: str) -> Any:
    """Return how a column of times is named and written."""
    return st.column_config.DatetimeColumn(f"{title} ({time_zone_name()})", format="YYYY-MM-DD HH:mm:ss")


def _probability(title: str) -> Any:
    return st.column_config.ProgressColumn(title, min_value=0, max_value=1, format="percent")


def errors_frame(
    use_case: UseCaseAnswer, errors: Iterable[tuple[int, RowError | Reason]], places: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """List what is wrong with rows, each with its number, and with its place in the file where that is known."""
    return pd.DataFrame(
        [
            {
                "Row": number,
                **({"In the file": places.get(str(number))} if places else {}),
                "Column": column_title(use_case, error.column),
                "Rule": rule_title(error.rule),
                "Value": error.value if error.value is not None else "(nothing)",
                "What is wrong": reason_text(use_case, error),
            }
            for number, error in errors
        ]
    )


def quarantine_errors(rows: Iterable[QuarantinedRow]) -> list[tuple[int, Reason]]:
    """Pair the reasons of quarantined rows with the numbers of their rows."""
    return [(row.row_number, reason) for row in rows for reason in row.reasons]


def reasons_text(use_case: UseCaseAnswer, reasons: Iterable[Reason | RowError]) -> str:
    """Write the reasons of one row in one line."""
    return "; ".join(reason_text(use_case, reason) for reason in reasons)


def cell_text(value: Any) -> str | None:
    """Write a value as it stands in a cell, so that a file of such cells is read back as the same value.

    Where decimals are written with a comma, 1.234 could be a thousand and something, and is refused; 1.2340 cannot.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    text = None if value is None else str(value)
    if isinstance(value, float) and text and re.fullmatch(r"-?\d{1,3}\.\d{3}", text):
        return f"{text}0"
    return text


def csv_of_cells(texts: pd.DataFrame) -> IO[bytes]:
    """Write what stands in the cells as a file, for the gateway to read it as it reads every file."""
    return io.BytesIO(texts.to_csv(index=False, na_rep="", quoting=csv.QUOTE_ALL).encode())


def cell_column(feature: FeatureAnswer, rows: pd.DataFrame) -> Any:
    """Return how a column is edited: by a list where there are not too many values."""
    listed = listed_values(feature)
    if not listed or len(listed) > MOST_CHOICES:
        return st.column_config.TextColumn(feature.title, help=allowed_values(feature))
    # The list has to know what cells hold that may not be there, or it would not be shown.
    wrong = [value for value in rows[feature.name].dropna().unique() if value not in listed]
    return st.column_config.SelectboxColumn(feature.title, help=allowed_values(feature), options=[*listed, *wrong])
