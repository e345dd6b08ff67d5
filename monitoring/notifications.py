"""Telling people: by mail, Slack, Teams, a webhook or whatever else `apprise` knows, named by URL.

A notification that cannot be sent is logged and never fails its caller. A problem that lasts is told once in an hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from typing import Any

import structlog
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from sql.base.engine import connect_engine
from sql.drift.alerts import alert_of
from sql.drift.notifications import claim_notifications, release_notifications
from sql.drift.silences import silences
from sql.drift.verdicts import Watch

MOST_LISTED = 10
"""Files told of in one notification; a longer one nobody reads on a telephone."""

log = structlog.get_logger(__name__)


class Severity(StrEnum):
    """How bad it is."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


class NotificationSettings(BaseSettings):
    """Settings of notifications, from the environment."""

    model_config = SettingsConfigDict(env_prefix="SMARTPREDICT_", frozen=True)

    notify_urls: SecretStr = Field(
        default=SecretStr(""),
        description="Where to tell people, as apprise writes it (https://github.com/caronc/apprise), separated by commas.",
    )
    notify_cooldown: timedelta = Field(
        default=timedelta(hours=1), ge=timedelta(0), description="How long the same problem is not told again."
    )
    notify_bad_share: float = Field(
        default=0.01, ge=0, le=1, description="Share of bad rows from which a file is told of; a refused one always is."
    )
    database_url: SecretStr = Field(
        default=SecretStr(""), description="PostgreSQL, where it is kept what was told; without it all is told."
    )


def notify(
    title: str,
    body: str,
    severity: Severity | str = Severity.INFO,
    *,
    key: str | None = None,
    settings: NotificationSettings | None = None,
) -> bool:
    """Send a notification; return False where people know it already, or cannot be reached.

    Parameters
    ----------
    title, body
        What to tell, in plain text.
    severity
        How bad it is.
    key
        What it is about: the same key is told once in `SMARTPREDICT_NOTIFY_COOLDOWN`. The title, if not given.
    settings
        From the environment, if not given.
    """
    settings = settings or NotificationSettings()
    about = key or f"{severity}: {title}"
    with _claimed(settings, [about], settings.notify_cooldown) as claim:
        if not claim.keys:
            log.info("Notification was told already", title=title)
            return False
        claim.told = _send(settings, title, body, Severity(severity))
    return claim.told


def notify_quality_problems(
    problems: Sequence[Mapping[str, Any]], settings: NotificationSettings | None = None
) -> bool:
    """Notify people of files with bad rows, all in one notification and each file once.

    Parameters
    ----------
    problems
        What :meth:`sql.quality.problems.QualityProblem.to_json` gives, as a run of ingestion reports it.
    settings
        From the environment, if not given.
    """
    settings = settings or NotificationSettings()
    heard = _not_silenced(settings, [problem for problem in problems if _is_worth_it(problem, settings)])
    worth = {f"quality: {problem['batch_id']}": problem for problem in heard}
    with _claimed(settings, list(worth), None) as claim:
        new = [problem for key, problem in worth.items() if key in claim.keys]
        if not new:
            return False
        severity = Severity.ERROR if any(problem["refused"] for problem in new) else Severity.WARNING
        claim.told = _send(settings, *describe_quality_problems(new), severity)
    return claim.told


