"""Judge every use case: whether the population moved, what arrives is good, and anything arrives at all.

:func:`run_monitor` is what the schedule and `smartpredict monitor` call. It takes its settings from the environment, gives a summary
that can be written as JSON, and may be called again at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from monitoring.drift.false_alarms import WINDOWS
from monitoring.drift.key_report import key_facts, read_key_drift, say_moved_keys
from monitoring.drift.report import read_drift
from monitoring.drift.verdicts import Verdict
from monitoring.drift.wording import ANSWERS, drift_facts, is_same_cause, say_drift
from monitoring.notifications import Severity, notify
from sql.base.engine import connect_engine, is_database_away
from sql.base.standbys import has_all_of
from sql.drift.alerts import alert_of
from sql.drift.silences import silences
from sql.drift.verdicts import Found, Watch, forget_old_verdicts, last_verdicts, store_verdicts
from sql.drift.windows import DriftWindow
from sql.profiles.windows import forget_old_profiles, roll_up_profiles
from sql.quality.arrivals import read_heard, read_refused
from sql.quality.rates import QualityWindow, read_quality
from sql.registry.live_catalog import registered_use_cases
from usecases.contract.spec import UseCase

BY_KEY = timedelta(days=1)
"""A machine is judged by its last day: of an hour few have enough rows."""

MOST_NAMED = 3
"""Files and rules that are named in a notification."""

Tell = Callable[[str, str, Severity, str], bool]
"""Sends a title and a body, how bad it is and what it is about; returns whether it was sent."""


class MonitorSettings(BaseSettings):
    """Settings of the monitor, from the environment."""

    model_config = SettingsConfigDict(env_prefix="SMARTPREDICT_", frozen=True)

    database_url: SecretStr = Field(description="PostgreSQL.")
    read_database_url: SecretStr | None = Field(
        default=None, description="Standbys that rows are counted at, once they have all of them."
    )
    watch_bad_share: float = Field(default=0.05, ge=0, le=1, description="Share of bad rows past which it is told.")
    watch_silence: timedelta = Field(
        default=timedelta(hours=1), gt=timedelta(0), description="How long nothing may be heard of a use case in use."
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """When quality is bad and when it is too quiet."""

    bad_share: float
    silence: timedelta


def run_monitor(settings: MonitorSettings | None = None, now: datetime | None = None) -> dict[str, Any]:
    """Roll profiles up, judge every use case, keep the verdicts, and tell people what changed.

    Parameters
    ----------
    settings
        From the environment, if not given.
    now
        As of which moment; the present, if none is given.

    Returns
    -------
    dict
        ``rolled_up`` (profiles moved), ``told`` (notifications that went out) and ``use_cases``: for each the verdict,
        the words and the figures of ``drift``, ``quality`` and ``freshness``.
    """
    settings = settings or MonitorSettings()
    engine = connect_engine(settings.database_url.get_secret_value(), "monitor", pool_size=2)
    standby = None
    if settings.read_database_url is not None:
        standby = connect_engine(
            settings.read_database_url.get_secret_value(), "monitor reads", pool_size=1, writes=False
        )
    try:
        limits = Limits(settings.watch_bad_share, settings.watch_silence)
        with engine.connect() as connection:
            use_cases = registered_use_cases(connection)
        return judge_use_cases(engine, use_cases, limits, now or datetime.now(UTC), _tell, standby)
    finally:
        engine.dispose()
        if standby is not None:
            standby.dispose()


def judge_use_cases(
    engine: Engine,
    use_cases: Iterable[UseCase],
    limits: Limits,
    now: datetime,
    tell: Tell,
    standby: Engine | None = None,
) -> dict[str, Any]:
    """Judge every use case once, as of a moment.

    Rows are counted at a standby, where there is one. It lags behind, and rows that it has not heard of would pass for silence:
    unless it has all that was committed when this began, the primary is asked.
    """
    moved = roll_up_profiles(engine)
    reads = standby if standby is not None and has_all_of(engine, standby) else engine
    summary: dict[str, Any] = {}
    told = 0
    for use_case in use_cases:
        before = last_verdicts(engine, use_case.name)
        silenced = silences(engine, [alert_of(use_case.name, watch) for watch in Watch])
        try:
            found = _judge(reads, use_case, limits, now)
        except DBAPIError as error:
            if reads is engine or not is_database_away(error):
                raise
            # Also where it ends a query, because the primary removed rows that it reads.
            reads = engine
            found = _judge(reads, use_case, limits, now)
        found[0] = _confirmed(found[0], before.get(Watch.DRIFT))
        kept = [
            _told(
                one,
                before.get(one.watch),
                use_case,
                tell_nobody if alert_of(use_case.name, one.watch) in silenced else tell,
            )
            for one in found
        ]
        told += sum(one.told and _is_news(one, before.get(one.watch)) for one in kept)
        # As of that moment, where it lies behind; nothing is dated ahead.
        store_verdicts(engine, use_case.name, kept, min(now, datetime.now(UTC)))
        summary[use_case.name] = {
            one.watch.value: {"verdict": one.verdict, "detail": one.detail, **one.facts} for one in kept
        }
    forget_old_profiles(engine)
    forget_old_verdicts(engine)
    return {"rolled_up": moved, "told": told, "use_cases": summary}


def _judge(engine: Engine, use_case: UseCase, limits: Limits, now: datetime) -> list[Found]:
    return [
        _drift(engine, use_case, now),
        _quality(engine, use_case, limits.bad_share, now),
        _freshness(engine, use_case, limits.silence, now),
    ]


def _drift(engine: Engine, use_case: UseCase, now: datetime) -> Found:
    for width in WINDOWS:
        window = DriftWindow(use_case=use_case.name, since=now - width, until=now)
        report = read_drift(engine, use_case, window, width)
        if report.verdict is not Verdict.NOT_ENOUGH_ROWS:
            break
    drifted = [one for one in report.features if one.verdict is Verdict.DRIFTED]
    # Causes before their effects: an answer moves because a feature did.
    drifted.sort(key=lambda one: one.feature in ANSWERS)
    facts: dict[str, Any] = {
        "rows": report.rows,
        "model_version": report.model_version,
        "features": [drift_facts(one, report) for one in drifted],
        "not_enough_history": [one.feature for one in report.features if one.verdict is Verdict.NOT_ENOUGH_HISTORY],
    }
    verdict, detail = report.verdict, say_drift(drifted, report)
    if use_case.drift.keys and verdict is not Verdict.NOT_ENOUGH_ROWS:
        day = replace(window, since=now - BY_KEY, model_version=report.model_version)
        by_key = read_key_drift(engine, use_case, day)
        facts["features"] += key_facts(by_key)
        verdict = Verdict.DRIFTED if by_key.moved_keys else verdict
        detail += say_moved_keys(by_key)
    return Found(
        Watch.DRIFT,
        verdict.value,
        is_bad=verdict is Verdict.DRIFTED,
        detail=detail,
        facts=facts,
        since=report.window.since,
        until=report.window.until,
    )


def _confirmed(found: Found, before: Found | None) -> Found:
    """Hold a drift that people know of until two evaluations in a row are good: what lies at the limit comes and goes."""
    is_over = before is not None and before.is_bad and before.told and found.is_known and not found.is_bad
    if not is_over or before is None or before.verdict != Verdict.DRIFTED:
        return found
    return replace(found, is_bad=True, facts={**found.facts, "features": before.facts["features"]})


def _quality(engine: Engine, use_case: UseCase, bad_share: float, now: datetime) -> Found:
    window = QualityWindow(use_case=use_case.name, start=now - WINDOWS[0], end=now)
    found, refused = read_quality(engine, window, WINDOWS[0]), read_refused(engine, window)
    rows, bad = found.totals.rows_in, found.totals.quarantined
    share = bad / rows if rows else 0.0
    is_bad = share > bad_share or bool(refused)
    verdict = "bad" if is_bad else "good" if rows else "nothing_arrived"
    rules = [f"{one.column or 'row'} {one.rule} ({one.rows:,})" for one in found.by_rule[:MOST_NAMED]]
    files = [one.name for one in found.by_batch[:MOST_NAMED]]
    words = [f"{bad:,} of {rows:,} rows are bad"] if rows else ["No batch arrived"]
    words += [f"most often {', '.join(rules)}, in {', '.join(files)}"] if rules else []
    words += [f"{one.name} was refused: {one.problem}" for one in refused[:MOST_NAMED]]
    facts = {
        "rows_in": rows,
        "quarantined": bad,
        "refused": [one.name for one in refused],
        "schema_changes": [one.name for one in refused if one.is_schema_change],
        "files": files,
        "batch_ids": {one.name: str(one.batch_id) for one in found.by_batch[:MOST_NAMED]}
        | {one.name: str(one.batch_id) for one in refused},
        "rules": rules,
    }
    detail = "; ".join(words) + "."
    return Found(Watch.QUALITY, verdict, is_bad=is_bad, detail=detail, facts=facts, since=window.start, until=now)


def _freshness(engine: Engine, use_case: UseCase, silence: timedelta, now: datetime) -> Found:
    last = read_heard(engine, use_case.name).last_at
    is_silent = last is not None and now - last > silence
    verdict = "unused" if last is None else "silent" if is_silent else "fresh"
    if last is None:
        detail = "Nothing was ever scored."
    else:
        minutes = max(0, int((now - last).total_seconds() // 60))
        detail = f"The last was heard {minutes:,} minutes ago, at {last:%Y-%m-%d %H:%M} UTC."
    facts = {"last_at": None if last is None else last.isoformat()}
    return Found(Watch.FRESHNESS, verdict, is_bad=is_silent, detail=detail, facts=facts, since=now - silence, until=now)


def _is_news(found: Found, before: Found | None) -> bool:
    """Return whether people have to be told: it turned bad or good again, or it is bad in another way, or they could not be told.

    What cannot be judged is no news: no row at all does not make good what was bad.
    """
    if not found.is_known:
        return False
    if before is None:
        return found.is_bad
    if found.is_bad != before.is_bad:
        return True
    return found.is_bad and (not before.told or _has_new_cause(found, before))


def _has_new_cause(found: Found, before: Found) -> bool:
    new = found.subjects - before.subjects
    if found.watch is not Watch.DRIFT:
        return bool(new)
    known = before.facts.get("features", ())
    return any(one["feature"] in new and not is_same_cause(one, known) for one in found.facts["features"])


def _told(found: Found, before: Found | None, use_case: UseCase, tell: Tell) -> Found:
    if not _is_news(found, before):
        return found.as_told(told=before is None or before.told or not found.is_bad)
    title = f"{use_case.title}: {_TITLES[found.watch][found.is_bad]}"
    severity = Severity.WARNING if found.is_bad else Severity.SUCCESS
    about = f"{found.watch}: {use_case.name}: {found.verdict} {' '.join(sorted(found.subjects))}"
    next_step = (
        f"\n\nLook closer: the page Monitoring, or GET /monitoring/{_PAGES[found.watch]}?use_case={use_case.name}"
    )
    if found.watch is Watch.DRIFT and found.is_bad:
        next_step += (
            f"\nIf this is normal: smartpredict drift accept {found.since:{_ISO}}/{found.until:{_ISO}}"
            f' --use-case {use_case.name} --reason "..."'
        )
    return found.as_told(told=tell(title, found.detail + next_step, severity, about))


def tell_nobody(_title: str, _body: str, _severity: Severity, _about: str) -> bool:
    """Return that nobody was told, of what is silenced: people hear of it once the silence has ended."""
    return False


def _tell(title: str, body: str, severity: Severity, about: str) -> bool:
    return notify(title, body, severity, key=about)


_TITLES = {
    Watch.DRIFT: {
        True: "the rows no longer look like the training data",
        False: "the rows look like the training data again",
    },
    Watch.QUALITY: {True: "bad rows arrive", False: "good rows arrive again"},
    Watch.FRESHNESS: {True: "nothing arrives", False: "something arrives again"},
}
_ISO = "%Y-%m-%dT%H:%M:%SZ"
_PAGES = {Watch.DRIFT: "drift", Watch.QUALITY: "quality", Watch.FRESHNESS: "quality"}
