"""A field for every kind of feature, with and without a value that may be left out."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ui.parts.fields import number_in, number_text


def form() -> None:
    import streamlit as st  # noqa: PLC0415 - the function becomes a script of its own
    from pydantic import TypeAdapter  # noqa: PLC0415 - same

    from tests.unit.ui.full_answers import full  # noqa: PLC0415 - same
    from ui.gateway.answers import UseCaseAnswer  # noqa: PLC0415 - same
    from ui.parts.fields import row_fields  # noqa: PLC0415 - same

    features = [
        {"name": "count", "type": "integer", "title": "Count", "maximum": 10**30, "nullable": True},
        {"name": "level", "type": "float", "title": "Level *net*", "minimum": 0, "example": 0.25},
        {"name": "grade", "type": "category", "title": "Grade", "values": ["a", "b", "c", "d", "e"], "example": "d"},
        {"name": "kind", "type": "category", "title": "Kind", "values": ["x", "y"], "nullable": True},
        {"name": "dry", "type": "boolean", "title": "Dry", "example": True},
        {"name": "old", "type": "boolean", "title": "Old", "nullable": True},
        {"name": "at", "type": "timestamp", "title": "At", "example": "2026-05-04T14:00:00+02:00"},
        {"name": "due", "type": "timestamp", "title": "Due", "nullable": True},
    ]
    use_case = {"name": "all", "title": "All", "task": "regression", "features": features}
    st.session_state["row"] = row_fields(
        TypeAdapter(UseCaseAnswer).validate_python(full("UseCaseAnswer", use_case)), "all"
    )


def row(page: AppTest) -> dict[str, Any]:
    assert not page.exception
    found: dict[str, Any] = page.session_state["row"]
    return found


def test_examples_are_filled_in_and_the_rest_is_left_out() -> None:
    page = AppTest.from_function(form).run()
    assert row(page) == {
        "count": None,
        "level": 0.25,
        "grade": "d",
        "kind": None,
        "dry": True,
        "old": None,
        "at": "2026-05-04T12:00:00+00:00",
        "due": None,
    }


def test_labels_say_what_may_be_left_out_and_what_the_clock_is() -> None:
    page = AppTest.from_function(form).run()
    labels = [
        element.label
        for kind in (page.text_input, page.selectbox, page.toggle, page.datetime_input)
        for element in kind
    ]
    assert labels == [
        "Count (optional)", r"Level \*net\*", "Grade", "Kind (optional)", "Old (optional)", "Dry", "At (UTC)",
        "Due (optional) (UTC)",
    ]  # fmt: skip


def test_values_that_were_given_are_taken() -> None:
    page = AppTest.from_function(form).run()
    page.text_input[0].set_value("7")
    page.selectbox[1].set_value("y")
    page.selectbox[2].set_value(False)
    page.run()
    assert {name: row(page)[name] for name in ("count", "kind", "old")} == {"count": 7, "kind": "y", "old": False}


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("62,5", 62.5), ("0,125", 0.125), (",5", 0.5), ("1.234,5", 1234.5), ("12 345,67", 12345.67), ("-3,5", -3.5),
        ("\u22123.5", -3.5), ("1,234.5", 1234.5), ("1,234,567", 1234567), ("1e-7", 1e-7), ("1234,567", 1234.567),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(written: str, taken: float) -> None:
    page = AppTest.from_function(form).run()
    page.text_input[1].set_value(written)
    page.run()
    assert row(page)["level"] == taken


@pytest.mark.parametrize("written", ["1,234", "fast", "1,2,3", "1e999", "nan", "1.2.3", "12 5", "\u0661", "9" * 400])
def test_what_is_no_number_or_could_be_two_goes_on_as_it_is_for_the_gateway_to_say_why(written: str) -> None:
    page = AppTest.from_function(form).run()
    page.text_input[1].set_value(written)
    page.run()
    assert row(page)["level"] == written


@pytest.mark.parametrize(
    ("written", "sent"),
    [("1.350", "1.350"), ("2.000", "2.000"), ("7.0", 7), ("1 350", 1350), ("1,350,000", 1350000), ("12,5", "12,5")],
)
def test_what_is_no_whole_number_goes_on_as_it_was_typed(written: str, sent: str | int) -> None:
    page = AppTest.from_function(form).run()
    page.text_input[0].set_value(written)
    page.run()
    assert row(page)["count"] == sent


@pytest.mark.parametrize("number", [0.1, 300.1, 1 / 3, 1e-7, 2.5e20, 41.0, 2**60, -5])
def test_an_example_is_read_as_the_number_that_it_is(number: float) -> None:
    assert number_in(number_text(number)) == number
