"""GET /monitoring/metrics: counts of the database, by version and over time, make the figures that rows make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import numpy as np
import pytest
from sklearn import metrics as sk
from sqlalchemy import Engine

from gateway_api.performance.answers import Performance, VersionPerformance
from sql.labels.tables import labels
from tests.integration.gateway.conftest import problem
from tests.integration.page_api.conftest import RunningGateway
from tests.support.history import store_predictions
from tests.support.monitoring.scores import rare_class, several_classes
from tests.support.pipeline import EQUIPMENT, IRIS
from usecases.contract.catalog import load_catalog

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = {"since": MONDAY.isoformat(), "until": (MONDAY + timedelta(days=7)).isoformat()}


def label(engine: Engine, use_case: str, ids: Sequence[UUID], values: Sequence[Any]) -> None:
    column = "number" if isinstance(values[0], float) else "label"
    rows = [
        {"prediction_id": one, "use_case": use_case, column: value, "labelled_at": MONDAY, "source": "api"}
        for one, value in zip(ids, values, strict=True)
    ]
    with engine.begin() as connection:
        connection.execute(labels.insert(), rows)


def measured(client: httpx.Client, **query: str) -> Performance:
    answer = client.get("/monitoring/metrics", params=WEEK | query)
    assert answer.status_code == 200, answer.text
    return Performance.model_validate_json(answer.content)


@pytest.fixture(scope="module")
def failures(engine: Engine) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Two versions on two days, a third of the rows without a label, and rows outside of the week."""
    made = {}
    for version, day in ((1, 0), (2, 3)):
        scores, truths = rare_class(version, 1_500)
        named = np.where(np.array(truths) == "bad", "failure", "ok")
        ids = store_predictions(engine, EQUIPMENT, MONDAY + timedelta(days=day, hours=5), scores, version=version)
        label(engine, EQUIPMENT.name, ids[:1_000], named[:1_000].tolist())
        made[version] = (scores[:1_000], named[:1_000] == "failure")
    for moment in (MONDAY - timedelta(milliseconds=1), MONDAY + timedelta(days=7)):
        label(engine, EQUIPMENT.name, store_predictions(engine, EQUIPMENT, moment, np.array([0.9])), ["ok"])
    return made


def test_every_version_is_measured_as_its_rows_are(
    failures: dict[int, tuple[np.ndarray, np.ndarray]], client: httpx.Client
) -> None:
    found = measured(client, bucket="day")
    assert (found.start, found.end, found.bucket_seconds) == (MONDAY, MONDAY + timedelta(days=7), 86_400)
    assert [version.model_version for version in found.versions] == [2, 1]
    for version in found.versions:
        scores, came_true = failures[version.model_version]
        values = {name: metric.value for name, metric in version.metrics.items()}
        assert (version.predictions, version.labelled) == (1_500, 1_000)
        assert values["accuracy"] == pytest.approx(sk.accuracy_score(came_true, scores >= 0.5))
        assert values["precision"] == pytest.approx(sk.precision_score(came_true, scores >= 0.5))
        assert values["recall"] == pytest.approx(sk.recall_score(came_true, scores >= 0.5))
        assert values["f1"] == pytest.approx(sk.f1_score(came_true, scores >= 0.5))
        assert values["log_loss"] == pytest.approx(sk.log_loss(came_true, scores))
        assert values["roc_auc"] == pytest.approx(sk.roc_auc_score(came_true, scores), abs=1e-3)
        (bucket,) = version.buckets
        assert bucket.start == MONDAY + timedelta(days=0 if version.model_version == 1 else 3)
        assert bucket.metrics == version.metrics
        assert version.estimate is not None
        assert version.estimate.rows == 1_500
        assert version.estimate.metrics["accuracy"] == pytest.approx(values["accuracy"], abs=0.03)
        assert version.confusion is not None
        right = version.confusion["ok"]["ok"] + version.confusion["failure"]["failure"]
        assert right / 1_000 == pytest.approx(values["accuracy"])


