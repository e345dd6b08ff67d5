"""Quality reports on the page: of a file, and of a day, expectation by expectation, to look at and to keep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from ui.gateway.answers import BatchAnswer, QualityReportAnswer, UseCaseAnswer
from ui.gateway.problems import GatewayError, NotOfferedError
from ui.parts.download import download_link
from ui.parts.errors import show_error
from ui.parts.texts import column_title, escape_markdown, format_count, titled, with_titles
from ui.shared import gateway

_NAMES = {True: "yes", False: "no", None: "unknown"}


def show_file_report(use_case: UseCaseAnswer, batch: BatchAnswer) -> None:
    """Show the report of a file once it is asked for."""
    with st.expander("Expectation by expectation", icon=":material/checklist:"):
        if st.toggle("Count all rows of this file", key=f"report-{batch.batch_id}"):
            _show(use_case, lambda: gateway().batch_report(batch.batch_id))
            download_link(
                "Download the report",
                f"/batches/{batch.batch_id}/report",
                {"format": "html"},
                hint="One page that loads nothing, to keep or to send to somebody.",
            )


def show_day_report(use_case: UseCaseAnswer) -> None:
    """Show the report of a day once it is asked for."""
    with st.expander("Report of a day", icon=":material/today:"):
        day = st.date_input(
            "Day (UTC)", datetime.now(UTC).date(), key=f"report-day-{use_case.name}", format="YYYY-MM-DD"
        )
        if st.toggle("Count all rows of this day", key=f"report-of-day-{use_case.name}"):
            _show(use_case, lambda: gateway().day_report(use_case.name, day))
            download_link(
                "Download the report of the day",
                "/data-quality/report",
                {"use_case": use_case.name, "day": str(day), "format": "html"},
                hint="One page that loads nothing, to keep or to send to somebody.",
            )


def _show(use_case: UseCaseAnswer, ask: Callable[[], QualityReportAnswer]) -> None:
    try:
        report = ask()
    except NotOfferedError:
        st.info(
            "**This gateway does not report expectation by expectation yet.** It comes with a newer version.",
            icon=":material/hourglass_empty:",
        )
        return
    except GatewayError as error:
        show_error(error, "The report")
        return
    rows = f"{format_count(report.rows_in, 'row')} read, {report.quarantined:,} refused"
    if report.problem:
        st.error(f"**The whole was refused.** {escape_markdown(report.problem)}", icon=":material/block:")
    if report.holds:
        st.success(f"**Every row keeps every expectation.** {rows}.", icon=":material/task_alt:")
    else:
        broken = sum(one.holds is False for one in report.expectations)
        st.warning(
            f"**{broken:,} of {format_count(len(report.expectations), 'expectation')} "
            f"{'is' if broken == 1 else 'are'} broken.** {rows}.",
            icon=":material/rule:",
        )
    if report.counted < report.quarantined:
        st.caption(
            f"Counted are the reasons of {report.counted:,} refused rows; those of the others are not kept, or too many."
        )
    table = [
        {
            "Column": column_title(use_case, one.column),
            "Expectation": one.expected if one.column else with_titles(use_case, one.expected),
            "Holds": _NAMES[one.holds],
            "Rows": one.rows,
            "Broken": one.broken,
            "Share": one.share,
            "For example": "; ".join(titled(use_case, one.column, example.message) for example in one.examples),
        }
        for one in sorted(report.expectations, key=lambda one: -one.broken)
    ]
    st.dataframe(
        pd.DataFrame(table),
        hide_index=True,
        width="stretch",
        alt="Expectations, those that most rows broke first",
        column_config={
            "Share": st.column_config.NumberColumn("Share", format="percent"),
            "For example": st.column_config.TextColumn("For example", width="large"),
        },
    )
