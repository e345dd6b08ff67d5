"""What KEDA would do with the chart's thresholds, on the lengths of `predict.bulk` as they were while parts went through one worker.

`queue_lengths.json` holds seconds, messages that wait and messages in hand, as the management API gave them: 60 parts of
10,000 rows, two a second, then 200 at once.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.topology import BULK, JOBS, ONLINE
from gateway_api.settings import Settings
from inference_worker.settings import WorkerSettings
from tests.integration.deploy.chart.autoscaler import SYNC_SECONDS, Scaling, replay
from tests.integration.deploy.chart.conftest import Render, of_kind

RECORDED: list[tuple[float, int, int]] = json.loads(Path(__file__).with_name("queue_lengths.json").read_text())
END = RECORDED[-1][0]


def decisions(*, with_those_in_hand: bool = True) -> list[tuple[float, list[int]]]:
    """The lengths at each decision of the autoscaler, and a quarter of an hour in which nothing waits."""
    found = []
    for number in range(int((END + 900) / SYNC_SECONDS)):
        seconds = float(number * SYNC_SECONDS)
        _, ready, in_hand = min(RECORDED, key=lambda one: abs(one[0] - seconds)) if seconds < END else (0.0, 0, 0)
        found.append((seconds, [ready + in_hand * with_those_in_hand, 0]))
    return found


@pytest.fixture(scope="module")
def scaled(render: Render) -> dict[str, Any]:
    return {name: one["spec"] for name, one in of_kind(render("cluster"), "ScaledObject").items()}


@pytest.fixture(scope="module")
def bulk(scaled: dict[str, Any]) -> Scaling:
    return Scaling.of(scaled["smartpredict-worker-bulk"])


def test_every_lane_is_looked_at_as_a_worker_sees_it(scaled: dict[str, Any]) -> None:
    looked_at = {name: [one["metadata"] for one in spec["triggers"]] for name, spec in scaled.items()}
    assert {name: [one["queueName"] for one in found] for name, found in looked_at.items()} == {
        "smartpredict-worker-online": [ONLINE],
        "smartpredict-worker-bulk": [BULK, JOBS],
    }
    for one in (one for found in looked_at.values() for one in found):
        assert (one["protocol"], one["excludeUnacknowledged"], one["mode"]) == ("http", "false", "QueueLength")
        assert "@" not in one["host"]


def test_thresholds_are_those_of_what_a_worker_takes(scaled: dict[str, Any], bulk: Scaling) -> None:
    """A worker whose hands are full, and nothing more, needs no second one; so many again wait and it does."""
    assert bulk.per_worker == 2 * WorkerSettings.model_fields["bulk_prefetch"].default
    online = Scaling.of(scaled["smartpredict-worker-online"])
    assert online.per_worker == Settings.model_fields["max_in_flight"].default


def test_workers_come_with_parts_and_go_after_the_last(bulk: Scaling) -> None:
    lengths = decisions()
    workers = list(replay(lengths, bulk))
    assert workers[0][1] == 0
    for (seconds, running), (_, (length, _)) in zip(workers, lengths, strict=True):
        assert running > 0 or length == 0, f"nobody at {seconds} s, and {length} parts are there"
    assert max(running for _, running in workers) > 3
    last = max(seconds for seconds, (length, _) in lengths if length)
    gone = next(seconds for seconds, running in workers if seconds > last and running == 0)
    assert bulk.cooldown_seconds <= gone - last <= bulk.cooldown_seconds + 2 * SYNC_SECONDS


def test_the_burst_goes_up_at_once_and_nothing_goes_down_within_the_cooldown(bulk: Scaling) -> None:
    workers = list(replay(decisions(), bulk))
    lowered = [seconds for (seconds, running), (_, then) in pairwise(workers) if then < running]
    highest = max(workers, key=lambda one: one[1])[0]
    assert not [seconds for seconds in lowered if highest < seconds < highest + bulk.cooldown_seconds]


def test_counted_by_amqp_workers_in_the_middle_of_their_parts_would_look_idle(bulk: Scaling) -> None:
    assert [one for one in RECORDED if one[1] == 0 < one[2]], "parts in hand and none that wait: recorded"
    quick = Scaling(0, bulk.most, bulk.per_worker, 0, cooldown_seconds=0, stabilization_seconds=0)
    every = [(float(number), [ready + in_hand]) for number, (_, ready, in_hand) in enumerate(RECORDED)]
    waiting = [(float(number), [ready]) for number, (_, ready, _) in enumerate(RECORDED)]
    busy = [in_hand > 0 for _, _, in_hand in RECORDED]
    left_alone = [at for at, (_, running) in enumerate(replay(waiting, quick)) if busy[at] and running == 0]
    assert left_alone
    assert [at for at, (_, running) in enumerate(replay(every, quick)) if busy[at] and running == 0] == []


@given(st.lists(st.integers(0, 5_000), max_size=60))
def test_workers_stay_between_the_least_and_the_most(lengths: list[int]) -> None:
    online = Scaling(2, 8, 2, 0, 300, 300)
    found = [running for _, running in replay([(15.0 * at, [one]) for at, one in enumerate(lengths)], online)]
    assert all(2 <= running <= 8 for running in found)