def describe_quality_problems(problems: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Write what is wrong with files and what to do: a title and a body.

    >>> title, body = describe_quality_problems([{
    ...     "batch_id": "6e9b6ac1-7d45-8c23-8685-2f9fce88fd28", "name": "july.csv", "use_case": "iris", "rows_in": 200,
    ...     "quarantined": 30, "refused": None, "rules": [{"column": "petal_length_cm", "rule": "range", "rows": 30}],
    ... }])
    >>> print(title)
    Bad rows in july.csv
    >>> print(body)
    july.csv (iris): 30 of 200 rows are bad (15%). Most often: petal_length_cm range (30)
    <BLANKLINE>
    Look at them: smartpredict quarantine list --batch 6e9b6ac1-7d45-8c23-8685-2f9fce88fd28
    Repair them and send them again: smartpredict quarantine export, then replay; a refused file: drop it again
    """
    worst = sorted(problems, key=lambda problem: (problem["refused"] is None, -problem["quarantined"]))
    name = worst[0]["name"] if len(worst) == 1 else f"{len(worst)} files"
    lines = [_line(problem) for problem in worst[:MOST_LISTED]]
    if len(worst) > MOST_LISTED:
        lines.append(f"and {len(worst) - MOST_LISTED} more")
    which = f" --batch {worst[0]['batch_id']}" if len(worst) == 1 else ""
    next_steps = (
        f"Look at them: smartpredict quarantine list{which}\n"
        f"Repair them and send them again: smartpredict quarantine export, then replay; a refused file: drop it again"
    )
    return f"Bad rows in {name}", "\n".join([*lines, "", next_steps])


def _line(problem: Mapping[str, Any]) -> str:
    rows, bad = problem["rows_in"], problem["quarantined"]
    share = f" ({bad / rows:.0%})" if rows else ""
    parts = [f"{problem['name']} ({problem['use_case']}): {bad:,} of {rows:,} rows are bad{share}."]
    if problem["refused"]:
        parts.append(f"Refused: {problem['refused']}.")
    if problem["rules"]:
        rules = (f"{rule['column'] or 'row'} {rule['rule']} ({rule['rows']:,})" for rule in problem["rules"])
        parts.append(f"Most often: {', '.join(rules)}")
    return " ".join(parts)


def _is_worth_it(problem: Mapping[str, Any], settings: NotificationSettings) -> bool:
    share = problem["quarantined"] / problem["rows_in"] if problem["rows_in"] else 1.0
    return bool(problem["refused"]) or share >= settings.notify_bad_share


def _not_silenced(settings: NotificationSettings, problems: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Leave out the files of use cases whose quality people silenced."""
    url = settings.database_url.get_secret_value()
    if not url or not problems or not settings.notify_urls.get_secret_value():
        return problems
    alerts = {problem["use_case"]: alert_of(problem["use_case"], Watch.QUALITY) for problem in problems}
    engine = connect_engine(url, "notifications", pool_size=1)
    try:
        silenced = silences(engine, alerts.values())
    except SQLAlchemyError as error:
        log.warning("Whether people silenced it is not known", error=repr(error)[:500])
        return problems
    finally:
        engine.dispose()
    return [problem for problem in problems if alerts[problem["use_case"]] not in silenced]


def _send(settings: NotificationSettings, title: str, body: str, severity: Severity) -> bool:
    """Send it to every address; False where one of them could not be reached."""
    import apprise  # noqa: PLC0415  # half a second that only those pay who have something to tell

    addresses = settings.notify_urls.get_secret_value()
    if not addresses:
        log.info("Nobody is told: SMARTPREDICT_NOTIFY_URLS is not set", title=title)
        return False
    kinds = {Severity.ERROR: apprise.NotifyType.FAILURE}
    kind = kinds.get(severity) or apprise.NotifyType(severity.value)
    try:
        sender = apprise.Apprise()
        understood = sender.add(addresses)
        told = bool(sender.notify(title=title, body=body, notify_type=kind, body_format=apprise.NotifyFormat.TEXT))
    except Exception as error:  # noqa: BLE001  # whatever a plugin raises, the caller goes on
        log.error("Notification failed", title=title, error=repr(error))  # noqa: TRY400  # addresses hold passwords
        return False
    if not understood:
        log.error("SMARTPREDICT_NOTIFY_URLS holds an address that apprise does not understand", title=title)
    if not told:
        log.error("Notification did not reach everybody; see the addresses in SMARTPREDICT_NOTIFY_URLS", title=title)
    return told


class _Claim:
    """Keys that this process tells of, and whether it did."""

    def __init__(self, keys: set[str]) -> None:
        self.keys = keys
        self.told = False


@contextmanager
def _claimed(settings: NotificationSettings, keys: Sequence[str], cooldown: timedelta | None) -> Iterator[_Claim]:
    """Claim keys while the block notifies of them; release those it did not notify of."""
    url = settings.database_url.get_secret_value()
    if not url or not keys or not settings.notify_urls.get_secret_value():
        yield _Claim(set(keys))
        return
    engine = connect_engine(url, "notifications", pool_size=1)
    try:
        claim = _Claim(_claim(engine, keys, cooldown))
        yield claim
        if claim.keys and not claim.told:
            _release(engine, claim.keys)
    finally:
        engine.dispose()


def _claim(engine: Engine, keys: Sequence[str], cooldown: timedelta | None) -> set[str]:
    try:
        return claim_notifications(engine, keys, cooldown)
    except SQLAlchemyError as error:
        # Told twice is better than never.
        log.warning("What was told before is not known", error=repr(error)[:500])
        return set(keys)


def _release(engine: Engine, keys: set[str]) -> None:
    try:
        release_notifications(engine, keys)
    except SQLAlchemyError as error:
        log.warning("A notification that failed counts as told until its cooldown ends", error=repr(error)[:500])
