"""Alerts as answers: those of Prometheus and our own verdicts have one shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import Field

from gateway_api.health.alerts.prometheus import EndedFiring, FiringAlert
from gateway_api.wire.answers import Answer
from sql.drift.alerts import Acknowledgement, BadVerdict, EndedVerdict
from sql.drift.silences import Silence
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


class SilenceAnswer(Answer):
    """Nobody is told of an alert for a while."""

    person: str = Field(description="Who wants it, as they call themselves.")
    account: str = Field(description="Account whose key said so.")
    reason: str = Field(description="Why.")
    silenced_at: datetime = Field(description="Since when.")
    until: datetime = Field(description="When people are told again of what is bad still.")


class MovedKey(Answer):
    """A machine or a region that moved."""

    columns: list[str] = Field(description="The columns that name it, as `drift.keys` of the use case has them.")
    key: str = Field(description="Which one it is.")


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
    batch_ids: dict[str, UUID] = Field(description="The newest batch of each of these names, where it is known.")
    doors: list[str] = Field(description="Doors behind it, likewise.")
    keys: list[MovedKey] = Field(description="Machines or regions that moved by themselves, the worst first.")
    acknowledgement: AcknowledgementAnswer | None = Field(description="Who looks after it; none while nobody does.")
    silence: SilenceAnswer | None = Field(
        description="That nobody is told of it, and until when; none where people are."
    )


class EndedAlert(Answer):
    """Something that needed somebody, and is over."""

    alert: str = Field(description="Name of the alert.")
    source: Literal["monitoring", "prometheus"] = Field(description="Who found it.")
    kind: str = Field(description="`drift`, `quality` or `freshness`; of Prometheus the name of the rule.")
    title: str = Field(description="What it was, in a few words.")
    detail: str = Field(description="What was found last; of Prometheus empty, which keeps no texts.")
    use_case: str | None = Field(description="Use case that it was about; none where it was about the pipeline.")
    since: datetime = Field(description="When it began.")
    ended_at: datetime = Field(description="When it was first found good again.")
    acknowledgement: AcknowledgementAnswer | None = Field(description="Who looked after it; none where nobody did.")


class AlertList(Answer):
    """All that needs somebody now, and what lately did."""

    alerts: list[AlertAnswer] = Field(
        description="Critical ones first, then those that began last; silenced ones behind the others."
    )
    ended: list[EndedAlert] = Field(
        description="Those that were there within the last 24 hours and have ended, the latest first."
    )
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
    ended: tuple[EndedFiring, ...] = ()

    @classmethod
    def away(cls, problem: str) -> Self:
        """Build what is known where Prometheus does not tell."""
        return cls("away", problem=problem)


@dataclass(frozen=True, slots=True)
class Known:
    """What people said of alerts."""

    looked_after: Mapping[tuple[str, datetime], Acknowledgement]
    """Who looks after which alert that began when."""
    silenced: Mapping[str, Silence]

    def acknowledgement(self, alert: str, since: datetime) -> AcknowledgementAnswer | None:
        """Return who looks after an alert."""
        found = self.looked_after.get((alert, since))
        return None if found is None else acknowledgement_answer(found)

    def acknowledgement_of_second(self, alert: str, since: datetime) -> AcknowledgementAnswer | None:
        """Return who looked after an alert of which only the second is known in which it began."""
        kept = (one for name, one in self.looked_after if name == alert and one.replace(microsecond=0) == since)
        begun = max(kept, default=since)
        return self.acknowledgement(alert, begun)

    def silence(self, alert: str) -> SilenceAnswer | None:
        """Return until when nobody is told of an alert."""
        found = self.silenced.get(alert)
        return None if found is None else silence_answer(found)


def alert_list(ours: Iterable[BadVerdict], ended: Iterable[EndedVerdict], told: Told, known: Known) -> AlertList:
    """Build the answer: our verdicts and the alerts of Prometheus, each with what people said of it."""
    found = [
        one.model_copy(
            update={
                "acknowledgement": known.acknowledgement(one.alert, one.since),
                "silence": known.silence(one.alert),
            }
        )
        for one in [*map(_of_verdict, ours), *map(_of_prometheus, told.alerts)]
    ]
    found.sort(key=lambda one: (one.silence is not None, one.severity != "critical", -one.since.timestamp()))
    past = [*(_of_ended(one, known) for one in ended), *(_of_ended_firing(one, known) for one in told.ended)]
    over = sorted(past, key=lambda one: one.ended_at, reverse=True)
    return AlertList(alerts=found, ended=over, prometheus=told.state, problem=told.problem)


def _of_verdict(found: BadVerdict) -> AlertAnswer:
    moved = list(found.facts.get("features") or ())
    named = [found.facts, *moved]
    return AlertAnswer(
        alert=found.alert,
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
        batch_ids={name: UUID(batch) for one in named for name, batch in (one.get("batch_ids") or {}).items()},
        doors=_largest_first(one.get("sources") or {} for one in moved),
        keys=[MovedKey(columns=one["key_columns"], key=one["key"]) for one in moved if "key" in one],
        acknowledgement=None,
        silence=None,
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
        batch_ids={},
        doors=[],
        keys=[],
        acknowledgement=None,
        silence=None,
    )


def _of_ended(found: EndedVerdict, known: Known) -> EndedAlert:
    return EndedAlert(
        alert=found.alert,
        source="monitoring",
        kind=found.watch.value,
        title=_TITLES[found.watch],
        detail=found.detail,
        use_case=found.use_case,
        since=found.since,
        ended_at=found.ended_at,
        acknowledgement=known.acknowledgement(found.alert, found.since),
    )


def _of_ended_firing(found: EndedFiring, known: Known) -> EndedAlert:
    rule = found.labels.get("alertname", "")
    return EndedAlert(
        alert=found.key,
        source="prometheus",
        kind=rule,
        title=rule,
        detail="",
        use_case=found.labels.get("use_case"),
        since=found.since,
        ended_at=found.ended_at,
        acknowledgement=known.acknowledgement_of_second(found.key, found.since),
    )


def silence_answer(found: Silence) -> SilenceAnswer:
    """Build the answer about a silence."""
    return SilenceAnswer(
        person=found.person,
        account=found.account,
        reason=found.reason,
        silenced_at=found.silenced_at,
        until=found.until,
    )


def acknowledgement_answer(found: Acknowledgement) -> AcknowledgementAnswer:
    """Build the answer about who looks after an alert."""
    return AcknowledgementAnswer(
        person=found.person, account=found.account, note=found.note, acknowledged_at=found.acknowledged_at
    )


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
