"""The report of a version: chosen, laid over others, read part by part, and saved as one page."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui.gateway.answers import ModelReport, ModelVersions, UseCaseAnswer, VersionReport
from ui.models.metrics import metrics_table, most_frequent_class
from ui.models.report.charts import show_calibration, show_errors, show_horizons, show_learning_curve, show_ranking
from ui.models.report.features import show_features
from ui.models.report.known import Known, known_reports
from ui.models.report.segments import show_segments
from ui.models.report.threshold import show_threshold
from ui.parts.download import download_link
from ui.parts.fields import choose_one
from ui.parts.heading import CACHED_SECONDS
from ui.parts.tables import confusion_table, small_table
from ui.parts.texts import escape_markdown, format_count
from ui.shared import gateway

MOST_BESIDE = 3
"""Versions laid over the chosen one; more lines nobody tells apart."""


@st.cache_data(ttl=CACHED_SECONDS, show_spinner=False, max_entries=200)
def cached_report(use_case: str, version: int) -> VersionReport:
    """Return the report of a version; what a training found out does not change."""
    return gateway().model_report(use_case, version)


def show_report(use_case: UseCaseAnswer, versions: ModelVersions, key: str) -> None:
    """Show what is known of a version, part by part.

    Parameters
    ----------
    use_case, versions
        The use case, and the versions there are; at least one.
    key
        Key of an administrator, with which a threshold may be kept; empty while there is none.
    """
    numbers = [one.version for one in versions.versions]
    served = next((place for place, one in enumerate(versions.versions) if "champion" in one.aliases), 0)
    left, right = st.columns(2)
    version = left.selectbox(
        "Version", numbers, served, format_func=_named, key=_version_key(use_case.name),
        help="What its training found out on rows that it had not seen.",
    )  # fmt: skip
    others = [number for number in numbers if number != version]
    beside: list[int] = []
    if others:
        beside = right.multiselect(
            "Compare with",
            others,
            format_func=_named,
            max_selections=MOST_BESIDE,
            key=f"report-beside-{use_case.name}",
            placeholder="choose other versions",
            help="Their lines stand in the same charts.",
        )
    else:
        right.caption("There is no other version yet to compare it with.")
    found = [cached_report(use_case.name, number) for number in (version, *beside)]
    for one in found:
        if one.problem:
            st.info(f"**Version {one.version} has no report.** {escape_markdown(one.problem)}", icon=":material/draft:")
    known = known_reports(use_case, found)
    if known and known[0].version == version:
        _show_parts(use_case, found[0], known, key)
        download_link(
            "Save the report as one page",
            f"/models/{use_case.name}/report.html",
            {"versions": ",".join(str(one.version) for one in found)},
            hint="HTML that loads nothing, to keep or to send to somebody.",
        )


def choose_report(use_case: str, version: int) -> None:
    """Have the report of a version shown where reports are, as a button above it is pressed."""
    st.session_state[_version_key(use_case)] = version


def _version_key(use_case: str) -> str:
    return f"report-version-{use_case}"


def _show_parts(use_case: UseCaseAnswer, first: VersionReport, known: list[Known], key: str) -> None:
    chosen = choose_one("What to look at", _parts(use_case, known[0].report), "overview", key="report-part")
    if chosen != "threshold":
        _SHOWN[chosen](known)
    elif show_threshold(use_case, first, known, key):
        cached_report.clear(use_case.name, first.version)
        st.rerun()


def _parts(use_case: UseCaseAnswer, report: ModelReport) -> dict[str, str]:
    """Return the parts that a report of this task has, with their titles."""
    parts = {"overview": "Overview", "features": "Features"}
    if report.curves:
        parts |= {"threshold": "Threshold"} if len(use_case.classes) == 2 else {}  # noqa: PLR2004  # it parts two
        parts |= {"ranking": "ROC and precision", "calibration": "Calibration"}
    if report.residuals is not None:
        parts["errors"] = "Errors"
    if report.segments:
        parts["segments"] = "Segments"
    if report.learning_curve:
        parts["learning"] = "Learning curve"
    if report.by_horizon:
        parts["horizons"] = "By horizon"
    return parts


def _show_overview(known: list[Known]) -> None:
    for one in known:
        rows = one.report.rows
        told = (
            f", {rows.validation:,} told it when to stop, and it was judged by"
            if rows.validation
            else " and was judged by"
        )
        st.markdown(
            f"**{one.name}** learned from {format_count(rows.training, 'row')}{told} {escape_markdown(rows.words)}, "
            "which it had not seen."
        )
    if len({one.report.rows.digest for one in known}) > 1:
        st.caption("These versions were judged by different rows: compare their figures with care.")
    at_random = {
        "By a random split" if len(known) == 1 else f"{one.name}, by a random split": one.report.metrics_at_random
        for one in known
        if one.report.metrics_at_random
    }
    small_table(metrics_table({one.name: one.report.metrics for one in known}, at_random), "Metrics on the holdout")
    confusion = known[0].report.confusion
    if confusion is not None:
        st.markdown(f"**What came true, and what {known[0].name.lower()} predicted**")
        counts = {
            true: dict(zip(confusion.classes, row, strict=True))
            for true, row in zip(confusion.classes, confusion.rows, strict=True)
        }
        confusion_table(counts, "Rows of the holdout")
        st.caption(most_frequent_class(confusion))
    for note in known[0].report.notes:
        st.caption(escape_markdown(note))


def _named(version: int) -> str:
    return f"Version {version}"


_SHOWN: dict[str, Callable[[list[Known]], None]] = {
    "overview": _show_overview,
    "features": show_features,
    "ranking": show_ranking,
    "calibration": show_calibration,
    "errors": show_errors,
    "segments": show_segments,
    "learning": show_learning_curve,
    "horizons": show_horizons,
}
"""How each part is shown; the threshold alone needs more than the reports."""