def test_one_version_can_be_asked_for(failures: dict[int, tuple[np.ndarray, np.ndarray]], client: httpx.Client) -> None:
    assert [version.model_version for version in measured(client, model_version="2").versions] == [2]
    assert measured(client, model_version="9").versions == []


def test_several_classes_are_measured(engine: Engine, client: httpx.Client) -> None:
    scores, truths = several_classes(7, 900)
    named = [IRIS.classes[int(name[1])] for name in truths]
    label(engine, "iris", store_predictions(engine, IRIS, MONDAY, scores), named)
    (version,) = measured(client, use_case="iris").versions
    predicted = [IRIS.classes[place] for place in scores.argmax(axis=1)]
    values = {name: metric.value for name, metric in version.metrics.items()}
    assert values["accuracy"] == pytest.approx(sk.accuracy_score(named, predicted))
    assert values["f1"] == pytest.approx(sk.f1_score(named, predicted, average="macro"))
    assert values["log_loss"] == pytest.approx(sk.log_loss(named, scores, labels=IRIS.classes))
    assert values["roc_auc"] == pytest.approx(sk.roc_auc_score(named, scores, multi_class="ovr"), abs=2e-3)
    assert version.by_class is not None
    assert list(version.by_class) == list(IRIS.classes)
    assert version.estimate is not None
    assert version.estimate.metrics["roc_auc"] == pytest.approx(values["roc_auc"], abs=0.05)


def test_numbers_are_measured_over_time(gateway: RunningGateway, engine: Engine, client: httpx.Client) -> None:
    energy = load_catalog(gateway.use_cases)["energy"]
    for day, off in ((0, 1.0), (1, -3.0)):
        moment = MONDAY + timedelta(days=day)
        ids = store_predictions(engine, energy, moment, np.array([10.0, 20.0, 30.0]))
        label(engine, "energy", ids[:2], [10.0 - off, 20.0 - off])
    (version,) = measured(client, use_case="energy", bucket="day").versions
    assert {name: metric.value for name, metric in version.metrics.items()} == pytest.approx(
        {"mae": 2.0, "rmse": 5**0.5, "bias": -1.0}
    )
    assert [bucket.metrics["bias"].value for bucket in version.buckets] == [1.0, -3.0]
    assert (version.predictions, version.labelled, version.estimate, version.confusion) == (6, 4, None, None)


def test_what_nobody_labelled_is_only_estimated(engine: Engine, client: httpx.Client) -> None:
    before = {"since": "2025-01-06T00:00:00Z", "until": "2025-01-07T00:00:00Z"}
    store_predictions(engine, EQUIPMENT, datetime(2025, 1, 6, 3, tzinfo=UTC), np.array([0.1, 0.8]))
    answer = Performance.model_validate_json(client.get("/monitoring/metrics", params=before).content)
    (version,) = answer.versions
    assert isinstance(version, VersionPerformance)
    assert (version.labelled, version.metrics) == (0, {})
    assert version.estimate is not None
    assert version.estimate.metrics["accuracy"] == pytest.approx(0.85)


def test_without_a_range_the_last_thirty_days_are_measured(client: httpx.Client) -> None:
    answer = Performance.model_validate_json(client.get("/monitoring/metrics").content)
    assert timedelta(days=30) <= answer.end - answer.start < timedelta(days=32)


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-06-02T00:00:00Z", "until": "2026-06-01T00:00:00Z"},
        {"since": "2020-01-01T00:00:00Z", "until": "2026-06-01T00:00:00Z", "bucket": "hour"},
        {"bucket": "fortnight"},
        {"model_version": "0"},
    ],
)
def test_what_makes_no_sense_is_refused(query: dict[str, str], client: httpx.Client) -> None:
    problem(client.get("/monitoring/metrics", params=query), 422, "invalid-parameters")
