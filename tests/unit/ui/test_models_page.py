"""The Models page: versions side by side, and a change of what is served that is asked for twice."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from gateway_api.models import problems as model_problems
from gateway_api.reference import examples
from tests.unit.ui.stand_in_gateway import KEY, StandInGateway, problem

NEW: dict[str, Any] = {
    **examples.ANSWERS["model-versions"]["versions"][0],
    "version": 5,
    "aliases": ["challenger"],
}
SHADOW: dict[str, Any] = examples.ANSWERS["shadow"]
VERSIONS: dict[str, Any] = {
    "use_case": "machines",
    "versions": [NEW, *examples.ANSWERS["model-versions"]["versions"]],
}


@pytest.fixture
def models(page: AppTest, gateway: StandInGateway) -> AppTest:
    gateway.answers |= {
        "GET /models/machines/versions": (200, VERSIONS),
        "GET /models/machines/promotions": (200, examples.ANSWERS["champion-history"]),
        "GET /models/machines/shadow": (200, SHADOW),
        "GET /trainings": (200, {"trainings": [], "next_cursor": None}),
        "POST /models/machines/promote": (200, {**examples.ANSWERS["champion"], "version": 5, "from_version": 4}),
    }
    script = (
        "from ui.frame.models_page import show\nfrom ui.parts.errors import with_error_page\nwith_error_page(show)()"
    )
    return AppTest.from_string(script, default_timeout=page.default_timeout).run()


def words(page: AppTest) -> str:
    elements = [*page.markdown, *page.error, *page.info, *page.success, *page.warning, *page.caption]
    return "\n".join(str(element.value) for element in elements)


def button(page: AppTest, label: str) -> Any:
    [found] = [button for button in page.button if button.label == label]
    return found


def ready(page: AppTest, key: str = KEY) -> AppTest:
    page.text_input(key="admin-key").set_value(key)
    return page.checkbox(key="sure-machines-0").check().run()


def test_versions_stand_side_by_side(models: AppTest) -> None:
    assert not models.exception
    table = models.dataframe[0].value
    assert table["Version"].tolist() == [5, 4]
    assert table["Role"].tolist() == ["In shadow", "Served"]
    assert table["ROC AUC"].tolist() == [0.9612, 0.9612]
    assert "answered in shadow" in words(models)


def test_a_version_says_which_rows_judged_it_and_what_random_ones_would_have_said(
    models: AppTest, gateway: StandInGateway
) -> None:
    honest = NEW | {"tags": {"split": "time"}, "metrics": {"roc_auc": 0.61, "random_split_roc_auc": 0.97}}
    notebook = NEW | {"version": 6, "tags": {}}
    listed = VERSIONS | {"versions": [notebook, honest, VERSIONS["versions"][1]]}
    gateway.answers["GET /models/machines/versions"] = (200, listed)
    table = models.run().dataframe[0].value
    assert table["Judged by"].tolist() == ["not noted", "The last rows", "Random rows"]
    assert table["ROC AUC of a random split"].tolist()[1] == 0.97
    assert table.columns.tolist().index("ROC AUC") < table.columns.tolist().index("ROC AUC of a random split")


def test_nothing_changes_without_key_and_consent(models: AppTest) -> None:
    assert button(models, "Promote version 5").disabled
    assert button(models, "Roll back to the version before").disabled
    models.text_input(key="admin-key").set_value(KEY).run()
    assert button(models, "Promote version 5").disabled


def test_a_version_is_promoted_with_the_key_of_a_person(models: AppTest, gateway: StandInGateway) -> None:
    page = button(ready(models), "Promote version 5").click().run()
    assert not page.exception
    assert "Version 5 is served from now on" in words(page)
    [asked] = gateway.requests("POST /models/machines/promote")
    assert asked.json == {"version": 5}
    assert not page.checkbox(key="sure-machines-1").value


def test_a_gate_that_refuses_is_named(models: AppTest, gateway: StandInGateway) -> None:
    gates = examples.MEMBERS[model_problems.PromotionRefused.code]["gates"]
    gateway.answers["POST /models/machines/promote"] = problem(409, "promotion-refused", "worse", gates=gates)
    page = button(ready(models), "Promote version 5").click().run()
    assert "The version may not be served" in words(page)
    table = next(table.value for table in page.dataframe if "Gate" in table.value)
    assert table["Verdict"].tolist()[-1] == "Refused"


@pytest.mark.parametrize(
    ("key", "answer", "said"),
    [
        ("no key of anybody", None, "does not know this key"),
        (KEY, problem(403, "forbidden", "no"), "may not change what is served"),
        (KEY, problem(409, "nothing-to-roll-back", "There is none."), "There is none"),
        (KEY, problem(503, "registry-away", "MLflow is away."), "MLflow is away"),
    ],
)
def test_what_keeps_a_change_from_happening_is_told(
    models: AppTest, gateway: StandInGateway, key: str, answer: tuple[int, Any] | None, said: str
) -> None:
    if answer is not None:
        gateway.answers["POST /models/machines/rollback"] = answer
    page = button(ready(models, key), "Roll back to the version before").click().run()
    assert not page.exception
    assert said in words(page)


def test_without_versions_and_without_a_challenger_the_page_says_what_to_do(
    models: AppTest, gateway: StandInGateway
) -> None:
    gateway.answers["GET /models/machines/shadow"] = (
        200,
        {**SHADOW, "challenger": None, "compared": 0},
    )
    assert "No version scores in shadow" in words(models.run())
    gateway.answers["GET /models/machines/versions"] = (200, {"use_case": "machines", "versions": []})
    assert "smartpredict train" in words(models.run())


def test_a_version_that_comes_while_the_page_is_open_can_be_served(models: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["GET /models/machines/versions"] = (200, VERSIONS | {"versions": VERSIONS["versions"][1:]})
    page = models.run()
    assert "There is no other version yet" in words(page)
    assert "There is no other version yet to compare it with" in words(page)
    assert not page.multiselect
    gateway.answers["GET /models/machines/versions"] = (200, VERSIONS)
    page = ready(page)
    assert page.selectbox(key="promote-version-machines").value == 5
    assert not button(page, "Promote version 5").disabled
    assert page.multiselect(key="report-beside-machines").proto.placeholder == "choose other versions"


def test_versions_that_are_the_same_model_say_so(models: AppTest, gateway: StandInGateway) -> None:
    assert NEW["tags"]["digest"] == VERSIONS["versions"][1]["tags"]["digest"]
    assert "**Versions 4 and 5 are the same model**" in words(models)
    other = NEW | {"tags": NEW["tags"] | {"digest": "0" * 64}}
    gateway.answers["GET /models/machines/versions"] = (200, VERSIONS | {"versions": [other, VERSIONS["versions"][1]]})
    assert "are the same model" not in words(models.run())


def test_texts_that_are_longer_than_a_column_are_broken_into_lines(models: AppTest, gateway: StandInGateway) -> None:
    gates = examples.MEMBERS[model_problems.PromotionRefused.code]["gates"]
    worse = [{**gates[0], "detail": "a metric that is worse than that of the version served now " * 3}]
    gateway.answers["POST /models/machines/promote"] = problem(409, "promotion-refused", "worse", gates=worse)
    page = button(ready(models), "Promote version 5").click().run()
    table = next(table for table in page.dataframe if "Gate" in table.value)
    assert table.proto.row_height == 77
