"""The analysis of a data set as one page that needs nothing else: tables for figures, a plot for every column."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from usecases.analysis.analysis import Analysis
from usecases.analysis.columns import ColumnSummary, Histogram

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PLOTS = 200
"""Columns that are drawn; of the others the table tells."""

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser may load and run of the page: its own pictures and style, and no script, whatever a file holds."""

_MOST_CHARACTERS = 24


def analysis_page(analysis: Analysis, *, most_plots: int = MOST_PLOTS) -> str:
    """Write the page, in HTML, with at most so many plots; the same analysis gives the same bytes."""
    title = html.escape(f"{analysis.name}: what is in it")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        f'content="{POLICY}"><meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{STYLE}</style></head>"
        f"<body><h1>{title}</h1>{_overview(analysis)}{_findings(analysis)}{_columns(analysis)}{_alike(analysis)}"
        f"{_plots(analysis, most_plots)}</body></html>\n"
    )


def _overview(analysis: Analysis) -> str:
    answer = analysis.answer
    told = [f"{analysis.rows:,} rows, {len(analysis.columns):,} columns."]
    if analysis.repeated:
        told.append(f"{analysis.repeated:,} rows are the same as an earlier one in every column.")
    if answer is not None:
        classes = f" ({', '.join(answer.classes[:10])})" if answer.classes else ""
        told.append(f"To predict: {answer.column}, a {answer.task} task{classes}.")
    if analysis.rows_related < analysis.rows:
        told.append(f"Relations are measured on {analysis.rows_related:,} rows, drawn at random.")
    return f"<p>{html.escape(' '.join(told))}</p>"


def _findings(analysis: Analysis) -> str:
    if not analysis.findings:
        return ""
    rows = [[one.severity.value, one.column or "(all)", one.text, one.done] for one in analysis.findings]
    return "<h2>Worth a look</h2>" + html_table(["", "column", "what was found", "what is suggested"], rows)


def _columns(analysis: Analysis) -> str:
    head = ["column", "holds", "missing", "different", "from", "median", "to", "mean", "deviation", "far out"]
    if analysis.target:
        head.append(f"with {analysis.target}")
    rows = []
    for column in analysis.columns:
        cells: list[object] = [column.name, column.kind, _share(column.missing, column.rows), f"{column.different:,}"]
        found = column.numbers
        if found is not None:
            cells += [_number(found.minimum), _number(found.median), _number(found.maximum), _number(found.mean)]
            cells += [_number(found.deviation), _share(found.outliers, column.rows - column.missing)]
        else:
            cells += [column.first, "", column.last, "", "", ""]
        if analysis.target:
            related = analysis.related.get(column.name)
            cells.append("" if related is None else f"{related.value:.2f} ({related.measure})")
        rows.append(cells)
    return "<h2>Columns</h2>" + html_table(head, rows)


def _alike(analysis: Analysis) -> str:
    if not analysis.alike:
        return ""
    rows = [[pair.first, pair.second, f"{pair.spearman:.3f}"] for pair in analysis.alike]
    return "<h2>Columns that tell the same</h2>" + html_table(["column", "other column", "Spearman"], rows)


def _plots(analysis: Analysis, most: int) -> str:
    drawn = [column for column in analysis.columns if column.histogram or column.commonest]
    figures = "".join(_figure(column) for column in drawn[:most])
    more = f"<p>{len(drawn) - most:,} columns more are not drawn.</p>" if len(drawn) > most else ""
    return f"<h2>Distributions</h2>{figures}{more}" if drawn else ""


def _figure(column: ColumnSummary) -> str:
    def draw(axes: Axes) -> None:
        if column.commonest and not (column.histogram and column.different > len(column.commonest)):
            _draw_values(axes, column.commonest)
        elif column.histogram is not None:
            _draw_histogram(axes, column.histogram, is_time=bool(column.first))
        axes.set_title(_plain(column.name), fontsize=10)

    picture = base64.b64encode(plot_png(draw, size=(4, 2.6), dpi=90)).decode()
    text = html.escape(f"Distribution of {column.name}", quote=True)
    return f'<figure><img alt="{text}" src="data:image/png;base64,{picture}"></figure>'


def plot_png(draw: Callable[[Axes], None], *, size: tuple[float, float], dpi: int) -> bytes:
    """Draw a plot, of a size in inches; the same plot gives the same bytes."""
    # The object interface: pyplot would look for a screen, and keeps every figure in a global list.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  # half a second that others need not spend
    from matplotlib.figure import Figure  # noqa: PLC0415  # same

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    draw(figure.add_subplot())
    buffer = io.BytesIO()
    # Without a date of its own.
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def _draw_histogram(axes: Axes, found: Histogram, *, is_time: bool) -> None:
    axes.stairs(found.counts, found.edges, fill=True)
    axes.set_ylabel("rows")
    if is_time:
        ticks = axes.get_xticks()[::2].tolist()
        axes.set_xticks(ticks, [datetime.fromtimestamp(tick, UTC).strftime("%Y-%m-%d") for tick in ticks], fontsize=7)


def _draw_values(axes: Axes, commonest: Sequence[tuple[str, int]]) -> None:
    listed = commonest[::-1]
    axes.barh(range(len(listed)), [count for _, count in listed])
    axes.set_yticks(range(len(listed)), [_plain(text) for text, _ in listed], fontsize=7)
    axes.set_xlabel("rows")


def _plain(text: str) -> str:
    """Shorten a text for a plot, and keep dollar signs from being read as formulas."""
    short = text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
    return short.replace("$", r"\$")


def _share(part: int, whole: int) -> str:
    return "" if not part else f"{part:,} ({part / max(whole, 1):.1%})"


def _number(value: float) -> str:
    return f"{value:,.6g}"


def html_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Write a table in HTML; its cells are texts, whatever they hold."""
    lines = ["".join(f"<th>{html.escape(cell)}</th>" for cell in head)]
    lines += ["".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) for row in rows]
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


STYLE = (
    ":root{color-scheme:light dark;--text:#1c1c1c;--page:#fff;--line:#ccc}"
    "@media(prefers-color-scheme:dark){:root{--text:#e8edf4;--page:#12171f;--line:#4a5568}}"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem}"
    "body{color:var(--text);background:var(--page);overflow-wrap:anywhere}"
    "table{border-collapse:collapse;display:block;overflow-x:auto;overflow-wrap:normal}"
    "td,th{border:1px solid var(--line);padding:.2rem .6rem;text-align:left;vertical-align:top}"
    "figure{display:inline-block;margin:.5rem 0;max-width:100%}img{max-width:100%}"
)
"""Style of a page that needs nothing else, in the light and in the dark."""
