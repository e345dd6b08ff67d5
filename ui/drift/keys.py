"""Which machines or regions moved: the worst of them, each within the band of its own rows in training."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from ui.drift.charts import BAND_COLOR, INSIDE, OUTSIDE, band_points
from ui.gateway.answers import DriftByKeyAnswer, KeyDriftAnswer
from ui.parts.charts import show
from ui.parts.texts import escape_markdown

MOST_DRAWN = 20
"""Keys in the chart: as many as are read at once."""

VERDICTS = {
    "drifted": "Moved",
    "stable": "Stable",
    "not_enough_rows": "Too few rows",
    "not_enough_history": "Cannot be judged yet",
}


def show_keys(found: DriftByKeyAnswer) -> None:
    """Show how many keys moved, and the worst of them."""
    st.subheader(f"By {', '.join(column.replace('_', ' ') for column in found.columns)}", anchor=False)
    if not found.keys:
        st.info("**No row of this time names one.** Choose a longer period.", icon=":material/search_off:")
        return
    if not found.has_reference:
        st.warning(
            f"**The training of version {found.model_version} was not counted by these columns**, so there is nothing to "
            "compare with. It is, for the next version that is trained on *Models* or with `smartpredict train`.",
            icon=":material/help:",
        )
        return
    _show_verdict(found)
    judged = [one for one in found.worst if one.verdict != "not_enough_rows"]
    if not judged:
        return
    _show_table(judged)
    drawn = [one for one in judged if one.mean_low is not None and one.mean_high is not None and one.shift is not None]
    if drawn:
        _show_bands(drawn[:MOST_DRAWN])


def _show_verdict(found: DriftByKeyAnswer) -> None:
    named = list(dict.fromkeys(one.key for one in found.worst if one.verdict == "drifted"))
    of_all = f"{found.moved_keys:,} of {found.keys:,}"
    if named:
        names = ", ".join(escape_markdown(key) for key in named[:5]) + (" and others" if len(named) > 5 else "")  # noqa: PLR2004  # fits a line
        st.error(
            f"**Moved away from what training knew of them: {names}** ({of_all}).",
            icon=":material/precision_manufacturing:",
        )
    else:
        st.success(f"**None of {found.keys:,} moved.**", icon=":material/task_alt:")
    notes = [f"{found.new_keys:,} are new: training had too few rows of them, so they are held against all."] * bool(
        found.new_keys
    )
    if found.rows_not_kept:
        notes.append(
            f"{found.rows_not_kept:,} of {found.rows:,} rows name none, or belong to new ones past those that are kept."
        )
    if notes:
        st.caption(" ".join(notes))


def _show_table(judged: list[KeyDriftAnswer]) -> None:
    rows = [
        {
            "Key": f"{one.key} (new)" if one.is_new else one.key,
            "Column": one.title,
            "Verdict": VERDICTS.get(one.verdict, one.verdict),
            "Mean in training": one.mean_trained,
            "Mean now": one.mean_served,
            "Band from": one.mean_low,
            "to": one.mean_high,
            "Shift": one.shift,
            "Beyond all": one.beyond_all,
            "Missing now": one.missing_served,
            "Rows": one.rows,
        }
        for one in judged
    ]
    number = {
        name: st.column_config.NumberColumn(format="%.4g")
        for name in ("Mean in training", "Mean now", "Band from", "to")
    }
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        placeholder="",
        alt="Machines or regions with how far they moved from their own rows in training, the worst first",
        column_config={
            **number,
            "Shift": st.column_config.NumberColumn(
                format="%.2f", help="Of the mean, in standard deviations of the rows in training."
            ),
            "Beyond all": st.column_config.NumberColumn(
                format="%.2f", help="The shift less that of the middle one: about 0 where all moved alike."
            ),
            "Missing now": st.column_config.NumberColumn(format="percent"),
        },
    )


def _show_bands(drawn: list[KeyDriftAnswer]) -> None:
    """Draw each mean within its band, in widths of the band, so that columns of all units stand below each other."""
    entries = []
    for one in drawn:
        low, high, mean = one.mean_low, one.mean_high, one.mean_served
        if low is None or high is None or mean is None or not high > low:
            continue
        place = (mean - one.mean_trained) / ((high - low) / 2)
        entries.append(
            {
                "name": f"{one.key}: {one.title}",
                "place": place,
                "low": -1.0,
                "high": 1.0,
                "where": INSIDE if abs(place) <= 1 else OUTSIDE,
                "mean": mean,
                "trained": one.mean_trained,
                "rows": one.rows,
            }
        )
    frame = pd.DataFrame(entries, columns=["name", "place", "low", "high", "where", "mean", "trained", "rows"])
    base = alt.Chart(frame)
    y = alt.Y("name:N", title=None, sort=frame["name"].tolist(), axis=alt.Axis(labelLimit=260, labelOverlap=False))
    title = "Mean now, by half widths of the band of training"
    band = base.mark_bar(color=BAND_COLOR, opacity=0.25).encode(x=alt.X("low:Q", title=title), x2="high:Q", y=y)
    marks = band_points(base, "where").encode(
        x=alt.X("place:Q", title=title),
        y=y,
        tooltip=[
            alt.Tooltip("name:N", title="Key"),
            alt.Tooltip("mean:Q", format=".4g", title="Mean now"),
            alt.Tooltip("trained:Q", format=".4g", title="In training"),
            alt.Tooltip("rows:Q", format=",", title="Rows"),
        ],
    )
    outside = sum(entry["where"] == OUTSIDE for entry in entries)
    described = f"Means of the worst within the bands of training: {outside} of {len(entries)} lie outside"
    show(alt.LayerChart(layer=[band, marks]), described, height=60 + 26 * len(entries))
