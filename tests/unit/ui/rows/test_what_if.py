"""What if, before a gateway that refuses some of the rows: one picture, few requests, and none that stores."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter
from streamlit.testing.v1 import AppTest

from tests.unit.ui.full_answers import full
from tests.unit.ui.stand_in_gateway import ID, REASON, USE_CASE, Asked, StandInGateway, problem
from ui.gateway.answers import FeatureAnswer, UseCaseAnswer
from ui.predict.grids import MOST_VALUES, values_of

MACHINES = TypeAdapter(UseCaseAnswer).validate_python(full("UseCaseAnswer", USE_CASE))
FEATURES = {feature.name: feature for feature in MACHINES.features}
LIMIT = 100_000
"""What the rule of the use case allows as speed times torque."""


def answer(asked: Asked) -> tuple[int, Any]:
    """Answer as the gateway does: rows that break the rule refuse the request; the faster, the likelier."""
    refused = [number for number, row in enumerate(asked.json, start=1) if row["speed"] * row["torque"] >= LIMIT]
    if refused:
        return problem(
            422, "invalid-rows", errors=[{"row": number, "pointer": "/0", **REASON} for number in refused[:300]]
        )
    predictions = [
        {"id": ID, "prediction": "ok", "score": row["speed"] / 10_000,
         "features": {name: value for name, value in row.items() if name != "machine_id"}}
        for row in asked.json
    ]  # fmt: skip
    return 200, {"request_id": ID, "use_case": "machines", "model_version": 3, "predictions": predictions}


def made_up(gateway: StandInGateway) -> list[Asked]:
    return [asked for asked in gateway.requests("POST /predict") if asked.parameters.get("store") == "false"]


def words(page: AppTest) -> str:
    kinds: tuple[Any, ...] = (page.markdown, page.caption, page.info, page.warning, page.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


@pytest.fixture
def asked_what_if(page: AppTest, gateway: StandInGateway) -> AppTest:
    gateway.answers["POST /predict"] = answer
    page.run()
    [button] = [button for button in page.button if button.label == "Predict"]
    button.click().run()
    page.toggle(key="what-if").set_value(True).run()
    assert not page.exception
    return page


def vary(page: AppTest, *names: str) -> AppTest:
    page.multiselect(key="what-if-machines").set_value(list(names)).run()
    assert not page.exception
    return page


def test_a_picture_is_one_request_and_the_slider_only_reads_it_off(
    asked_what_if: AppTest, gateway: StandInGateway
) -> None:
    page = vary(asked_what_if, "speed")
    before = len(made_up(gateway))
    assert len(made_up(gateway)[-1].json) <= MOST_VALUES
    assert "as predicted above" in words(page)
    [slider] = page.select_slider
    assert slider.value == 1480
    page = slider.set_value(500).run()
    assert "**5.0%**" in words(page)
    assert len(made_up(gateway)) == before
    assert all(set(asked.json[0]) == {"machine_id", *FEATURES} for asked in made_up(gateway))


def test_what_the_rules_do_not_allow_is_left_out(asked_what_if: AppTest, gateway: StandInGateway) -> None:
    page = vary(asked_what_if, "speed", "torque")
    assert len(page.select_slider) == 2
    assert "left out: not allowed by the rules of the use case" in words(page)
    last = made_up(gateway)[-1].json
    assert len(last) < 900
    assert max(row["speed"] * row["torque"] for row in last) < LIMIT


def test_values_are_those_of_the_contract_with_the_rows_own() -> None:
    assert values_of(FEATURES["quality"], "M") == ["L", "M", "H"]
    assert values_of(FEATURES["humid"], own=True) == [None, False, True]
    speeds = values_of(FEATURES["speed"], 1481)
    assert (speeds[0], speeds[-1], len(speeds)) == (500, 5000, MOST_VALUES)
    assert 1481 in speeds
    assert all(type(value) is int for value in speeds)


@pytest.mark.parametrize(("own", "edges"), [(40.0, (0.0, 80.0)), (0.0, (-1.0, 1.0)), (None, (None, 1.0))])
def test_a_number_without_limits_is_varied_around_its_own(own: float | None, edges: tuple[Any, Any]) -> None:
    free = FeatureAnswer(name="x", type="float", title="X", description="", unit="", nullable=True)
    values = values_of(free, own)
    assert (values[0], values[-1]) == edges


def test_a_time_is_not_varied() -> None:
    moment = FeatureAnswer(name="x", type="timestamp", title="X", description="", unit="", nullable=False)
    assert values_of(moment, "2026-01-01T00:00:00Z") == []
