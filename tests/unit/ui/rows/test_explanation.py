"""Why a row was predicted so, in words, and on a page before a gateway that tells."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter
from streamlit.testing.v1 import AppTest

from tests.unit.ui.full_answers import full
from tests.unit.ui.stand_in_gateway import ID, USE_CASE, StandInGateway, problem, stored
from ui.gateway.answers import StoredPrediction, UseCaseAnswer
from ui.parts.explanation import explanation_sentence

MACHINES = TypeAdapter(UseCaseAnswer).validate_python(full("UseCaseAnswer", USE_CASE))
ROW = TypeAdapter(StoredPrediction).validate_python(full("StoredPrediction", stored(1)))
VALUES: dict[str, Any] = {"quality": "H", "speed": 1480, "torque": 65.0, "humid": None}
QUESTION = f"GET /past-predictions/{ID}/explanation"
WHY = {
    "id": ID, "use_case": "machines", "model_version": 3, "prediction": "ok", "score": 0.1, "stored_prediction": "ok",
    "stored_score": 0.1, "is_same": True,
    "explanation": {"base_value": -2.5, "contributions": {"torque": 0.5, "speed": -0.2}, "margin": -2.2},
}  # fmt: skip
SCRIPT = """
from tests.unit.ui.rows.test_explanation import MACHINES, ROW
from ui.parts.errors import showing_errors
from ui.parts.explanation import show_why
with showing_errors("Why"):
    show_why(MACHINES, ROW)
"""


def sentence(**contributions: float) -> str:
    return explanation_sentence(MACHINES, contributions, VALUES, "the probability of failure")


@pytest.fixture
def ask(page: AppTest, gateway: StandInGateway) -> Any:
    """Show why a row was predicted so where the gateway answers this, and return what stands there in words."""

    def show(answer: tuple[int, Any]) -> str:
        gateway.answers[QUESTION] = answer
        shown = AppTest.from_string(SCRIPT, default_timeout=page.default_timeout).run()
        assert not shown.exception
        kinds: tuple[Any, ...] = (shown.markdown, shown.info, shown.warning, shown.caption, shown.subheader)
        return "\n".join(str(element.value) for kind in kinds for element in kind)

    return show


def test_the_sentence_names_what_raised_it_and_what_lowered_it() -> None:
    assert sentence(quality=-0.3, speed=0.2, torque=1.5, humid=-0.1) == (
        "**Torque of 65 Nm raised the probability of failure most**, then Speed of 1,480 rpm; "
        "**Quality H lowered it most**, then Humid \\(left out\\)."
    )


def test_the_sentence_begins_with_what_moved_it_most() -> None:
    assert sentence(quality=-1.5, speed=0.2) == (
        "**Quality H lowered the probability of failure most**; **Speed of 1,480 rpm raised it most**."
    )


def test_the_sentence_of_one_direction_alone() -> None:
    assert sentence(quality=-0.3, speed=0, torque=0) == "**Quality H lowered the probability of failure most**."
    assert sentence(quality=0, speed=0) == "No value moved the probability of failure."


def test_a_stored_row_is_explained_in_a_sentence_and_a_sum(ask: Any) -> None:
    found = ask((200, WHY))
    assert "Torque of 41.5 Nm raised the probability of failure most" in found
    assert r"\-2.5 where nothing is known about a row" in found
    assert "explained by version 3, which made it" in found
    assert "not what is stored" not in found


def test_what_is_not_what_is_stored_is_said(ask: Any) -> None:
    found = ask((200, WHY | {"is_same": False, "prediction": "failure", "score": 0.6}))
    assert r"answers failure \(60.0000%\) now; stored is ok \(10.0000%\)" in found


def test_a_version_that_cannot_be_asked_is_told_and_so_is_one_that_does_not_tell(ask: Any) -> None:
    said = "Version 3 made this prediction and is not served any more."
    assert "Version 3 made this prediction" in ask(problem(404, "version-not-served", said))
    assert "There is no explanation" in ask((200, WHY | {"explanation": None}))
