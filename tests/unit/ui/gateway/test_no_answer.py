"""What the page says where the gateway does not answer: what changes something may have been done all the same."""

from __future__ import annotations

import inspect
import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest
from streamlit.testing.v1 import AppTest
from typing_extensions import override

from gateway_api.reference import examples
from tests.support.waiting import eventually
from tests.unit.ui.stand_in_gateway import BATCH_ID, ID, KEY, Asked, StandInGateway, problem
from tests.unit.ui.test_models_page import VERSIONS, button, ready, words
from ui.gateway import connection
from ui.gateway import problems as p
from ui.gateway.client import Gateway
from ui.gateway.model_requests import NewThreshold
from ui.gateway.questions import ColumnDecisions, Correction, NewMapping, RepairedRow
from ui.gateway.training_requests import TrainingWish

NOW = datetime(2026, 5, 4, tzinfo=UTC)
SOME = UUID(ID)
# Of answers, only what the requests name.
BATCH: Any = SimpleNamespace(use_case="machines", batch_id=UUID(BATCH_ID))
ALERT: Any = SimpleNamespace(alert="drift", since=NOW)
DRIFT: Any = SimpleNamespace(use_case="machines", since=NOW, until=NOW, source=None, model_version=1)
CORRECTION = Correction(use_case="machines", column="quality", value="Z", replacement="L", batch_id=None)
WISH = TrainingWish(use_case="machines", learn_from="labels", trials=1)
THRESHOLD = NewThreshold(threshold=0.5, cost_of_false_alarm=None, cost_of_miss=None, reason="")
DECISIONS = ColumnDecisions(name="", target="failed", key="", task="", keep=(), drop=(), category=(), missing=())

Requests = dict[str, Callable[[Gateway], object]]


def file() -> io.BytesIO:
    return io.BytesIO(b"speed\n1\n")


CHANGES: Requests = {
    "add_use_case": lambda to: to.add_use_case({}, "data", KEY),
    "change_wording": lambda to: to.change_wording("machines", {}, KEY),
    "predict": lambda to: to.predict("machines", [{}]),
    "accept_mapping": lambda to: to.accept_mapping(NewMapping("machines", {}, "utf-8", {})),
    "withdraw_mapping": lambda to: to.withdraw_mapping(1),
    "upload": lambda to: to.upload("machines", "a.csv", file()),
    "replay_rows": lambda to: to.replay_rows("machines", [RepairedRow(SOME, 1, {})]),
    "replay_file": lambda to: to.replay_file(BATCH, "a.csv", file(), dry_run=False),
    "correct_rows": lambda to: to.correct_rows(CORRECTION, dry_run=False, cursor=None),
    "store_label_file": lambda to: to.store_label_file("machines", "a.csv", file(), dry_run=False),
    "accept_window": lambda to: to.accept_window(DRIFT, "summer", KEY),
    "withdraw_window": lambda to: to.withdraw_window(1, KEY),
    "replay_letters": lambda to: to.replay_letters([SOME]),
    "repair_letter": lambda to: to.repair_letter(SOME, [{}], person="Ada", reason="", use_case="machines"),
    "discard_letters": lambda to: to.discard_letters([SOME], person="Ada", reason=""),
    "discard_rows": lambda to: to.discard_rows(BATCH, [1], person="Ada", reason="", cursor=None),
    "acknowledge_alert": lambda to: to.acknowledge_alert(ALERT, "Ada", ""),
    "silence_alert": lambda to: to.silence_alert(ALERT, "Ada", "", hours=24),
    "promote": lambda to: to.promote("machines", 2, KEY),
    "roll_back": lambda to: to.roll_back("machines", KEY),
    "keep_threshold": lambda to: to.keep_threshold("machines", 2, THRESHOLD, KEY),
    "order_training": lambda to: to.order_training(WISH, KEY),
    "order_training_from_file": lambda to: to.order_training_from_file(WISH, "a.csv", file(), KEY),
    "cancel_training": lambda to: to.cancel_training(SOME, KEY),
}
"""By the name of the method, every request that changes something."""

LOOKS: Requests = {
    "infer_use_case": lambda to: to.infer_use_case(file(), "a.csv", DECISIONS, KEY),
    "what_if": lambda to: to.what_if("machines", [{}]),
    "check_file": lambda to: to.check_file("machines", "a.csv", file()),
    "bad_rows_of_file": lambda to: to.bad_rows_of_file("machines", "a.csv", file()),
    "replay_file": lambda to: to.replay_file(BATCH, "a.csv", file(), dry_run=True),
    "correct_rows": lambda to: to.correct_rows(CORRECTION, dry_run=True, cursor=None),
    "store_label_file": lambda to: to.store_label_file("machines", "a.csv", file(), dry_run=True),
}
"""What is posted and changes nothing."""


