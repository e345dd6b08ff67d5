"""Accepting a window of served rows as normal: from then on rows like them have not drifted."""

from __future__ import annotations

from sqlalchemy import Engine

from monitoring.drift.columns import added, columns, seconds_within
from monitoring.drift.report import latest_kind
from sql.drift.accepted import AcceptedWindow, NewAcceptance, store_accepted
from sql.drift.windows import DriftWindow, read_layout, read_spans
from sql.profiles.parts import NO_REFERENCE
from usecases.contract.spec import UseCase


class NothingToAcceptError(ValueError):
    """The window holds too little to be an example of what is normal."""


def accept_window(engine: Engine, use_case: UseCase, window: DriftWindow, actor: str, reason: str) -> AcceptedWindow:
    """Accept a window as normal, for the version that is judged in it.

    Parameters
    ----------
    engine, use_case
        Where the profiles are, and whose.
    window
        The rows that are meant. Where no version is asked for, those of the one that served last in it.
    actor, reason
        Who accepts it, and why.

    Raises
    ------
    NothingToAcceptError
        If nothing was served in it, too little, or by a version without a profile of its training data.
    TooManyAcceptedError
        If as many windows are accepted as a verdict compares with.
    """
    chosen = latest_kind(read_spans(engine, window))
    if not chosen:
        raise NothingToAcceptError("Nothing was scored in this window. Choose one of a drift.")
    version, reference = chosen[0].model_version, chosen[0].reference
    layout = None if reference == NO_REFERENCE else read_layout(engine, reference)
    if layout is None:
        raise NothingToAcceptError(
            f"Version {version} has no profile of its training data, so no drift is judged. Train again to have one."
        )
    served = added(chosen, layout)
    if served.rows < use_case.drift.minimum_rows:
        raise NothingToAcceptError(
            f"The window holds {served.rows:,} rows; what is normal is judged from {use_case.drift.minimum_rows:,} on. "
            "Choose a longer one."
        )
    filled = [place for place, count in enumerate(served.counts) if count]
    return store_accepted(
        engine,
        NewAcceptance(
            use_case=use_case.name,
            since=window.since,
            until=window.until,
            source=window.source,
            model_version=version,
            reference=reference,
            rows=served.rows,
            seconds=seconds_within(columns(layout, served)),
            slots=[place + 1 for place in filled],
            counts=[served.counts[place] for place in filled],
            totals=served.totals,
            reason=reason,
            accepted_by=actor,
        ),
    )
