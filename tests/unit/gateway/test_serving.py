"""Whether a use case is served, and what it wants otherwise: the decision that readiness and `GET /models` share."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway_api.models.answers import served_model
from gateway_api.wire.serving import Serving, unserved_in_words
from sql.registry.workers import Worker

NOW = datetime(2026, 5, 4, tzinfo=UTC)


def worker(models: dict[str, int], problems: dict[str, str] | None = None) -> Worker:
    return Worker("worker-1", NOW, NOW, models, problems or {})


@pytest.mark.parametrize(
    ("workers", "champions", "state"),
    [
        ([worker({"iris": 2})], {"iris": 2}, Serving.SERVED),
        ([], {"iris": 2}, Serving.NO_WORKER),
        ([], {}, Serving.NO_WORKER),
        ([worker({})], {"iris": 2}, Serving.NOT_LOADED),
        ([worker({"other": 1})], {"other": 1}, Serving.NO_MODEL),
    ],
)
def test_what_a_use_case_wants_is_told(workers: list[Worker], champions: dict[str, int], state: Serving) -> None:
    answer = served_model("iris", workers, champions)
    assert (answer.state, answer.champion) == (state, champions.get("iris"))
    assert bool(answer.versions) == (state is Serving.SERVED)


def test_only_what_was_never_promoted_is_to_be_trained() -> None:
    assert "smartpredict train" not in unserved_in_words(["iris"], [], {"iris": 2})
    assert "smartpredict train" in unserved_in_words(["iris"], [worker({})], {})
    said = unserved_in_words(["iris", "new"], [worker({}, {"iris": "its file is gone"})], {"iris": 2})
    assert said == "no worker has loaded a model yet; champion: iris version 2; iris: its file is gone"