@dataclass
class SlowGateway(StandInGateway):
    """Does what is posted, and answers when nobody waits any more."""

    end: threading.Event = field(default_factory=threading.Event)

    @override
    def answer_to(self, asked: Asked) -> tuple[int, Any]:
        if asked.method == "POST":
            self.end.wait(20)
        return super().answer_to(asked)


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowGateway]:
    for name in ("TIMEOUT", "UPLOAD_TIMEOUT"):
        monkeypatch.setattr(connection, name, httpx.Timeout(20, read=0.1))
    with SlowGateway() as running:
        yield running
        running.end.set()


@pytest.fixture
def client(gateway: SlowGateway) -> Iterator[Gateway]:
    client = Gateway(gateway.url, gateway.key)
    yield client
    client.close()


def test_every_request_that_is_posted_is_here() -> None:
    methods = inspect.getmembers(Gateway, inspect.isfunction)
    posting = {
        name
        for name, method in methods
        if name not in {"post", "post_file", "send_file"}
        and any(post in inspect.getsource(method) for post in ("self.post", "self.send_file", '"POST"'))
    }
    assert posting == CHANGES.keys() | LOOKS.keys()


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_without_an_answer_may_have_been_done(client: Gateway, gateway: SlowGateway, name: str) -> None:
    with pytest.raises(p.MayBeDoneError) as slow:
        CHANGES[name](client)
    eventually(lambda: gateway.asked)
    assert slow.value.detail == "The gateway did not answer in time."
    assert slow.value.advice.startswith("It may have been done, or be done in a moment. Look at ")
    assert "range" not in slow.value.advice


@pytest.mark.parametrize("name", LOOKS)
def test_what_changes_nothing_is_tried_again(client: Gateway, name: str) -> None:
    with pytest.raises(p.GatewayTimeoutError) as slow:
        LOOKS[name](client)
    assert slow.value.advice == "Try again in a moment."


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectTimeout, p.GatewayUnreachableError),
        (httpx.ConnectError, p.GatewayUnreachableError),
        (httpx.PoolTimeout, p.GatewayTimeoutError),
        (httpx.WriteTimeout, p.MayBeDoneError),
        (httpx.RemoteProtocolError, p.MayBeDoneError),
    ],
)
def test_what_never_left_was_not_done(error: type[httpx.TransportError], kind: type[p.GatewayError]) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error("no answer")

    client = Gateway("http://gateway", KEY, httpx.MockTransport(fail))
    with pytest.raises(p.GatewayError) as caught:
        client.promote("machines", 2, KEY)
    assert type(caught.value) is kind
    client.close()


def test_a_gateway_that_gives_up_does_not_know_either(client: Gateway, gateway: SlowGateway) -> None:
    gateway.end.set()
    gateway.answers["POST /predict"] = problem(504, "deadline-passed", "Whether the rows were stored is not known.")
    with pytest.raises(p.MayBeDoneError, match="stored is not known") as caught:
        client.predict("machines", [{}])
    assert "Past predictions" in caught.value.advice
    with pytest.raises(p.GatewayTimeoutError):
        client.what_if("machines", [{}])


@pytest.mark.usefixtures("page")
def test_a_promotion_that_takes_long_is_looked_for(gateway: SlowGateway) -> None:
    gateway.answers |= {
        "GET /models/machines/versions": (200, VERSIONS),
        "GET /models/machines/promotions": (200, examples.ANSWERS["champion-history"]),
        "GET /models/machines/shadow": (200, examples.ANSWERS["shadow"]),
        "GET /trainings": (200, {"trainings": [], "next_cursor": None}),
    }
    script = "from ui.frame.models_page import show\nshow()"
    models = AppTest.from_string(script, default_timeout=20).run()
    page = button(ready(models), "Promote version 5").click().run()
    assert not page.exception
    assert "**Changing what is served: Whether it was done is not known.**" in words(page)
    assert "Look at which version is served" in words(page)
    served = VERSIONS["versions"][0] | {"aliases": ["champion"]}
    gateway.answers["GET /models/machines/versions"] = (200, VERSIONS | {"versions": [served]})
    page = button(page, "Show the page as it is now").click().run()
    assert "is not known" not in words(page)
    assert page.dataframe[0].value["Role"].tolist() == ["Served"]
