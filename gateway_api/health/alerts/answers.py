"""Alerts as answers: those of Prometheus and our own verdicts have one shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field

from gateway_api.health.alerts.prometheus import FiringAlert
from gateway_api.wire.answers import Answer
from sql.drift.alerts import Acknowledgement, BadVerdict
from sql.drift.verdicts import Watch

_TITLES = {
    Watch.DRIFT: "Data drifted from training",
    Watch.QUALITY: "Bad rows or refused files arrive",
    Watch.FRESHNESS: "Nothing arrives any more",
}


class AcknowledgementAnswer(Answer):
    """Somebody looks after an alert."""

    person: str = Field(description="Who, as they call themselves.")
    account: str = Field(description="Account whose key said so.")
    note: str = Field(description="What they say; may be empty.")
    acknowledged_at: datetime = Field(description="When.")


class AlertAnswer(Answer):
    """Something that needs somebody."""

    alert: str = Field(description="Name of the alert: the same thing has the same name each time.")
    source: Literal["monitoring", "prometheus"] = Field(
        description="Who found it: the monitoring of rows and predictions, or Prometheus."
    )
    kind: str = Field(description="`drift`, `quality` or `freshness`; of Prometheus the name of the rule.")
    title: str = Field(description="What it is, in a few words.")
    detail: str = Field(description="What was found.")
    action: str | None = Field(description="What to do, where the rule says it.")
    severity: str = Field(description="`warning` or `critical`; of Prometheus what the rule says.")
    use_case: str | None = Field(description="Use case that it is about; none where it is about the pipeline.")
    since: datetime = Field(description="When it began.")
    judged_at: datetime | None = Field(description="When our monitoring looked last; none of Prometheus.")
    features: list[str] = Field(description="Columns that moved, the worst first; of a drift alone.")
    files: list[str] = Field(description="Files behind it, those with the largest part first.")
    doors: list[str] = Field(description="Doors behind it, likewise.")
    acknowledgement: AcknowledgementAnswer | None = Field(description="Who looks after it; none while nobody does.")


class AlertList(Answer):
    """All that needs somebody now."""

    alerts: list[AlertAnswer] = Field(description="Critical ones first, then those that began last.")
    prometheus: Literal["asked", "not_set", "away"] = Field(
        description="Whether Prometheus was asked: `not_set` where the gateway was not told where it is."
    )
    problem: str | None = Field(description="Why its alerts are missing, where it is away.")


@dataclass(frozen=True, slots=True)
class Told:
    """The alerts of Prometheus, or why there are none."""

    state: Literal["asked", "not_set", "away"]
    alerts: tuple[FiringAlert, ...] = ()
    problem: str | None = None

    @classmethod
    def away(cls, problem: str) -> Self:
        """Build what is known where Prometheus does not tell."""
        return cls("away", problem=problem)


def alert_list(
    ours: Iterable[BadVerdict], told: Told, looked_after: Mapping[tuple[str, datetime], Acknowledgement]
) -> AlertList:
    """Build the answer: our verdicts and the alerts of Prometheus, each with who looks after it."""
    found = [*map(_of_verdict, ours), *map(_of_prometheus, told.alerts)]
    found = [
        one.model_copy(update={"acknowledgement": _acknowledged(looked_after.get((one.alert, one.since)))})
        for one in found
    ]
    found.sort(key=lambda one: (one.severity != "critical", -one.since.timestamp()))
    return AlertList(alerts=found, prometheus=told.state, problem=told.problem)


def name_of(verdict: BadVerdict) -> str:
    """Return the name of the alert that a verdict is."""
    return f"{verdict.watch.value}:{verdict.use_case}"


def _of_verdict(found: BadVerdict) -> AlertAnswer:
    moved = list(found.facts.get("features") or ())
    return AlertAnswer(
        alert=name_of(found),
        source="monitoring",
        kind=found.watch.value,
        title=_TITLES[found.watch],
        detail=found.detail,
        action=None,
        severity="warning",
        use_case=found.use_case,
        since=found.since,
        judged_at=found.judged_at,
        features=[str(one["feature"]) for one in moved],
        files=_largest_first(one.get("batches") or {} for one in moved) or _arrived(found.facts),
        doors=_largest_first(one.get("sources") or {} for one in moved),
        acknowledgement=None,
    )


def _of_prometheus(found: FiringAlert) -> AlertAnswer:
    rule = found.labels.get("alertname", "")
    return AlertAnswer(
        alert=found.key,
        source="prometheus",
        kind=rule,
        title=rule,
        detail=found.annotations.get("summary", ""),
        action=found.annotations.get("action"),
        severity=found.labels.get("severity", "warning"),
        use_case=found.labels.get("use_case"),
        since=found.active_at,
        judged_at=None,
        features=[],
        files=[],
        doors=[],
        acknowledgement=None,
    )


def acknowledgement_answer(found: Acknowledgement) -> AcknowledgementAnswer:
    """Build the answer about who looks after an alert."""
    return AcknowledgementAnswer(
        person=found.person, account=found.account, note=found.note, acknowledged_at=found.acknowledged_at
    )


def _acknowledged(found: Acknowledgement | None) -> AcknowledgementAnswer | None:
    return None if found is None else acknowledgement_answer(found)


def _largest_first(shares: Iterable[Mapping[str, float]]) -> list[str]:
    """Add up the parts that files, or doors, have in all columns, and name those that have any."""
    parts: dict[str, float] = {}
    for one in shares:
        for name, part in one.items():
            parts[name] = parts.get(name, 0.0) + part
    return sorted((name for name, part in parts.items() if part > 0), key=lambda name: -parts[name])


def _arrived(facts: Mapping[str, Any]) -> list[str]:
    """Name the files that were refused as a whole, then those that brought most bad rows."""
    return list(dict.fromkeys([*(facts.get("refused") or ()), *(facts.get("files") or ())]))
