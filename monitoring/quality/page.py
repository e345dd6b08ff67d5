"""The quality report as one page of HTML that loads nothing."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from monitoring.quality.report import ExpectationResult, QualityReport
from usecases.analysis.page import POLICY, STYLE, html_table
from usecases.contract.arriving import arriving_contract

_NAMES = {True: "yes", False: "no", None: "no row was looked at"}


def quality_page(report: QualityReport) -> str:
    """Write the page; the same report gives the same bytes."""
    title = html.escape(title_of(report))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        f'content="{POLICY}"><meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{_overview(report)}{_expectations(report)}{_batches(report)}</main></body></html>\n"
    )


def title_of(report: QualityReport) -> str:
    """Return what the report is called."""
    about = report.batch_name if report.day is None else f"{report.day}, UTC"
    return f"Data quality of {report.use_case.title}: {about}"


def _overview(report: QualityReport) -> str:
    totals = report.totals
    share = totals.quarantined / totals.rows_in if totals.rows_in else 0.0
    read = f"{totals.rows_in:,} rows were read, {totals.quarantined:,} of them refused ({share:.2%})"
    discarded = f", {totals.discarded:,} discarded" if totals.discarded else ""
    told = [f"{read}; {totals.replayed:,} of those were repaired and sent again since{discarded}."]
    if report.day is not None:
        told.append(f"They came in {totals.batches:,} files and messages.")
    if totals.refused:
        told.append(f"Refused as a whole: {totals.refused:,}.")
    if report.problem is not None:
        told.append(f"The whole was refused: {report.problem}")
    if not report.is_whole:
        told.append(
            f"Counted are the reasons of {totals.counted:,} refused rows; those of the others are not kept, or too many."
        )
    if report.holds:
        told.append("Every row keeps every expectation.")
    return "".join(f"<p>{html.escape(one)}</p>" for one in told)


def _expectations(report: QualityReport) -> str:
    titles = {feature.name: feature.label for feature in arriving_contract(report.use_case).features}
    head = ["column", "expectation", "holds", "rows looked at", "rows that broke it", "share", "for example"]
    rows = [
        [
            _title(titles, one.column), _expected(titles, one), _NAMES[one.holds], f"{one.rows:,}", f"{one.broken:,}",
            f"{one.share:.2%}" if one.broken else "", _examples(titles, one),
        ]
        for one in sorted(report.results, key=lambda one: -one.broken)
    ]  # fmt: skip
    return "<h2>Expectation by expectation</h2>" + html_table(head, rows)


def _title(titles: Mapping[str, str], column: str | None) -> str:
    """Return what a column is called on the page; one that the use case does not have keeps its name."""
    return "(the whole row)" if column is None else titles.get(column, column)


def _expected(titles: Mapping[str, str], one: ExpectationResult) -> str:
    """Write what is expected; of a whole row, it names columns."""
    return one.expected if one.column else re.sub(r"\w+", lambda found: titles.get(found[0], found[0]), one.expected)


def _examples(titles: Mapping[str, str], one: ExpectationResult) -> str:
    """Write examples, which begin with the name of their column, with its title."""
    name = f"{one.column}: "
    return "; ".join(
        f"{_title(titles, one.column)}: {example.message.removeprefix(name)}"
        if one.column is not None and example.message.startswith(name)
        else example.message
        for example in one.examples
    )


def _batches(report: QualityReport) -> str:
    if report.day is None or not report.bad_batches:
        return ""
    rows = [
        [
            one.name,
            one.source,
            f"{one.received_at:%Y-%m-%d %H:%M:%S}",
            f"{one.rows_in:,}",
            f"{one.quarantined:,}",
            str(one.batch_id),
        ]
        for one in report.bad_batches
    ]
    head = ["file or message", "door", "received (UTC)", "rows", "refused", "batch"]
    return "<h2>Where refused rows came from</h2>" + html_table(head, rows)
