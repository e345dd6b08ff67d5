"""Editing what people read about a use case, on Models: only what differs is sent, with the key of an administrator."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter
from streamlit.testing.v1 import AppTest

from tests.unit.ui.full_answers import full
from tests.unit.ui.stand_in_gateway import KEY, USE_CASE, StandInGateway, problem
from tests.unit.ui.test_models_page import button, words
from ui.gateway.answers import UseCaseAnswer
from ui.use_cases.editing import changed_wording, wording_table

WRONG = {"parameter": "features/speed", "in": "body", "message": "it is derived"}


@pytest.fixture
def models(page: AppTest, gateway: StandInGateway) -> AppTest:
    gateway.answers |= {
        "GET /models/machines/versions": (200, {"use_case": "machines", "versions": []}),
        "GET /trainings": (200, {"trainings": [], "next_cursor": None}),
    }
    script = (
        "from ui.frame.models_page import show\nfrom ui.parts.errors import with_error_page\nwith_error_page(show)()"
    )
    return AppTest.from_string(script, default_timeout=page.default_timeout).run()


def write(page: AppTest, label: str, text: str) -> None:
    fields: tuple[Any, ...] = (*page.text_input, *page.text_area)
    next(field for field in fields if field.label == label).set_value(text)


def test_a_title_is_changed_and_the_page_waits_until_it_holds(models: AppTest, gateway: StandInGateway) -> None:
    assert button(models, "Save these texts").disabled
    changed = USE_CASE | {"title": "Mills", "description": ""}

    def change(asked: Any) -> tuple[int, Any]:
        gateway.answers["GET /use-cases/machines"] = (200, changed)
        return 200, changed

    gateway.answers["POST /use-cases/machines/wording"] = change
    models.text_input(key="admin-key").set_value(KEY).run()
    write(models, "Title", " Mills ")
    write(models, "Description", "")
    page = button(models, "Save these texts").click().run()
    assert not page.exception
    [asked] = gateway.requests("POST /use-cases/machines/wording")
    assert asked.json == {"title": "Mills", "description": ""}
    assert "Saved." in words(page)


def test_nothing_is_sent_where_nothing_differs(models: AppTest, gateway: StandInGateway) -> None:
    models.text_input(key="admin-key").set_value(KEY).run()
    page = button(models, "Save these texts").click().run()
    assert "Nothing was changed." in words(page)
    assert not gateway.requests("POST /use-cases/machines/wording")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (problem(422, "invalid-use-case", errors=[WRONG]), "it is derived"),
        (problem(409, "setup-not-possible", "It comes with SmartPredict."), "It comes with SmartPredict"),
        (problem(403, "forbidden", ""), "This key may not edit use cases"),
    ],
)
def test_what_keeps_it_from_being_changed_is_told(
    models: AppTest, gateway: StandInGateway, answer: tuple[int, Any], said: str
) -> None:
    gateway.answers["POST /use-cases/machines/wording"] = answer
    models.text_input(key="admin-key").set_value(KEY).run()
    write(models, "Title", "Mills")
    assert said in words(button(models, "Save these texts").click().run())


def test_what_takes_a_shell_is_said_with_its_command(models: AppTest) -> None:
    assert "smartpredict train machines" in words(models)
    assert "smartpredict retire machines --target PLACE" in words(models)


def test_of_the_table_only_what_differs_is_sent() -> None:
    use_case = TypeAdapter(UseCaseAnswer).validate_python(full("UseCaseAnswer", USE_CASE))
    table = wording_table(use_case)
    assert table.iloc[1].to_list() == ["speed", "Speed", "rpm", "Of the spindle."]
    assert changed_wording(use_case, use_case.title, use_case.description, table) == {}
    table.loc[1, "unit"] = "1/min"
    table.loc[2, "description"] = None
    assert changed_wording(use_case, "", use_case.description, table) == {"features": {"speed": {"unit": "1/min"}}}
