"""What arrives: how much, how much of it is bad, what was refused as a whole, and for how long nothing came."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ui.gateway.answers import UseCaseAnswer, WatchedQuality
from ui.parts.clock import format_time, local_time
from ui.parts.tables import row_height, small_table, time_column
from ui.parts.texts import column_title
from ui.quarantine import charts


def show_arrivals(use_case: UseCaseAnswer, quality: WatchedQuality) -> None:
    """Show figures, the trend, the worst columns and refused files."""
    figures = st.columns(4)
    figures[0].metric(
        "Rows in", f"{quality.rows_in:,}", help="Of files and messages; single requests are answered at once."
    )
    figures[1].metric("Refused", f"{quality.quarantined:,}")
    if quality.bad_share is not None:
        figures[2].metric(
            "Share refused",
            f"{quality.bad_share:.2%}",
            help=f"Past {quality.max_bad_share:.0%}, a whole file is refused.",
        )
    last = quality.freshness.last_prediction_at
    figures[3].metric("Last prediction", "never" if last is None else _ago(quality.freshness.silent_seconds))
    if last is not None:
        st.caption(f"The last prediction was committed at {format_time(last)}.")
    if len(quality.trend) > 1:
        charts.bad_share_over_time(quality)
    if quality.by_column:
        rows = [{"Column": column_title(use_case, one.column), "Broken rules": one.rows} for one in quality.by_column]
        small_table(pd.DataFrame(rows), "Columns with bad values, the worst first")
    if quality.refused:
        st.markdown("**Files refused as a whole**")
        refused = [
            {
                "Received": local_time(one.received_at),
                "File or message": one.name,
                "Why": one.problem,
                "Columns changed": one.is_schema_change,
            }
            for one in quality.refused
        ]
        frame = pd.DataFrame(refused)
        st.dataframe(
            frame,
            hide_index=True,
            width="stretch",
            row_height=row_height(frame),
            alt="Files refused as a whole, the newest first",
            column_config={
                "Received": time_column("Received"),
                "Columns changed": st.column_config.CheckboxColumn(help="Its columns are not those of the use case."),
            },
        )


def _ago(seconds: float | None) -> str:
    """Write how long ago something was, as people say it.

    >>> _ago(41.3), _ago(7_300)
    ('41 s ago', '2 h ago')
    """
    if seconds is None:
        return "unknown"
    for length, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
