"""The alerts that fire in Prometheus, as its API lists them, and those that lately did, as it keeps them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

import httpx
from pydantic import BaseModel, Field, ValidationError

PATIENCE_SECONDS = 2.0
"""Prometheus answers from memory; one that does not is away, and the page has other things to show."""

STEP_SECONDS = 10
"""How closely the end of an alert is looked for: as often as Prometheus judges the rules, so that none is missed."""


class PrometheusAwayError(Exception):
    """Prometheus was not there, or answered something else; says what."""


class FiringAlert(BaseModel):
    """An alert of Prometheus; what else it says is passed over."""

    labels: dict[str, str]
    annotations: dict[str, str] = Field(default_factory=dict)
    state: str
    active_at: datetime = Field(alias="activeAt")

    @property
    def key(self) -> str:
        """Its name with its labels, in their order: what Prometheus itself knows it by."""
        return _key_of(self.labels)


class EndedFiring(BaseModel):
    """An alert of Prometheus that fires no more; its texts are not kept there."""

    labels: dict[str, str]
    since: datetime
    """When it began, to the second."""
    ended_at: datetime

    @property
    def key(self) -> str:
        """Its name with its labels, as :attr:`FiringAlert.key` has it."""
        return _key_of(self.labels)


class _Listed(BaseModel):
    alerts: list[FiringAlert]


class _Answer(BaseModel):
    status: Literal["success"]
    data: _Listed


class _Series(BaseModel):
    metric: dict[str, str]
    value: tuple[float, float]


class _Found(BaseModel):
    result: list[_Series]


class _Queried(BaseModel):
    status: Literal["success"]
    data: _Found


_Model = TypeVar("_Model", _Answer, _Queried)


def firing_alerts(url: str) -> list[FiringAlert]:
    """Ask Prometheus which alerts fire.

    Parameters
    ----------
    url
        Address of Prometheus.

    Raises
    ------
    PrometheusAwayError
        If it does not tell.
    """
    found = _asked(url, "alerts", {}, _Answer)
    return [alert for alert in found.data.alerts if alert.state == "firing"]


def ended_firings(url: str, within: timedelta, firing: Collection[str]) -> list[EndedFiring]:
    """Ask Prometheus which alerts fired lately and do so no more: of each the last time.

    Parameters
    ----------
    url
        Address of Prometheus.
    within
        How long ago they may have ended.
    firing
        Names of those that fire now.

    Raises
    ------
    PrometheusAwayError
        If it does not tell.
    """
    seconds = round(within.total_seconds())
    ended = _values(url, f'max_over_time(timestamp(ALERTS{{alertstate="firing"}})[{seconds}s:{STEP_SECONDS}s])')
    if not set(ended) - {*firing}:
        return []
    begun = _values(url, f"last_over_time(ALERTS_FOR_STATE[{seconds}s])")
    return [
        EndedFiring(labels=labels, since=begun[key][1], ended_at=at)
        for key, (labels, at) in ended.items()
        if key not in firing and key in begun
    ]


def _values(url: str, query: str) -> dict[str, tuple[dict[str, str], datetime]]:
    """Ask for moments of alerts, by their names."""
    found = _asked(url, "query", {"query": query}, _Queried)
    own = [
        ({name: text for name, text in one.metric.items() if name not in {"__name__", "alertstate"}}, one.value[1])
        for one in found.data.result
    ]
    return {_key_of(labels): (labels, datetime.fromtimestamp(value, UTC)) for labels, value in own}


def _key_of(labels: Mapping[str, str]) -> str:
    listed = ",".join(f"{name}={value}" for name, value in sorted(labels.items()) if name != "alertname")
    return f"prometheus:{labels.get('alertname', '')}{{{listed}}}"


def _asked(url: str, what: str, parameters: Mapping[str, str], answer_type: type[_Model]) -> _Model:
    try:
        # trust_env: a proxy of the environment is for the internet.
        with httpx.Client(timeout=PATIENCE_SECONDS, trust_env=False) as client:
            answer = client.get(f"{url.rstrip('/')}/api/v1/{what}", params=dict(parameters))
            answer.raise_for_status()
        return answer_type.model_validate_json(answer.content)
    except httpx.HTTPStatusError as error:
        raise PrometheusAwayError(f"Prometheus answers {error.response.status_code}.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PrometheusAwayError(f"Prometheus cannot be reached: {type(error).__name__}.") from error
    except ValidationError as error:
        raise PrometheusAwayError("What answers there is no Prometheus.") from error
