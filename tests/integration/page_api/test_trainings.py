"""Trainings over HTTP: who may order one, what is learned from, and how it is followed and cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine, delete, text

from sql.registry.tables import trainings
from sql.registry.training_claims import TrainingEnd, claim_training, end_training
from sql.registry.trainings import FOLDER, MOST_WAITING
from tests.integration.page_api.conftest import KEYS, RunningGateway
from tests.support.waiting import eventually
from ui.gateway import connection
from ui.gateway.client import Gateway
from ui.gateway.problems import MayBeDoneError
from ui.gateway.training_requests import TrainingWish


@pytest.fixture
def admin(gateway: RunningGateway, engine: Engine) -> Iterator[httpx.Client]:
    with engine.begin() as connection:
        connection.execute(delete(trainings))
    with gateway.client("admin") as client:
        yield client


def test_a_training_is_ordered_followed_and_cancelled(admin: httpx.Client, gateway: RunningGateway) -> None:
    answer = admin.post("/trainings", params={"use_case": "iris", "trials": 3})
    assert answer.status_code == 202, answer.text
    ordered = answer.json()
    assert (ordered["state"], ordered["learn_from"], ordered["ordered_by"]) == ("waiting", "use_case", "admin")
    with gateway.client("api") as reader:
        assert reader.get(answer.headers["location"]).json() == ordered
        assert reader.get("/trainings?use_case=iris&state=waiting").json()["trainings"] == [ordered]
        assert reader.get("/trainings?use_case=energy").json()["trainings"] == []
        assert reader.post(f"{answer.headers['location']}/cancel").status_code == 403
    cancelled = admin.post(f"{answer.headers['location']}/cancel").json()
    assert (cancelled["state"], cancelled["problem"]) == ("cancelled", "Cancelled by admin.")
    assert admin.post(f"/trainings/{uuid4()}/cancel").json()["code"] == "unknown-training"


def test_a_result_is_told_and_what_has_ended_is_not_cancelled(admin: httpx.Client, engine: Engine) -> None:
    where = admin.post("/trainings?use_case=iris").headers["location"]
    training = claim_training(engine)
    assert training is not None
    assert admin.get(where).json()["seconds"] >= 0
    end_training(engine, training, TrainingEnd(problem="the training data needs one column 'species'."))
    assert admin.get(where).json()["problem"] == "The training data needs one column 'species'."
    refused = admin.post(f"{where}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "training-ended")


def test_a_file_lies_where_a_trainer_reads_it_and_counts_once(admin: httpx.Client, gateway: RunningGateway) -> None:
    question = {"use_case": "iris", "learn_from": "file", "name": "../new iris.csv"}
    key = {"Idempotency-Key": f"order-{uuid4()}"}
    first = admin.post("/trainings", params=question, content=b"a,b\n1,2\n", headers=key)
    assert first.status_code == 202, first.text
    again = admin.post("/trainings", params=question, content=b"a,b\n1,2\n", headers=key)
    assert first.json() == again.json()
    stored = gateway.data / FOLDER / first.json()["training_id"] / "new iris.csv"
    assert stored.read_bytes() == b"a,b\n1,2\n"
    other = admin.post("/trainings", params=question, content=b"a,b\n3,4\n", headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-key-reused")
    several = [("Idempotency-Key", str(uuid4())) for _ in range(2)]
    refused = admin.post("/trainings", params=question, content=b"a,b\n1,2\n", headers=several)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-parameters")
    assert stored.read_bytes() == b"a,b\n1,2\n"


def test_only_so_many_wait_and_no_file_is_left_behind(admin: httpx.Client, gateway: RunningGateway) -> None:
    for _ in range(MOST_WAITING):
        assert admin.post("/trainings?use_case=iris").status_code == 202
    before = sorted((gateway.data / FOLDER).glob("*"))
    refused = admin.post("/trainings?use_case=iris&learn_from=file&name=x.csv", content=b"a\n1\n")
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-trainings")
    assert refused.headers["retry-after"] == "60"
    assert sorted((gateway.data / FOLDER).glob("*")) == before


@pytest.mark.parametrize(
    ("question", "content", "status", "said"),
    [
        ("use_case=nothing", b"", 404, "There is no use case"),
        ("use_case=iris&library=torch", b"", 422, "there are xgboost, lightgbm"),
        ("use_case=iris&trials=0", b"", 422, "trials"),
        ("use_case=iris&since=2026-01-01", b"", 422, "learn_from=labels"),
        ("use_case=iris", b"a\n1\n", 422, "learn_from=file"),
        ("use_case=iris&learn_from=file&name=x.csv", b"", 422, "no bytes"),
        ("use_case=iris&learn_from=file&name=x.exe", b"x", 415, "known format"),
        ("use_case=iris&learn_from=file", b"x", 422, "needs a name"),
    ],
)
def test_what_cannot_be_ordered_says_why(
    admin: httpx.Client, question: str, content: bytes, status: int, said: str
) -> None:
    refused = admin.post(f"/trainings?{question}", content=content)
    assert (refused.status_code, said in refused.json()["detail"]) == (status, True), refused.text


@pytest.mark.parametrize("role", ["api", "webapp"])
def test_only_an_administrator_orders_trainings(gateway: RunningGateway, role: str) -> None:
    with gateway.client(role) as client:
        refused = client.post("/trainings?use_case=iris")
    assert (refused.status_code, "may not train models" in refused.json()["detail"]) == (403, True)


def test_an_order_without_an_answer_is_found_where_the_page_says(
    admin: httpx.Client, gateway: RunningGateway, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TIMEOUT", httpx.Timeout(30, read=0.5))
    with closing(Gateway(gateway.url, KEYS["webapp"])) as page:
        with engine.begin() as somebody:
            somebody.execute(text(f"lock table {trainings.fullname} in exclusive mode"))
            with pytest.raises(MayBeDoneError) as slow:
                page.order_training(TrainingWish(use_case="iris", learn_from="use_case", trials=1), KEYS["admin"])
        assert "Look at how far the newest training is" in slow.value.advice
        [found] = eventually(lambda: page.trainings("iris", limit=1))
    assert (found.state, found.ordered_by) == ("waiting", "admin")
