"""The alerts that fire in Prometheus, as its API lists them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import httpx
from pydantic import BaseModel, Field, ValidationError

PATIENCE_SECONDS = 2.0
"""Prometheus answers from memory; one that does not is away, and the page has other things to show."""


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
        labels = ",".join(f"{name}={value}" for name, value in sorted(self.labels.items()) if name != "alertname")
        return f"prometheus:{self.labels.get('alertname', '')}{{{labels}}}"


class _Listed(BaseModel):
    alerts: list[FiringAlert]


class _Answer(BaseModel):
    status: Literal["success"]
    data: _Listed


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
    try:
        # trust_env: a proxy of the environment is for the internet.
        with httpx.Client(timeout=PATIENCE_SECONDS, trust_env=False) as client:
            answer = client.get(f"{url.rstrip('/')}/api/v1/alerts")
            answer.raise_for_status()
        found = _Answer.model_validate_json(answer.content)
    except httpx.HTTPStatusError as error:
        raise PrometheusAwayError(f"Prometheus answers {error.response.status_code}.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PrometheusAwayError(f"Prometheus cannot be reached: {type(error).__name__}.") from error
    except ValidationError as error:
        raise PrometheusAwayError("What answers there is no Prometheus.") from error
    return [alert for alert in found.data.alerts if alert.state == "firing"]
