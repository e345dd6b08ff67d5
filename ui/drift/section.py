"""Drift: the columns that moved away from training, the worst first, and where that comes from."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from ui.drift import charts
from ui.drift.acceptance import show_acceptance
from ui.gateway.answers import DriftAnswer, DriverAnswer, FalseAlarmsAnswer, FeatureDriftAnswer
from ui.parts.charts import Event, caption_events
from ui.parts.texts import SOURCES, escape_markdown

LEAST_SHOWN = 0.01
"""False alarms a month below which a figure says nothing more."""

MOST_NAMED = 5
"""Columns that are named in a verdict; more do not fit a line."""

VERDICTS = {
    "drifted": "Drifted",
    "stable": "Stable",
    "not_enough_rows": "Too few rows",
    "not_enough_history": "Cannot be judged yet",
    "not_judged": "Not judged",
    "no_reference": "Nothing to compare",
}


def show_drift(drift: DriftAnswer, events: Sequence[Event] = ()) -> None:
    """Show the verdict, every column, and the one that was chosen in full, with what happened meanwhile."""
    if drift.model_version is None or not drift.rows:
        st.info("**Nothing was predicted in this time.** Choose a longer period.", icon=":material/search_off:")
        return
    if not drift.has_reference:
        st.warning(
            f"**Version {drift.model_version} has no profile of its training data**, so there is nothing to compare with. "
            "One comes with every version that is trained on *Models* or with `smartpredict train`.",
            icon=":material/help:",
        )
        return
    _show_verdict(drift)
    if not drift.features:
        return
    _show_table(drift)
    names = {feature.feature: feature.title for feature in drift.features}
    # Named after the worst column, so that another period or door begins with its own worst one.
    chosen = st.selectbox(
        "Look at", list(names), format_func=names.__getitem__, key=f"drift-feature-{drift.use_case}-{next(iter(names))}",
        help="The columns that moved most come first.",
    )  # fmt: skip
    _show_feature(drift, next(feature for feature in drift.features if feature.feature == chosen), events)
    show_acceptance(drift)


def _show_verdict(drift: DriftAnswer) -> None:
    rows = f"{drift.rows:,} rows scored by version {drift.model_version}"
    drifted = [feature.title for feature in drift.features if feature.verdict == "drifted"]
    if drift.rows < drift.minimum_rows:
        st.info(
            f"**Too few rows to judge.** {rows.capitalize()}; a verdict takes {drift.minimum_rows:,}.",
            icon=":material/hourglass_empty:",
        )
    elif drifted:
        named = ", ".join(map(escape_markdown, drifted[:MOST_NAMED])) + (
            " and others" if len(drifted) > MOST_NAMED else ""
        )
        st.error(
            f"**The data has drifted: {named}.** {rows} no longer look like the training data.",
            icon=":material/trending_up:",
        )
        if short := _not_judged(drift):
            st.caption(_why_not_judged(short))
    else:
        _show_no_drift(drift, rows)
    if drift.false_alarms is not None:
        st.caption(_say_alarms(drift, drift.false_alarms))
    if drift.rows_of_other_versions:
        st.caption(f"{drift.rows_of_other_versions:,} rows of other versions are not judged here.")


def _show_no_drift(drift: DriftAnswer, rows: str) -> None:
    """Show one verdict: which columns look like the training data, and which nobody can judge yet."""
    short = _not_judged(drift)
    stable = [feature for feature in drift.features if feature.verdict == "stable"]
    if not short:
        st.success(f"**No drift.** {rows} look like the training data.", icon=":material/task_alt:")
        return
    why = _why_not_judged(short)
    if not stable:
        st.info(f"**Whether the data drifted cannot be told yet.** {rows}. {why}", icon=":material/hourglass_empty:")
        return
    judged = f"{len(stable):,} of {len(stable) + len(short):,} columns"
    st.info(
        f"**No drift in {judged}; the others cannot be judged yet.** {rows} look like the training data there. {why}",
        icon=":material/task_alt:",
    )


def _not_judged(drift: DriftAnswer) -> list[str]:
    return [escape_markdown(feature.title) for feature in drift.features if feature.verdict == "not_enough_history"]


def _why_not_judged(titles: Sequence[str]) -> str:
    named = ", ".join(titles[:MOST_NAMED]) + (" and others" if len(titles) > MOST_NAMED else "")
    return (
        f"Training is too short to judge {named} in windows of this length: their values wander, and how far they usually go is "
        "not known yet."
    )


def _say_alarms(drift: DriftAnswer, alarms: FalseAlarmsAnswer) -> str:
    titles = {feature.feature: escape_markdown(feature.title) for feature in drift.features}
    expected = f"about {alarms.per_month:.2g}" if alarms.per_month >= LEAST_SHOWN else f"fewer than {LEAST_SHOWN}"
    hours = round(alarms.window_seconds / 3_600)
    words = (
        f"Limits in force: an index (PSI) of {drift.max_psi:g}, and {drift.minimum_rows:,} rows at least. Where nothing drifts, expect "
        f"{expected} false alarms a month; the monitor judges windows of {hours} h, here of about {alarms.rows:,} rows."
    )
    if alarms.not_known:
        named = ", ".join(titles.get(name, name) for name in alarms.not_known[:MOST_NAMED])
        more = " and others" if len(alarms.not_known) > MOST_NAMED else ""
        words += (
            f" This number leaves out {named}{more}: training is too short to tell how often they pass the limits in windows of {hours} h. "
            "Whether they passed them in the period chosen above is told in the table all the same."
        )
    return words


def _show_table(drift: DriftAnswer) -> None:
    rows = [
        {
            "Column": feature.title,
            "Verdict": _verdict(feature),
            "PSI": feature.psi,
            "p-value": feature.p_value,
            "Mean in training": feature.mean_trained,
            "Mean now": feature.mean_served,
            "Missing in training": feature.missing_trained,
            "Missing now": feature.missing_served,
        }
        for feature in drift.features
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        placeholder="",
        alt="Columns with how far they moved from training, the worst first",
        column_config={
            "PSI": st.column_config.NumberColumn(
                format="%.3f",
                help=f"Population stability index: 0 is the same; past {drift.max_psi:g} a column drifted.",
            ),
            "p-value": st.column_config.NumberColumn(format="%.2g", help="How likely such a difference is by chance."),
            "Mean in training": st.column_config.NumberColumn(format="%.4g"),
            "Mean now": st.column_config.NumberColumn(format="%.4g"),
            "Missing in training": st.column_config.NumberColumn(format="percent"),
            "Missing now": st.column_config.NumberColumn(format="percent"),
        },
    )


def _verdict(feature: FeatureDriftAnswer) -> str:
    words = VERDICTS.get(feature.verdict, feature.verdict)
    return words if feature.accepted is None else f"{words} (like window {feature.accepted})"


def _show_feature(drift: DriftAnswer, feature: FeatureDriftAnswer, events: Sequence[Event]) -> None:
    left, right = st.columns(2)
    with left:
        charts.distributions(feature)
    with right:
        if any(span.psi is not None for span in feature.over_time):
            charts.over_time(drift, feature, events)
            caption_events(events, drift.since, drift.until)
        else:
            st.caption("No span of this period has enough rows for an index of its own.")
    if feature.change is not None:
        st.markdown(f"**How it came**: {escape_markdown(feature.change.detail)}.")
    if feature.limits is not None and feature.limits.windows and feature.excess_psi is not None:
        st.caption(
            f"The index without what chance makes of it is {feature.excess_psi:.3g}. The training data holds "
            f"{feature.limits.windows:,} windows of this length; theirs is usually {feature.limits.usual_psi:.3g}, and "
            f"past {feature.limits.psi:.3g} a window is unlike them."
        )
    elif feature.verdict == "not_judged":
        st.caption("A time or a running number: it moves on as it should, so it is shown and not judged.")
    blamed = [_named(driver) for driver in feature.batches[:5]]
    doors = [f"{SOURCES.get(driver.name, driver.name)} ({min(driver.part, 1):.0%})" for driver in feature.sources]
    if feature.verdict == "drifted" and (blamed or doors):
        st.markdown("**Where it comes from**: " + "; ".join(escape_markdown(text) for text in [*doors, *blamed]))


def _named(driver: DriverAnswer) -> str:
    return f"{driver.name} ({driver.rows:,} rows, {min(driver.part, 1):.0%})"
