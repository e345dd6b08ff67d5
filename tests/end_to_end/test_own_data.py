"""From a file of data to predictions, as a newcomer goes: init, train, and every door is open, without a restart."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from broker.ids import batch_id_of_file
from cli.main import build_app
from tests.support.command import smartpredict
from tests.support.documents import commands_of, run, stand_in
from tests.support.running_stack import RunningStack, audit
from tests.support.session.figures import show
from tests.support.usecases.data_sets import SERVABLE, churn, undecided
from tests.support.waiting import eventually
from usecases.formats.reading import preflight


def predicted(stack: RunningStack, name: str, row: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask until a worker has the model, and give the answer."""
    with stack.api() as api:
        given = row or eventually(lambda: api.get(f"/use-cases/{name}").json().get("example"))

        def answer() -> dict[str, Any]:
            found = api.post(f"/predict?use_case={name}", json=given)
            assert found.status_code in {200, 404, 503}, found.text
            return dict(found.json()) if found.status_code == 200 else {}

        return eventually(answer, 30)


@pytest.mark.parametrize("name", SERVABLE)
def test_a_data_set_is_served_without_an_edit(own: RunningStack, name: str, tmp_path: Path) -> None:
    make, target = SERVABLE[name]
    printed = own.command("init", str(make(tmp_path)), "--target", target)
    assert f"smartpredict train {name}" in printed
    # In this process, which has MLflow at hand: six times the seconds of its import would be spent on nothing.
    done = CliRunner().invoke(build_app(), ["train", name], env=own.settings)
    assert done.exit_code == 0, done.output
    answer = predicted(own, name)
    assert answer["use_case"] == name
    assert answer["model_version"] >= 1


def test_ten_thousand_rows_from_file_to_first_prediction(own: RunningStack, tmp_path: Path) -> None:
    file = churn(tmp_path, rows=10_000)
    began = time.monotonic()
    own.command("init", str(file), "--target", "Churned", "--name", "customers")
    own.command("train", "customers")
    predicted(own, "customers")
    show(f"10,000 rows from CSV to the first prediction: {time.monotonic() - began:.1f} s")


def test_the_file_itself_works_at_the_file_door(own: RunningStack, tmp_path: Path) -> None:
    file = churn(tmp_path, rows=300)
    with file.open("rb") as content:
        digest = preflight(content, None).digest
    own.command("drop", str(file), "--use-case", "churn")
    ledger = own.wait_done(batch_id_of_file("churn", digest, "churn.csv"))
    assert (ledger.rows_in, ledger.quarantined) == (300, 0)
    by_header = {"Customer ID": "C-1", "Age (years)": 44, "Monthly charge [€]": 51.5, "Contract": "year", "Paperless?": True,
                 "Signed up": "2021-03-04", "Größe / Haushalt": 2, "Churned": "no"}  # fmt: skip
    assert predicted(own, "churn", by_header)["predictions"][0]["prediction"] in {"yes", "no"}
    audit(own)


def test_what_the_document_tells_people_to_type_works(own: RunningStack, tmp_path: Path) -> None:
    stand_in(tmp_path)
    churn(tmp_path)
    shutil.rmtree(own.folders.usecases / "churn", ignore_errors=True)  # of the test before, where it ran
    commands = commands_of("docs/bring-your-own-data.md")
    assert [command.split()[1] for command in commands[:3]] == ["init", "train", "drop"]
    for command in commands[:3]:
        run(own, tmp_path, "bash", "-c", command)
    eventually(lambda: "predictions" in run(own, tmp_path, "bash", "-c", commands[3]), 30)
    answer = json.loads(run(own, tmp_path, "bash", "-c", commands[3]))
    assert answer["predictions"][0]["prediction"] in {"yes", "no"}


def test_an_edit_is_taken_over_with_the_model_for_it(own: RunningStack) -> None:
    path = own.folders.usecases / "churn" / "usecase.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["features"] = [f for f in content["features"] if f["name"] != "contract"]
    content["ignored_columns"].append("Contract")
    content["features"].append({"name": "discount", "type": "float", "nullable": True, "example": 0.1})
    next(f for f in content["features"] if f["name"] == "age_years").update({"type": "float"})
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    version = predicted(own, "churn")["model_version"]
    assert "contract" in predicted(own, "churn")["predictions"][0]["features"], "an edited file alone changes nothing"
    with own.api() as api:
        before = api.get("/past-predictions?use_case=churn").json()["predictions"]
    printed = own.command("train", "churn")
    assert "predictions.churn: discount is new" in printed
    with own.api() as api:
        eventually(lambda: "discount" in api.get("/use-cases/churn").json()["example"])
        eventually(lambda: predicted(own, "churn")["model_version"] == version + 1)
        after = api.get("/past-predictions?use_case=churn&limit=1000").json()["predictions"]
    assert {row["id"] for row in before} <= {row["id"] for row in after}
    audit(own)


def test_an_edit_that_cannot_be_followed_is_refused_before_anything_is_trained(own: RunningStack) -> None:
    path = own.folders.usecases / "rents" / "usecase.yaml"
    written = path.read_text(encoding="utf-8")
    path.write_text(
        written.replace("name: zimmer\n    type: integer", "name: zimmer\n    type: timestamp"), encoding="utf-8"
    )
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for feature in content["features"]:
        if feature["name"] == "zimmer":
            for field in ("minimum", "maximum", "example", "as_text"):
                feature.pop(field, None)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    done = smartpredict("train", "rents", home=own.home)
    assert done.returncode == 1
    assert "rents had a whole number in zimmer and is to have a time there" in done.stderr
    path.write_text(written, encoding="utf-8")
    predicted(own, "rents")


def test_what_has_to_be_decided_is_listed_and_nothing_is_written(own: RunningStack, tmp_path: Path) -> None:
    file = str(undecided(tmp_path))
    done = smartpredict("init", file, "--target", "left", home=own.home)
    assert done.returncode == 1
    for column in ("closing code", "left copy", "since", "amount", "mixed"):
        assert column in done.stdout
    assert not (own.folders.usecases / "undecided").exists()
    own.command("init", file, "--target", "left", "--yes")
    refused = smartpredict("init", file, "--target", "left", "--yes", home=own.home)
    assert "--force replaces it" in refused.stderr
