"""The page for a new use case: a file is looked at, what was found is told, and an edited schema is added."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from gateway_api.reference import examples
from tests.unit.ui.stand_in_gateway import KEY, USE_CASE, StandInGateway, problem
from ui.parts.texts import escape_markdown

CSV = "Age (years);country;Churned\n44;DE;no\n45;DE;yes\n"
INFERRED: dict[str, Any] = examples.ANSWERS["inferred"]
UNDECIDED: dict[str, Any] = {
    **INFERRED,
    "findings": [
        {
            "id": "code: leak", "column": "code", "severity": "decide", "text": "knows the target by itself",
            "done": "left out", "choices": ["drop", "keep"], "suggestion": "drop", "choice": "drop",
        },
        *INFERRED["findings"],
    ],
    "undecided": 1,
}  # fmt: skip


@pytest.fixture
def new(page: AppTest, gateway: StandInGateway) -> AppTest:
    gateway.answers |= {
        "POST /use-cases/infer": (200, INFERRED),
        "POST /use-cases": (201, examples.ANSWERS["added"]),
    }
    script = "from ui.frame.new_use_case_page import show\nfrom ui.parts.errors import with_error_page\nwith_error_page(show)()"
    return AppTest.from_string(script, default_timeout=page.default_timeout).run()


def words(page: AppTest) -> str:
    kinds = (page.markdown, page.error, page.info, page.success, page.warning, page.caption)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def button(page: AppTest, label: str) -> Any:
    [found] = [button for button in page.button if button.label == label]
    return found


def chosen(page: AppTest, key: str = KEY, content: str = CSV, name: str = "churn.csv") -> AppTest:
    page.text_input(key="admin-key").set_value(key)
    shown = page.file_uploader[0].set_value((name, content.encode(), "text/csv")).run()
    assert not shown.exception
    return shown


def looked(page: AppTest, key: str = KEY) -> AppTest:
    shown: AppTest = button(chosen(page, key), "Look at the file").click().run()
    assert not shown.exception
    return shown


def test_a_file_becomes_a_use_case(new: AppTest, gateway: StandInGateway) -> None:
    page = looked(new)
    [asked] = gateway.requests("POST /use-cases/infer")
    assert asked.parameters == {"name": "churn.csv", "target": "Churned"}
    assert asked.body.decode() == CSV
    assert "10,000 rows" in words(page)
    assert "Worth a look" in words(page)
    assert page.dataframe[0].value.iloc[0].tolist() == ["country", INFERRED["findings"][0]["text"], "left out"]
    page.text_input(key="new-title-1").set_value("Who leaves us")
    page = button(page, "Add the use case").click().run()
    assert not page.exception
    [asked] = gateway.requests("POST /use-cases")
    assert asked.json == {
        "use_case": INFERRED["use_case"] | {"title": "Who leaves us", "description": ""},
        "data": INFERRED["data"],
    }
    assert "churn is added" in words(page)
    assert page.code[0].value == "smartpredict train churn"
    assert [button.label for button in page.button] == [], "the file is gone from the form"


def test_a_use_case_that_was_added_is_trained_and_served_here(new: AppTest, gateway: StandInGateway) -> None:
    trained = examples.ANSWERS["trained"]
    versions = examples.ANSWERS["model-versions"] | {"use_case": "churn", "versions": []}
    gateway.answers |= {
        "GET /use-cases/churn": (200, USE_CASE | {"name": "churn"}),
        "GET /models/churn/versions": (200, versions),
        "GET /trainings": (200, {"trainings": [], "next_cursor": None}),
        "POST /trainings": (202, trained | {"state": "waiting"}),
    }
    page = button(looked(new), "Add the use case").click().run()
    assert not page.exception
    gateway.answers["GET /trainings"] = (200, {"trainings": [trained], "next_cursor": None})
    gateway.answers["GET /models/churn/versions"] = (200, examples.ANSWERS["model-versions"] | {"use_case": "churn"})
    page = button(page, "Train").click().run()
    assert not page.exception
    [asked] = gateway.requests("POST /trainings")
    assert asked.parameters == {"use_case": "churn", "learn_from": "use_case", "trials": "1"}
    assert "Version 5 is trained" in words(page)
    assert "Roll back to the version before" in [button.label for button in page.button]


def test_which_class_the_score_speaks_of_is_shown_and_can_be_turned_round(
    new: AppTest, gateway: StandInGateway
) -> None:
    written = {"classes": ["not churned", "churned"], "class_source_names": ["0", "1"]}
    gateway.answers["POST /use-cases/infer"] = (200, INFERRED | {"use_case": INFERRED["use_case"] | written})
    page = looked(new)
    choice = page.radio(key="new-score-1")
    assert (choice.label, choice.value) == ("The score is the probability of", "churned")
    assert choice.options == ["not churned (0 in the data)", "churned (1 in the data)"]
    page = button(choice.set_value("not churned").run(), "Add the use case").click().run()
    assert not page.exception
    [asked] = gateway.requests("POST /use-cases")
    assert asked.json["use_case"]["classes"] == ["churned", "not churned"]
    assert asked.json["use_case"]["class_source_names"] == ["1", "0"]


def test_what_is_to_be_decided_keeps_it_from_being_added(new: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["POST /use-cases/infer"] = (200, UNDECIDED)
    page = looked(new)
    assert "To be decided" in words(page)
    [found] = [one for one in UNDECIDED["findings"] if one["severity"] == "decide"]
    assert f"- **{found['column']}**: {escape_markdown(found['text'])} (*left out*)" in words(page)
    assert button(page, "Add the use case").disabled
    page = page.checkbox(key="new-decided-1").check().run()
    assert not button(page, "Add the use case").disabled
    [keep] = [box for box in page.multiselect if box.label.startswith("Keep")]
    keep.select("country")
    page = button(page, "Look at the file").click().run()
    assert gateway.requests("POST /use-cases/infer")[-1].parameters["keep"] == "country"
    assert button(page, "Add the use case").disabled, "another look, another decision"


def test_marks_of_thousands_are_a_choice_in_plain_words(new: AppTest, gateway: StandInGateway) -> None:
    asked = {
        "id": "pieces: thousands", "column": "pieces", "severity": "decide", "text": "points in numbers such as 1.002",
        "done": "left out", "choices": ["drop", "read", "keep"], "suggestion": "drop", "choice": "drop",
    }  # fmt: skip
    gateway.answers["POST /use-cases/infer"] = (200, INFERRED | {"findings": [asked], "undecided": 1})
    page = looked(new)
    [question] = [box for box in page.selectbox if "points in numbers" in box.label]
    assert question.options == [
        "Leave the column out",
        "Of thousands: 1.002, or 1,002, is a thousand and two",
        "Decimals: 1.002, or 1,002, is one and two thousandths",
    ]
    question.select("read")
    page = button(page, "Look again with these decisions").click().run()
    assert not page.exception
    assert gateway.requests("POST /use-cases/infer")[-1].parameters["decide"] == "pieces: thousands=read"


@pytest.mark.parametrize("key", ["new-name-", "new-use-case-1"])
def test_what_cannot_be_a_name_is_told_beside_it_with_one_that_can(
    new: AppTest, gateway: StandInGateway, key: str
) -> None:
    page = looked(new)
    rule = "Small letters a to z, digits and _, a letter first, at most 40 characters."
    [field] = [one for one in page.text_input if str(one.key).startswith(key)]
    assert [one.value for one in page.caption].count(rule) == 2
    page = field.set_value("Lieferungen Verspätung").run()
    assert f"**Lieferungen Verspätung** cannot be the name. {rule}" in words(page)
    page = button(page, "Take lieferungen_verspaetung").click().run()
    assert not page.exception
    [field] = [one for one in page.text_input if str(one.key).startswith(key)]
    assert field.value == "lieferungen_verspaetung"
    assert "cannot be the name" not in words(page)
    step = "Look at the file" if key == "new-name-" else "Add the use case"
    button(page, step).click().run()
    sent = gateway.requests("POST /use-cases/infer")[-1].parameters.get("use_case")
    if key != "new-name-":
        [asked] = gateway.requests("POST /use-cases")
        sent = asked.json["use_case"]["name"]
    assert sent == "lieferungen_verspaetung"


def test_what_is_said_to_a_finding_goes_to_the_gateway(new: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["POST /use-cases/infer"] = (200, UNDECIDED)
    page = looked(new)
    [question] = [box for box in page.selectbox if "knows the target by itself" in box.label]
    assert (question.value, question.options) == ("drop", ["Leave the column out", "Keep the column as it is"])
    question.select("keep")
    decided = {**UNDECIDED["findings"][0], "severity": "info", "done": "kept, as decided", "choice": "keep"}
    gateway.answers["POST /use-cases/infer"] = (200, UNDECIDED | {"findings": [decided], "undecided": 0})
    page = button(page, "Look again with these decisions").click().run()
    assert not page.exception
    assert gateway.requests("POST /use-cases/infer")[-1].parameters["decide"] == "code: leak=keep"
    assert not button(page, "Add the use case").disabled
    [question] = [box for box in page.selectbox if "knows the target by itself" in box.label]
    assert question.value == "keep", "what was decided may be decided anew"


def test_whatever_the_command_line_can_say_the_page_can(new: AppTest, gateway: StandInGateway) -> None:
    page = chosen(new)
    boxes = {box.label: box for box in [*page.selectbox, *page.multiselect]}
    boxes["Kind of answer"].select("binary")
    boxes["Column that names a row"].select("country")
    page.session_state[boxes["Take values as missing"].key] = ["Age (years)=-1"]  # as if it had been typed
    page = button(page.run(), "Look at the file").click().run()
    assert not page.exception
    asked = gateway.requests("POST /use-cases/infer")[-1].parameters
    assert (asked["task"], asked["key"], asked["missing"]) == ("binary", "country", "Age (years)=-1")


def test_what_is_in_the_file_is_shown_in_a_frame_and_can_be_saved(new: AppTest, gateway: StandInGateway) -> None:
    path = f"/use-cases/infer/{INFERRED['data']}/profile"
    gateway.answers[f"GET {path}"] = (200, "<!doctype html><title>churn.csv</title>")
    page = looked(new)
    assert not page.get("iframe")
    page = button(page, "Show every column").click().run()
    assert not page.exception
    [asked] = gateway.requests(f"GET {path}")
    assert asked.parameters == {"name": "churn.csv", "target": "Churned"}
    [frame] = page.get("iframe")
    assert "<title>churn.csv</title>" in frame.proto.srcdoc
    assert len(page.get("download_button")) == 1
    page = page.text_input(key="new-title-1").set_value("Who leaves us").run()
    assert len(page.get("iframe")) == 1, "an edit leaves it there"


def test_why_a_file_is_not_shown_is_told(new: AppTest, gateway: StandInGateway) -> None:
    detail = "data: there is no such file, or not any more."
    gateway.answers[f"GET /use-cases/infer/{INFERRED['data']}/profile"] = problem(422, "invalid-parameters", detail)
    page = button(looked(new), "Show every column").click().run()
    assert "not any more" in words(page)
    assert not page.get("iframe")


def test_nothing_is_looked_at_without_a_key(new: AppTest, gateway: StandInGateway) -> None:
    page = chosen(new, key="")
    assert button(page, "Look at the file").disabled
    assert "Fill in the key of an administrator first" in words(page)
    assert gateway.requests("POST /use-cases/infer") == []


@pytest.mark.parametrize(
    ("key", "answer", "said"),
    [
        ("no key of anybody", None, "does not know this key"),
        (KEY, problem(403, "forbidden", "no"), "This key may not add use cases"),
        (KEY, problem(413, "too-large", "More than 64 MB."), "too large"),
        (KEY, problem(422, "cannot-infer", "Only one row."), "Only one row"),
        (KEY, problem(409, "setup-not-possible", "No folder."), "No folder"),
        (KEY, problem(404, "not-found"), "Not offered by this gateway"),
    ],
)
def test_why_a_file_is_not_looked_at_is_told(
    new: AppTest, gateway: StandInGateway, key: str, answer: tuple[int, Any] | None, said: str
) -> None:
    if answer is not None:
        gateway.answers["POST /use-cases/infer"] = answer
    assert said in words(looked(new, key))


def test_a_name_that_is_taken_is_told_and_the_edit_kept(new: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["POST /use-cases"] = problem(409, "use-case-exists", "There is a use case 'churn'.")
    page = button(looked(new), "Add the use case").click().run()
    assert "The name is taken" in words(page)
    assert "Write another name" in words(page)
    assert page.text_input(key="new-use-case-1").value == "churn"


def test_fields_that_do_not_hold_are_named_as_the_table_names_them(new: AppTest, gateway: StandInGateway) -> None:
    wrong = [{"parameter": "use_case/features/0/integer/maximum", "in": "body", "message": "no number"}]
    gateway.answers["POST /use-cases"] = problem(422, "invalid-use-case", "wrong", errors=wrong)
    page = button(looked(new), "Add the use case").click().run()
    table = next(table.value for table in page.dataframe if "Field" in table.value)
    assert table.iloc[0].tolist() == ["age_years: maximum", "no number"]


def test_a_file_that_is_none_is_refused_at_once(new: AppTest, gateway: StandInGateway) -> None:
    assert "is empty" in words(chosen(new, content="\n"))
    assert "is damaged" in words(chosen(new, content="none", name="churn.csv.gz"))
    assert gateway.requests("POST /use-cases/infer") == []


def test_the_first_use_case_of_all_is_made_by_typing_the_column(new: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["GET /use-cases"] = (200, {"use_cases": []})
    page = chosen(new)
    next(box for box in page.text_input if box.label == "Column to predict").set_value("Churned").run()
    button(page, "Look at the file").click().run()
    assert gateway.requests("POST /use-cases/infer")[-1].parameters["target"] == "Churned"
