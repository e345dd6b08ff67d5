"""Drift of a window of time: read from the profiles, judged, with its drivers. For HTTP, the schedule and the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from sqlalchemy import Engine

from monitoring.drift.change_reading import read_changes
from monitoring.drift.changes import Change
from monitoring.drift.columns import added, columns, seconds_within
from monitoring.drift.drivers import Driver, Part, SpanIndex, drivers, psi_over_time
from monitoring.drift.false_alarms import FalseAlarms, false_alarms
from monitoring.drift.verdicts import FeatureDrift, Verdict, judge
from sql.drift.windows import DriftWindow, Layout, SpanSums, read_batches, read_layout, read_spans
from sql.profiles.parts import NO_REFERENCE
from usecases.contract.spec import UseCase


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """Drift of one version in one window."""

    window: DriftWindow
    rows: int
    """Rows of the version in the window."""
    rows_of_others: int
    """Rows of other versions in it, which are not judged here."""
    model_version: int | None
    """The version that is judged: as asked, or the one that served last; none where nothing was served."""
    reference: str | None
    """Its reference profile; none where it came without one, so that nothing can be judged."""
    verdict: Verdict
    features: Sequence[FeatureDrift]
    """The worst first."""
    over_time: Mapping[str, Sequence[SpanIndex]]
    changes: Mapping[str, Change]
    """How the drift of each feature that drifted came about."""
    alarms: FalseAlarms | None
    """What to expect of the limits where nothing drifts; none where too little is served."""
    batches: Mapping[str, Sequence[Driver]]
    """Batches behind each feature that drifted, by id and name."""
    sources: Mapping[str, Sequence[Driver]]
    """Doors behind each feature that drifted."""
    batch_names: Mapping[str, str]
    """Names of these batches, by id."""


def read_drift(engine: Engine, use_case: UseCase, window: DriftWindow, width: timedelta) -> DriftReport:
    """Judge a window of time.

    Parameters
    ----------
    engine, use_case
        Where the profiles are, and whose.
    window
        The rows that are meant. Where no version is asked for, the one that served last in it is judged.
    width
        Width of the spans in which the index is followed over time.
    """
    every = read_spans(engine, window, width)
    chosen = latest_kind(every)
    if not chosen:
        return _nothing(window, None, 0, 0)
    latest = chosen[0]
    rows = sum(span.rows for span in chosen)
    others = sum(span.rows for span in every) - rows
    layout = None if latest.reference == NO_REFERENCE else read_layout(engine, latest.reference)
    if layout is None:
        return _nothing(window, latest.model_version, rows, others)
    served = added(chosen, layout)
    features = judge(layout, served, use_case.drift)
    drifted = {one.feature for one in features if one.verdict is Verdict.DRIFTED}
    over_time = psi_over_time(chosen, layout, use_case.drift)
    asked = DriftWindow(
        use_case=window.use_case,
        since=window.since,
        until=window.until,
        source=window.source,
        model_version=latest.model_version,
    )
    found = read_batches(engine, asked, latest.reference) if drifted else []
    batches = [Part(str(batch.batch_id), batch.rows, batch.slots, batch.counts) for batch in found]
    sources = _by_source(chosen, layout)
    every_column = columns(layout, served)
    blamed = [column for column in every_column if column.feature in drifted]
    return DriftReport(
        window=window,
        rows=rows,
        rows_of_others=others,
        model_version=latest.model_version,
        reference=latest.reference,
        verdict=overall(features),
        features=features,
        over_time=over_time,
        alarms=false_alarms(
            layout,
            every_column,
            use_case.drift,
            rows,
            window.until - window.since,
            seconds_within(every_column),
        ),
        changes=read_changes(engine, window, latest, layout, every_column, drifted),
        batches={column.feature: drivers(column, batches, len(layout.slots)) for column in blamed},
        sources={column.feature: drivers(column, sources, len(layout.slots)) for column in blamed},
        batch_names={str(batch.batch_id): batch.name for batch in found},
    )


def overall(features: Sequence[FeatureDrift]) -> Verdict:
    """Sum verdicts up: one feature that drifted is a drift, one that can be judged is a verdict."""
    verdicts = {one.verdict for one in features}
    ranked = (Verdict.DRIFTED, Verdict.STABLE, Verdict.NOT_ENOUGH_HISTORY, Verdict.NOT_ENOUGH_ROWS)
    return next((verdict for verdict in ranked if verdict in verdicts), Verdict.NOT_ENOUGH_ROWS)


def latest_kind(spans: Sequence[SpanSums]) -> list[SpanSums]:
    """Return the spans of the version, and the reference, that served last."""
    latest = max(spans, key=lambda span: (span.start, span.model_version), default=None)
    return [span for span in spans if latest is not None and _kind(span) == _kind(latest)]


def _kind(span: SpanSums) -> tuple[int, str]:
    return span.model_version, span.reference


def _by_source(spans: Sequence[SpanSums], layout: Layout) -> list[Part]:
    found: list[Part] = []
    for source, group in groupby(sorted(spans, key=lambda span: span.source), lambda span: span.source):
        served = added(group, layout)
        found.append(Part(source, served.rows, range(1, len(layout.slots) + 1), served.counts))
    return found


def _nothing(window: DriftWindow, version: int | None, rows: int, others: int) -> DriftReport:
    return DriftReport(
        window=window,
        rows=rows,
        rows_of_others=others,
        model_version=version,
        reference=None,
        verdict=Verdict.NOT_ENOUGH_ROWS,
        features=[],
        over_time={},
        changes={},
        alarms=None,
        batches={},
        sources={},
        batch_names={},
    )
