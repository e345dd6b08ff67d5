"""The report of a version as one page that loads nothing: what the page of the product shows, to keep or to send to somebody."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence

from gateway_api.models.report.answers import VersionReport
from gateway_api.models.report.drawing import STYLE, Axes, Line, bar_chart, line_chart
from registry.report import ModelReport, ThresholdCurve
from usecases.analysis.page import POLICY, html_table
from usecases.contract.spec import UseCase

_MOST_FEATURES = 25

Points = list[tuple[float, float]]


def report_page(use_case: UseCase, versions: Sequence[VersionReport]) -> str:
    """Write the page, in HTML; it is about the first version, the others are laid over its figures."""
    first = versions[0]
    title = html.escape(f"{use_case.title}: report of version {first.version}")
    content = "".join(_sections(use_case, versions))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        f'content="{POLICY}"><meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{_STYLE}{STYLE}</style></head><body><main><h1>{title}</h1>{content}</main></body></html>\n"
    )


def _sections(use_case: UseCase, versions: Sequence[VersionReport]) -> Iterator[str]:
    for one in versions:
        yield f"<p>Version {one.version}: {html.escape(_judged(one))}</p>"
    known = [(f"version {one.version}", one.report) for one in versions if one.report is not None]
    if not known:
        return
    yield _metrics(known)
    report = versions[0].report
    if report is None:
        return
    yield from _features(report)
    yield from _classes(use_case, versions[0], known)
    yield from _errors(report, known)
    yield _lines(Axes("Learning curve", "rows it learned from", _judge(report)), known, _learned)
    if report.by_horizon:
        lines = [Line(name, list(enumerate(values, 1))) for name, values in report.by_horizon.items()]
        yield line_chart(Axes("By horizon", "horizon", "error, or share held"), lines)
    yield from _segments(report)
    yield "".join(f"<p>{html.escape(note)}</p>" for note in report.notes)


def _judged(one: VersionReport) -> str:
    if one.report is None:
        return one.problem or ""
    rows = one.report.rows
    told = f", told by {rows.validation:,} when to stop" if rows.validation else ""
    return f"learned from {rows.training:,} rows{told}, judged by {rows.words}, which it had not seen."


def _metrics(known: Sequence[tuple[str, ModelReport]]) -> str:
    sides = [(name, report.metrics) for name, report in known]
    if known[0][1].metrics_at_random:
        sides.append((f"{known[0][0]} by a random split", known[0][1].metrics_at_random))
    names = list(dict.fromkeys(name for _, metrics in sides for name in metrics))
    rows = [[name, *(f"{metrics[name]:.4f}" if name in metrics else "" for _, metrics in sides)] for name in names]
    same = len({report.rows.digest for _, report in known}) == 1
    hint = (
        ""
        if same
        else "<p>The versions were judged by different rows: their figures are not to be compared digit by digit.</p>"
    )
    return f"<h2>Metrics on the holdout</h2>{html_table(['metric', *(head for head, _ in sides)], rows)}{hint}"


def _features(report: ModelReport) -> Iterator[str]:
    shown = report.features[:_MOST_FEATURES]
    yield "<h2>Features</h2>"
    if any(one.contribution is not None for one in shown):
        bars = [(one.feature, one.contribution or 0.0) for one in shown]
        yield bar_chart(Axes("What features add to the answers (SHAP)", "mean absolute contribution", ""), bars)
    bars = sorted(((one.feature, one.gain) for one in shown), key=lambda bar: -bar[1])
    yield bar_chart(Axes("Importance by gain", "share of the gain of all splits", ""), bars)
    for one in shown:
        if one.groups:
            bars = [(group.label, group.contribution) for group in one.groups]
            yield bar_chart(Axes(f"{one.feature}: which values raise the answer", "mean contribution", ""), bars)


def _classes(use_case: UseCase, first: VersionReport, known: Sequence[tuple[str, ModelReport]]) -> Iterator[str]:
    report = known[0][1]
    if report.confusion is None:
        return
    yield "<h2>Classes</h2>"
    yield _lines(Axes("ROC curve", "share of false alarms", "share found", square=True), known, _roc)
    yield _lines(Axes("Precision and recall", "recall", "precision", square=True), known, _precision_recall)
    yield _lines(Axes("Calibration", "probability it gave", "share that came true", square=True), known, _calibrated)
    rows = [[true, *counts] for true, counts in zip(report.confusion.classes, report.confusion.rows, strict=True)]
    yield "<h3>Confusion, as answers are given</h3>" + html_table(
        ["came true", *(f"predicted {name}" for name in report.confusion.classes)], rows
    )
    kept = first.threshold
    if kept is not None and len(report.curves) == 1 and len(use_case.classes) == 2:  # noqa: PLR2004  # it parts two
        yield f"<h3>Confusion from the kept threshold {kept.threshold:g} on</h3>"
        why = f" {kept.reason}" if kept.reason else ""
        yield f"<p>{html.escape(f'Kept by {kept.kept_by}, {kept.kept_at:%Y-%m-%d %H:%M} UTC.{why}')}</p>"
        yield _confusion_at(report.curves[0], use_case.classes, kept.threshold)


def _confusion_at(curve: ThresholdCurve, classes: Sequence[str], threshold: float) -> str:
    place = min(range(len(curve.thresholds)), key=lambda number: abs(curve.thresholds[number] - threshold))
    hits, alarms = curve.hits[place], curve.false_alarms[place]
    return html_table(
        ["came true", *(f"predicted {name}" for name in classes)],
        [[classes[0], curve.negatives - alarms, alarms], [classes[1], curve.positives - hits, hits]],
    )


def _errors(report: ModelReport, known: Sequence[tuple[str, ModelReport]]) -> Iterator[str]:
    if report.residuals is None:
        return
    yield "<h2>Errors</h2>"
    yield _lines(Axes("How errors are spread", "predicted minus true", "share of the rows"), known, _spread)
    yield _lines(Axes("Predicted and true, in tenths of the rows", "predicted", "came true"), known, _means)
    rows = [
        [f"{one.predicted:.4g}", f"{one.observed:.4g}", f"{one.low:.4g}", f"{one.high:.4g}", one.rows]
        for one in report.residuals.groups
    ]
    yield html_table(["predicted", "came true", "a tenth of the errors below", "a tenth above", "rows"], rows)


def _segments(report: ModelReport) -> Iterator[str]:
    if report.segments:
        yield "<h2>Performance by segment</h2>"
    for segments in report.segments:
        names = list(dict.fromkeys(name for group in segments.groups for name in group.metrics))
        rows = [
            [group.label, f"{group.rows:,}", *(f"{group.metrics[n]:.4f}" if n in group.metrics else "" for n in names)]
            for group in segments.groups
        ]
        yield f"<h3>{html.escape(segments.column)}</h3>{html_table(['values', 'rows', *names], rows)}"


def _lines(axes: Axes, known: Sequence[tuple[str, ModelReport]], points: Callable[[ModelReport], Points]) -> str:
    lines = [Line(name, points(report)) for name, report in known]
    return line_chart(axes, [line for line in lines if line.points])


def _one_curve(report: ModelReport) -> ThresholdCurve | None:
    """Return the curve of two classes; of several there is no single one."""
    return report.curves[0] if len(report.curves) == 1 else None


def _roc(report: ModelReport) -> Points:
    curve = _one_curve(report)
    if curve is None:
        return []
    pairs = zip(curve.false_alarms, curve.hits, strict=True)
    return [(alarms / max(curve.negatives, 1), hits / max(curve.positives, 1)) for alarms, hits in pairs]


def _precision_recall(report: ModelReport) -> Points:
    curve = _one_curve(report)
    if curve is None:
        return []
    pairs = zip(curve.hits, curve.false_alarms, strict=True)
    return [(hits / max(curve.positives, 1), hits / (hits + alarms)) for hits, alarms in pairs if hits]


def _calibrated(report: ModelReport) -> Points:
    return [(one.predicted, one.observed) for one in report.calibration]


def _spread(report: ModelReport) -> Points:
    bins = [] if report.residuals is None else report.residuals.bins
    rows = sum(one.rows for one in bins) or 1
    return [((one.lower + one.upper) / 2, one.rows / rows) for one in bins]


def _means(report: ModelReport) -> Points:
    return [] if report.residuals is None else [(one.predicted, one.observed) for one in report.residuals.groups]


def _judge(report: ModelReport) -> str:
    """Return the metric that judges; it comes first."""
    return next(iter(report.metrics), "")


def _learned(report: ModelReport) -> Points:
    name = _judge(report)
    return [(float(one.rows), one.holdout[name]) for one in report.learning_curve if name in one.holdout]


_STYLE = (
    ":root{color-scheme:light dark;--text:#1c1c1c;--page:#fff;--line:#bbb}"
    "@media(prefers-color-scheme:dark){:root{--text:#e8edf4;--page:#12171f;--line:#4a5568}}"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:66rem;margin:2rem auto;padding:0 1rem}"
    "body{color:var(--text);background:var(--page);overflow-wrap:anywhere}"
    "table{border-collapse:collapse;display:block;overflow-x:auto;overflow-wrap:normal}"
    "td,th{border:1px solid var(--line);padding:.2rem .6rem;text-align:left;vertical-align:top}"
    "figure{display:inline-block;margin:.5rem 1rem .5rem 0;max-width:100%;vertical-align:top}"
    "figcaption{font-weight:600}"
)
