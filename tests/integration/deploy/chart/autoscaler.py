"""What KEDA and the horizontal autoscaler of Kubernetes do with the lengths of queues, as pure functions.

KEDA (``pkg/scaling/executor``, ``docs/concepts/scaling-deployments``) decides between none and some: a queue above its
activation value wakes the deployment, and none above it for the cooldown sends it to its least number. Between one and
the most the autoscaler decides (``pkg/controller/podautoscaler/replica_calculator.go``,
``GetExternalPerPodMetricReplicas``): the sum over the target for one pod, rounded up, unless it is within a tenth of what runs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

TOLERANCE = 0.1
"""Of the autoscaler, unless the cluster says otherwise."""

SYNC_SECONDS = 15
"""Pause between two decisions of the autoscaler."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """What a ScaledObject says."""

    least: int
    most: int
    per_worker: int
    activation: int
    cooldown_seconds: int
    stabilization_seconds: int

    @classmethod
    def of(cls, spec: Mapping[str, object]) -> Scaling:
        """Read the specification of a ScaledObject whose triggers are alike."""
        match spec:
            case {
                "minReplicaCount": int(least),
                "maxReplicaCount": int(most),
                "cooldownPeriod": int(cooldown),
                "triggers": [{"metadata": {"value": str(value), "activationValue": str(activation)}}, *_],
                "advanced": {
                    "horizontalPodAutoscalerConfig": {
                        "behavior": {"scaleDown": {"stabilizationWindowSeconds": int(window)}}
                    }
                },
            }:
                return cls(least, most, int(value), int(activation), cooldown, window)
            case _:
                raise ValueError(f"no ScaledObject of ours: {spec}")


def wanted(messages: int, running: int, per_worker: int) -> int:
    """Return how many workers the autoscaler wants for one queue.

    >>> wanted(25, 1, 10), wanted(21, 2, 10), wanted(0, 3, 10)
    (3, 2, 0)
    """
    if abs(messages / (per_worker * running) - 1) <= TOLERANCE:
        return running
    return math.ceil(messages / per_worker)


def replay(samples: Iterable[tuple[float, Sequence[int]]], scaling: Scaling) -> Iterator[tuple[float, int]]:
    """Yield how many workers run after each decision, from the least on.

    Parameters
    ----------
    samples
        Seconds, and the lengths of the queues then, one for each trigger; one sample a decision.
    """
    running, active_at = scaling.least, -math.inf
    said: list[tuple[float, int]] = []
    for seconds, lengths in samples:
        if any(length > scaling.activation for length in lengths):
            active_at = seconds
        if running == 0:
            running = 1 if active_at == seconds else 0
            said = []
        elif scaling.least == 0 and seconds - active_at > scaling.cooldown_seconds:
            running = 0
        else:
            least = max(1, scaling.least)
            now = max(wanted(length, running, scaling.per_worker) for length in lengths)
            said = [(at, one) for at, one in said if seconds - at <= scaling.stabilization_seconds]
            said.append((seconds, min(max(now, least), scaling.most)))
            # The highest that was said within the window keeps workers; up it goes by four or to twice as many, at most.
            highest = max(one for _, one in said)
            running = (
                min(said[-1][1], max(running + 4, 2 * running)) if said[-1][1] > running else min(running, highest)
            )
        yield seconds, running
