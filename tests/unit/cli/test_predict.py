"""`smartpredict predict`: words to a row, an answer to a table, a problem to words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from typer.testing import CliRunner

from cli.errors import UserError
from cli.gateway_client import GatewayClient
from cli.main import build_app
from cli.rows.predict import row_of, rows_in
from gateway_api.door.problems import InvalidRows, Problem
from gateway_api.use_cases.answers import use_case_answer
from usecases.contract.catalog import load_catalog

ABOUT: dict[str, Any] = use_case_answer(load_catalog()["equipment_failure"]).model_dump(mode="json")


def test_words_become_values_of_their_type() -> None:
    words = ["machine_id=7", "product_quality=M", "torque_nm=41", "tool_wear_min=3", "air_temperature_k="]
    assert row_of(ABOUT, words) == {
        "machine_id": "7", "product_quality": "M", "torque_nm": 41.0, "tool_wear_min": 3, "air_temperature_k": None,
    }  # fmt: skip
    assert row_of(ABOUT, ["torque_nm=much", "strange=1"]) == {"torque_nm": "much", "strange": "1"}
    assert row_of(ABOUT, ["torque_nm=1_000", "tool_wear_min=inf"]) == {"torque_nm": "1_000", "tool_wear_min": "inf"}


def test_features_may_be_called_as_the_data_calls_them() -> None:
    words = ["Torque [Nm]=41", "AIR TEMPERATURE K=300.1", "Machine=7"]
    assert row_of(ABOUT, words) == {"torque_nm": 41.0, "air_temperature_k": 300.1, "Machine": "7"}
    with pytest.raises(UserError, match="torque_nm is given twice"):
        row_of(ABOUT, ["torque_nm=41", "Torque (Nm)=61"])


@pytest.mark.parametrize("words", [["torque_nm"], ["torque_nm=1", "torque_nm=2"]])
def test_words_that_are_none_are_refused(words: list[str]) -> None:
    with pytest.raises(UserError):
        row_of(ABOUT, words)


def test_a_file_without_json_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        rows_in(str(tmp_path / "none.json"))
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(UserError, match="no JSON"):
        rows_in(str(tmp_path / "bad.json"))
    (tmp_path / "twice.json").write_text('{"torque_nm": 41, "torque_nm": 61}')
    with pytest.raises(UserError, match="'torque_nm' stands twice"):
        rows_in(str(tmp_path / "twice.json"))


def client(answer: httpx.Response | Exception) -> GatewayClient:
    def handle(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer secret"
        if isinstance(answer, Exception):
            raise answer
        return answer

    return GatewayClient("http://gateway", "secret", httpx.MockTransport(handle))


def words_of(problem: Problem) -> str:
    answer = problem.to_response(uuid4())
    with pytest.raises(UserError) as caught:
        client(httpx.Response(answer.status_code, content=bytes(answer.body))).predict("iris", [])
    return str(caught.value)


def test_a_problem_becomes_words_with_every_row() -> None:
    errors = [{"row": number, "message": "torque_nm: too much"} for number in range(1, 23)]
    lines = words_of(InvalidRows("22 rows are not valid.", errors=errors)).splitlines()
    assert lines[0] == "Some rows are not valid; nothing was predicted. 22 rows are not valid."
    assert lines[1] == "  row 1: torque_nm: too much"
    assert lines[-1] == "  and 2 more"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.ConnectError("refused"), "cannot be reached"),
        (httpx.ReadTimeout("slow"), "no answer within"),
        (httpx.Response(502, text="<html>"), "answered 502"),
        (httpx.Response(500, json=[]), "answered 500"),
    ],
)
def test_a_gateway_that_is_none_is_told(answer: httpx.Response | Exception, words: str) -> None:
    with pytest.raises(UserError, match=words):
        client(answer).predict("iris", [])


def test_the_command_prints_what_was_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {
        "request_id": "r-1", "use_case": "equipment_failure", "model_version": 3,
        "predictions": [{"id": "i", "key": "m1 [rpm]", "prediction": "ok", "score": 0.01834, "features": {"torque_nm": 41.5}}],
    }  # fmt: skip
    monkeypatch.setenv("SMARTPREDICT_GATEWAY_URL", "http://gateway")
    monkeypatch.setenv("SMARTPREDICT_API_KEY", "secret")
    monkeypatch.setattr(GatewayClient, "predict", lambda *_, **__: answer)
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps({"torque_nm": 41.5}))
    shown = CliRunner().invoke(build_app(), ["predict", "--json", str(rows)])
    assert shown.exit_code == 0, shown.output
    for word in ("m1 [rpm]", "ok", "0.0183", "41.5", "model version 3", "r-1"):
        assert word in shown.output


def shown_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **answer: Any) -> str:
    """Run the command with --explain on one row and give what it prints, every space once."""
    monkeypatch.setenv("SMARTPREDICT_GATEWAY_URL", "http://gateway")
    monkeypatch.setenv("SMARTPREDICT_API_KEY", "secret")

    def answered(*_: object, explain: bool) -> dict[str, Any]:
        assert explain
        return {"request_id": "r-1", "use_case": "iris", "model_version": 3, **answer}

    monkeypatch.setattr(GatewayClient, "predict", answered)
    (tmp_path / "rows.json").write_text("{}")
    shown = CliRunner().invoke(build_app(), ["predict", "--explain", "--json", str(tmp_path / "rows.json")])
    assert shown.exit_code == 0, shown.output
    return " ".join(shown.output.split())


def test_contributions_are_shown_the_largest_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    row = {"prediction": "ok", "score": 0.3, "features": {"torque_nm": 41.5, "wear": None}}
    explanation = {"base_value": -1.0, "contributions": {"wear": 0.25, "torque_nm": -0.5}}
    output = shown_explained(monkeypatch, tmp_path, predictions=[row], explanations=[explanation])
    assert "torque_nm 41.5 -0.5000 wear +0.2500 (base value) -1.0000 (margin, their sum) -1.2500" in output


def test_of_several_classes_the_predicted_one_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    row = {"prediction": "b", "score": 0.9, "scores": {"a": 0.1, "b": 0.9}, "features": {"x": 1}}
    explanation = {
        "a": {"base_value": 0.5, "contributions": {"x": -3.0}},
        "b": {"base_value": 0.5, "contributions": {"x": 3.0}},
    }
    output = shown_explained(monkeypatch, tmp_path, predictions=[row], explanations=[explanation])
    assert "x 1 +3.0000" in output
    assert "-3.0000" not in output


def test_what_cannot_be_explained_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    row = {"prediction": "b", "score": 0.9, "features": {"x": 1}}
    output = shown_explained(monkeypatch, tmp_path, predictions=[row], explanations=None)
    assert "cannot be explained" in output
