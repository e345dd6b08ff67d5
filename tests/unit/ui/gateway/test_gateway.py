"""The client: what goes over the wire, and what every answer means to a person."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from tests.unit.ui.stand_in_gateway import BATCH, BATCH_ID, USE_CASE, StandInGateway, problem, stored
from ui.gateway import problems as p
from ui.gateway.client import Gateway
from ui.gateway.questions import Filters, RepairedRow
from ui.parts.tables import row_columns


@pytest.fixture
def client(gateway: StandInGateway) -> Iterator[Gateway]:
    client = Gateway(gateway.url, gateway.key)
    yield client
    client.close()


def test_a_use_case_is_read_with_all_that_a_form_needs(client: Gateway) -> None:
    use_case = client.use_case("machines")
    assert row_columns(use_case) == ["machine_id", "quality", "speed", "torque", "humid"]
    assert [feature.nullable for feature in use_case.features] == [False, False, False, True]
    assert use_case.features[1].minimum == 500


def test_what_the_page_does_not_know_is_passed_over(gateway: StandInGateway, client: Gateway) -> None:
    gateway.answers["GET /use-cases/machines"] = (200, USE_CASE | {"invented_later": 1})
    assert client.use_case("machines").name == "machines"


def test_filters_that_are_not_set_are_not_sent(gateway: StandInGateway, client: Gateway) -> None:
    gateway.answers["GET /past-predictions"] = (
        200,
        {"use_case": "machines", "predictions": [stored(1)], "next_cursor": "abc"},
    )
    page = client.past_predictions(
        Filters(use_case="machines", start=datetime(2026, 1, 1, tzinfo=UTC)), cursor=None, limit=5
    )
    assert (page.predictions[0].row_number, page.next_cursor) == (1, "abc")
    [asked] = gateway.requests("GET /past-predictions")
    assert asked.parameters == {"use_case": "machines", "start": "2026-01-01T00:00:00+00:00", "limit": "5"}


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_of_a_stream_of_csv_as_many_rows_are_read_as_are_wanted(size: int) -> None:
    """A line break within quotation marks ends no row, wherever the stream is cut into pieces."""
    header, row = b"id,key\n", b'1,"a ""quoted""\nkey"\n'
    whole = header + row * 1_000
    sent: list[int] = []

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(whole), size):
            sent.append(start)
            yield whole[start : start + size]

    client = Gateway("http://gateway", "key", httpx.MockTransport(lambda _: httpx.Response(200, content=pieces())))
    read = client.first_rows("/past-predictions", {"format": "csv"}, 1 + 10)
    assert read.startswith(header + 10 * row)
    assert len(read) < len(header + 10 * row) + size
    assert len(sent) < 1_000


def test_a_stream_that_is_refused_says_why() -> None:
    said = {"title": "The query took too long", "detail": "Choose a shorter time.", "code": "query-too-slow"}
    client = Gateway("http://gateway", "key", httpx.MockTransport(lambda _: httpx.Response(503, json=said)))
    with pytest.raises(p.GatewayError, match="Choose a shorter time"):
        client.first_rows("/past-predictions", {"format": "csv"}, 11)


def test_an_upload_is_sent_as_it_is_read(gateway: StandInGateway, client: Gateway) -> None:
    gateway.answers["POST /batches"] = (202, {"batch_id": BATCH_ID, "name": "plant.csv", "size": 3_000_000})
    content = b"x" * 3_000_000
    assert client.upload("machines", "plant 1.csv", io.BytesIO(content)).batch_id == UUID(BATCH_ID)
    [asked] = gateway.requests("POST /batches")
    assert asked.parameters == {"use_case": "machines", "name": "plant 1.csv"}
    assert asked.body == content


def test_a_pipeline_that_is_not_ready_is_an_answer(gateway: StandInGateway, client: Gateway) -> None:
    checks = [{"name": "database", "ok": True, "detail": "answers"}, {"name": "model", "ok": False, "detail": "none"}]
    gateway.answers["GET /health/ready"] = problem(503, "not-ready", checks=checks)
    health = client.health()
    assert not health.ready
    assert [check.ok for check in health.checks] == [True, False]
    gateway.answers["GET /health/ready"] = (200, {"status": "ready", "checks": checks[:1]})
    assert client.health().ready


def test_repaired_rows_name_where_they_come_from(gateway: StandInGateway, client: Gateway) -> None:
    gateway.answers["POST /quarantine/replay"] = (202, {"batch_id": BATCH_ID, "rows": 1})
    client.replay_rows("machines", [RepairedRow(UUID(BATCH_ID), 7, {"speed": 1})])
    [asked] = gateway.requests("POST /quarantine/replay")
    assert asked.json == {
        "use_case": "machines",
        "rows": [{"batch_id": BATCH_ID, "row_number": 7, "row": {"speed": 1}}],
    }


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (problem(401, "unauthorized"), p.KeyRefusedError),
        (problem(403, "forbidden"), p.NotAllowedError),
        (problem(404, "not-found"), p.NotOfferedError),
        ((404, "<html>"), p.NotOfferedError),
        (problem(405, "method-not-allowed"), p.NotOfferedError),
        (problem(404, "unknown-batch", "There is no batch."), p.NotFoundError),
        (problem(404, "version-not-served", "Version 3 is not served."), p.VersionNotServedError),
        (problem(422, "invalid-rows"), p.RowsRefusedError),
        (problem(422, "invalid-parameters"), p.RefusedError),
        (problem(413, "too-large"), p.TooLargeError),
        (problem(409, "use-case-exists"), p.NameTakenError),
        (problem(422, "invalid-use-case"), p.FieldsRefusedError),
        (problem(429, "overloaded"), p.BusyError),
        (problem(503, "no-model"), p.NoModelError),
        (problem(503, "shutting-down"), p.BusyError),
        (problem(504, "deadline-passed"), p.GatewayTimeoutError),
        (problem(500, "internal-error"), p.GatewayError),
        ((200, {"batch_id": "no id"}), p.UnexpectedAnswerError),
        ((200, "no JSON"), p.UnexpectedAnswerError),
    ],
)
def test_every_answer_has_a_meaning(
    gateway: StandInGateway, client: Gateway, answer: tuple[int, object], kind: type[p.GatewayError]
) -> None:
    gateway.answers[f"GET /batches/{BATCH_ID}"] = answer
    with pytest.raises(p.GatewayError) as caught:
        client.batch(BATCH_ID)
    assert type(caught.value) is kind
    assert caught.value.title
    assert caught.value.advice.endswith(".")


def test_errors_of_rows_come_with_the_problem(gateway: StandInGateway, client: Gateway) -> None:
    entry = {"row": 2, "pointer": "/1/speed", "column": "speed", "rule": "maximum", "value": "9", "message": "too fast"}
    gateway.answers["POST /predict"] = problem(422, "invalid-rows", "1 row", errors=[entry], errors_total=7)
    with pytest.raises(p.RowsRefusedError) as caught:
        client.predict("machines", [{}, {}])
    assert (caught.value.errors[0].column, caught.value.total) == ("speed", 7)


def test_a_gateway_that_is_gone_is_told_from_one_that_is_slow(gateway: StandInGateway, client: Gateway) -> None:
    gateway.stop()
    with pytest.raises(p.GatewayUnreachableError):
        client.batch(BATCH_ID)

    def never(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    slow = Gateway("http://gateway", "key", httpx.MockTransport(never))
    with pytest.raises(p.GatewayTimeoutError):
        slow.batch(BATCH_ID)
    slow.close()


def test_a_batch_is_read(gateway: StandInGateway, client: Gateway) -> None:
    gateway.answers[f"GET /batches/{BATCH_ID}"] = (200, BATCH)
    assert client.batch(BATCH_ID).rows.predicted == 4
