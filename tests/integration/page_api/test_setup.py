"""Adding a use case at the gateway: an administrator looks at it, edits it, adds it; the gateway itself may make no table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, text

from tests.integration.page_api.conftest import RunningGateway
from tests.support.usecases.data_sets import churn, defects, rents, undecided
from tests.support.waiting import eventually
from usecases.contract.catalog import read_use_case


@pytest.fixture(scope="module")
def admin(gateway: RunningGateway) -> Iterator[httpx.Client]:
    with gateway.client("admin") as client:
        yield client


def inferred(client: httpx.Client, file: Path, target: str, **choices: Any) -> httpx.Response:
    return client.post(
        "/use-cases/infer", params={"target": target, "name": file.name, **choices}, content=file.read_bytes()
    )


def test_a_file_becomes_a_use_case(
    admin: httpx.Client, gateway: RunningGateway, engine: Engine, tmp_path: Path
) -> None:
    answer = inferred(admin, churn(tmp_path), "Churned")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["undecided"] == 0
    assert {finding["column"] for finding in found["findings"]} >= {"notes", "country", "Customer ID"}
    edited = found["use_case"] | {"title": "Who leaves us"}
    added = admin.post("/use-cases", json={"use_case": edited, "data": found["data"]})
    assert added.status_code == 201, added.text
    assert added.json()["next"] == "smartpredict train churn"
    there = eventually(lambda: _found(admin, added.headers["location"]))
    assert there["title"] == "Who leaves us"
    assert (gateway.use_cases / "churn" / "usecase.yaml").exists()
    assert (gateway.use_cases / "churn" / "training.csv").read_bytes() == churn(tmp_path).read_bytes()
    with engine.connect() as connection:
        owner = "select tableowner from pg_tables where schemaname = 'predictions' and tablename = 'churn'"
        assert connection.execute(text(owner)).scalar() == "smartpredict_registrar"
    # The gateway reads the new table with its own login; there is no model yet.
    assert admin.get("/past-predictions?use_case=churn").json()["predictions"] == []
    again = admin.post(
        "/use-cases", json={"use_case": edited, "data": inferred(admin, churn(tmp_path), "Churned").json()["data"]}
    )
    assert (again.status_code, again.json()["code"]) == (409, "use-case-exists")
    its_texts_are_changed(admin, gateway, there)


def its_texts_are_changed(admin: httpx.Client, gateway: RunningGateway, there: dict[str, Any]) -> None:
    """Change what people read: rows are checked as before, and the file says the same."""
    age = next(one for one in there["features"] if one["name"] == "age_years")
    wording = {
        "title": "Leavers",
        "features": {"age_years": {"title": "Age", "unit": "a", "description": "At the start."}},
    }
    answer = admin.post("/use-cases/churn/wording", json=wording)
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert (changed["title"], changed["description"]) == ("Leavers", there["description"])
    assert changed["schema_hash"] == there["schema_hash"]
    known = next(one for one in changed["features"] if one["name"] == "age_years")
    assert known == age | {"title": "Age [a]", "unit": "a", "description": "At the start."}
    eventually(lambda: admin.get("/use-cases/churn").json() == changed)
    in_file = read_use_case(gateway.use_cases / "churn" / "usecase.yaml")
    assert (in_file.title, in_file.schema_hash) == ("Leavers", there["schema_hash"])
    for wrong, code in (
        ({"features": {"weather": {"title": "W"}}}, "invalid-use-case"),
        ({"features": {"age_years": {"minimum": 1}}}, "invalid-parameters"),
        ({"title": "a\0b"}, "invalid-parameters"),
        ({"title": ""}, "invalid-parameters"),
    ):
        refused = admin.post("/use-cases/churn/wording", json=wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, code), wrong
    assert admin.get("/use-cases/churn").json() == changed
    bundled = admin.post("/use-cases/iris/wording", json={"title": "Flowers"})
    assert (bundled.status_code, bundled.json()["code"]) == (409, "setup-not-possible")
    assert "comes with SmartPredict" in bundled.json()["detail"]


def test_what_has_to_be_decided_is_told(admin: httpx.Client, tmp_path: Path) -> None:
    found = inferred(admin, undecided(tmp_path), "left").json()
    asked = {finding["column"] for finding in found["findings"] if finding["severity"] == "decide"}
    assert found["undecided"] == len(asked) == 5
    decided = inferred(
        admin, undecided(tmp_path), "left", use_case="leavers", keep="closing code", drop=["left copy", "since", "amount", "mixed"]
    ).json()  # fmt: skip
    assert decided["undecided"] == 0
    assert [feature["name"] for feature in decided["use_case"]["features"]] == ["tenure", "closing_code"]
    read = inferred(admin, undecided(tmp_path), "left", read=["amount"], drop=["left copy", "since", "mixed"]).json()
    assert read["use_case"]["training"]["notations"] == {"amount": "thousands_comma"}


def test_a_finding_is_decided_by_its_name(admin: httpx.Client, tmp_path: Path) -> None:
    asked = {
        finding["id"]: finding
        for finding in inferred(admin, undecided(tmp_path), "left").json()["findings"]
        if finding["severity"] == "decide"
    }
    assert asked["closing code: leak"]["choices"] == ["drop", "keep"]
    decide = [f"{name}={finding['suggestion']}" for name, finding in asked.items() if name != "closing code: leak"]
    found = inferred(admin, undecided(tmp_path), "left", decide=[*decide, "closing code: leak=keep"]).json()
    assert found["undecided"] == 0
    assert "closing_code" in [feature["name"] for feature in found["use_case"]["features"]]
    refused = inferred(admin, undecided(tmp_path), "left", decide="closing code: leak=perhaps")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-parameters")
    other = inferred(admin, undecided(tmp_path), "left", decide="closing code: leak=category")
    assert (other.status_code, other.json()["code"]) == (422, "cannot-infer")


def test_a_file_is_shown_before_anything_is_made_of_it(
    admin: httpx.Client, gateway: RunningGateway, tmp_path: Path
) -> None:
    data = inferred(admin, churn(tmp_path), "Churned").json()["data"]
    before = sorted(gateway.use_cases.iterdir())
    page = admin.get(f"/use-cases/infer/{data}/profile?target=Churned&name=churn.csv")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "sandbox" in page.headers["content-security-policy"]
    assert "<h1>churn.csv: what is in it</h1>" in page.text
    assert "with Churned" in page.text
    assert page.text.count("<img ") == 10, "every column"
    assert "<script" not in page.text
    alone = admin.get(f"/use-cases/infer/{data}/profile").text
    assert "with Churned" not in alone
    assert sorted(gateway.use_cases.iterdir()) == before


def test_what_cannot_be_shown_says_why(admin: httpx.Client, gateway: RunningGateway, tmp_path: Path) -> None:
    data = inferred(admin, churn(tmp_path), "Churned").json()["data"]
    gone = admin.get(f"/use-cases/infer/{'0' * 64}.csv/profile")
    assert (gone.status_code, gone.json()["code"]) == (422, "invalid-parameters")
    assert "not any more" in gone.json()["detail"]
    assert admin.get(f"/use-cases/infer/{data}x..csv/profile").status_code == 422
    other = admin.get(f"/use-cases/infer/{data}/profile?target=weather")
    assert (other.status_code, other.json()["code"]) == (422, "cannot-infer")
    with gateway.client("webapp") as client:
        assert client.get(f"/use-cases/infer/{data}/profile").status_code == 403


def test_of_many_columns_some_are_drawn(admin: httpx.Client, tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    frame = (
        pd.DataFrame(rng.normal(size=(300, 79)).round(3)).add_prefix("c").assign(answer=rng.choice(["no", "yes"], 300))
    )
    wide = tmp_path / "wide.csv"
    frame.to_csv(wide, index=False)
    data = inferred(admin, wide, "answer").json()["data"]
    page = admin.get(f"/use-cases/infer/{data}/profile").text
    assert page.count("<img ") == 60
    assert "20 columns more are not drawn" in page


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"classes": ["ok"]}, ""),
        ({"colour": "red"}, "colour"),
        ({"target": "verdict", "target_source_name": "opinion", "name": "other", "target_": 1}, "target_"),
        ({"features": [{"name": "width_mm", "type": "float", "minimum": 2, "maximum": 1}]}, "features/0/float"),
        ({"features": [{"name": "height", "type": "float"}]}, "features"),
        ({"target": "opinion"}, "target"),
    ],
)
def test_an_edit_that_does_not_hold_names_its_fields(
    admin: httpx.Client, gateway: RunningGateway, tmp_path: Path, change: dict[str, Any], field: str
) -> None:
    found = inferred(admin, defects(tmp_path), "verdict").json()
    answer = admin.post("/use-cases", json={"use_case": found["use_case"] | change, "data": found["data"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-use-case")
    assert answer.json()["errors"][0]["parameter"] == f"use_case/{field}".removesuffix("/")
    assert not (gateway.use_cases / "defects").exists()


def test_what_cannot_be_read_or_learned_says_why(admin: httpx.Client, tmp_path: Path) -> None:
    few = tmp_path / "few.csv"
    few.write_text("a,b\n1,2\n", encoding="utf-8")
    answers = {
        "cannot-infer": inferred(admin, few, "b"),
        "unsupported-media-type": admin.post("/use-cases/infer?target=b&name=x.xls", content=b"x"),
        "empty-upload": admin.post("/use-cases/infer?target=b&name=x.csv"),
        "invalid-parameters": admin.post("/use-cases/infer?name=x.csv", content=b"x"),
    }
    assert {code: answer.json()["code"] for code, answer in answers.items()} == {code: code for code in answers}
    gone = admin.post("/use-cases", json={"use_case": {}, "data": "0" * 64 + ".csv"})
    assert "Send it to POST /use-cases/infer again" in gone.json()["detail"]


@pytest.mark.parametrize("role", ["api", "webapp"])
def test_only_an_administrator_adds_use_cases(gateway: RunningGateway, role: str, tmp_path: Path) -> None:
    with gateway.client(role) as client:
        assert inferred(client, rents(tmp_path), "Miete (EUR)").status_code == 403
        assert client.post("/use-cases", json={"use_case": {}, "data": ""}).status_code == 403
        assert client.post("/use-cases/iris/wording", json={"title": "Flowers"}).status_code == 403


def test_the_registrar_reads_and_changes_nothing_else(engine: Engine) -> None:
    with engine.connect() as connection:
        may = text(
            "select table_schema || '.' || table_name || ' ' || lower(privilege_type) from information_schema.role_table_grants "
            "where grantee = 'smartpredict_registrar' and not (table_schema = 'predictions' and table_name like 'churn%')"
        )
        granted = set(connection.execute(may).scalars())
    assert granted == {
        f"smartpredict.{table} {right}"
        for table in ("use_cases", "use_case_contracts")
        for right in ("select", "insert", "update")
    }


def _found(client: httpx.Client, location: str) -> dict[str, Any]:
    answer = client.get(location)
    return dict(answer.json()) if answer.status_code == 200 else {}
