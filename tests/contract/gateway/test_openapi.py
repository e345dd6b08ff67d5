"""The committed reference is what the gateway does, and it is complete."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from gateway_api.batches.jobs import problems as job_problems
from gateway_api.dead_letters import problems as letter_problems
from gateway_api.door.middleware import OPEN_PATHS
from gateway_api.door.problem_handlers import INFERENCE_PROTOCOL
from gateway_api.door.problems import PROBLEM_JSON, Problem, all_problems
from gateway_api.drift import problems as drift_problems
from gateway_api.health.alerts import problems as alert_problems
from gateway_api.models import problems as model_problems
from gateway_api.models.trainings import problems as training_problems
from gateway_api.predict import problems as predict_problems
from gateway_api.predict.mappings import problems as mapping_problems
from gateway_api.predict.stored import problems as stored_problems
from gateway_api.quarantine import problems as quarantine_problems
from gateway_api.use_cases import problems as setup_problems
from gateway_api.wire.answers import ProblemAnswer
from gateway_api.wire.parameters import LISTS
from usecases.checking.row_model import row_model
from usecases.contract.catalog import load_catalog

ROOT = Path(__file__).parents[3]
SNAPSHOT = ROOT / "docs" / "reference" / "openapi.json"
REFERENCE: dict[str, Any] = json.loads(SNAPSHOT.read_text())

MODULES = [
    importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for path in sorted((ROOT / "gateway_api").rglob("answers.py"))
]
"""Where the types of all answers stand."""


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in REFERENCE["paths"].items():
        for operation in methods.values():
            yield path, operation


OPERATIONS = list(operations())
IDS = [operation["operationId"] for _, operation in OPERATIONS]


def test_the_committed_reference_is_current() -> None:
    current = subprocess.run(
        [sys.executable, "-m", "gateway_api.reference"], capture_output=True, check=True, text=True
    ).stdout
    assert current == SNAPSHOT.read_text(), (
        "The API has changed. If that is meant, raise VERSION in gateway_api/reference/openapi.py where callers could notice, and: "
        "python -m gateway_api.reference > docs/reference/openapi.json"
    )


def test_operations_have_readable_names_of_their_own() -> None:
    assert len(set(IDS)) == len(IDS)
    assert all(name.isidentifier() and "_" not in name for name in IDS)


@pytest.mark.parametrize(("path", "operation"), OPERATIONS, ids=IDS)
def test_an_operation_says_who_may_and_what_comes(path: str, operation: dict[str, Any]) -> None:
    assert bool(operation["security"]) == (path not in OPEN_PATHS)
    assert operation["summary"]
    for status, answer in operation["responses"].items():
        assert answer["description"], status
        if int(status) >= 400 and path.startswith(INFERENCE_PROTOCOL):
            assert answer["content"] == {
                "application/json": {"schema": {"$ref": "#/components/schemas/InferenceError"}}
            }
        elif int(status) >= 400:
            assert set(answer["content"]) == {PROBLEM_JSON}
            assert answer["content"][PROBLEM_JSON]["schema"] == {"$ref": "#/components/schemas/ProblemAnswer"}
            assert answer["content"][PROBLEM_JSON]["examples"]
        else:
            assert answer["content"], status
    for parameter in operation.get("parameters", []):
        assert parameter.get("description") or parameter["schema"].get("format") == "uuid", parameter


def test_every_reference_inside_leads_somewhere() -> None:
    def references(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    for reference in set(references(REFERENCE)):
        node: Any = REFERENCE
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_examples_of_answers_are_answers() -> None:
    seen = 0
    for _, operation in OPERATIONS:
        for answer in operation["responses"].values():
            content = answer["content"].get("application/json", {})
            for name in content.get("examples", {}):
                title = content["schema"]["$ref"].rpartition("/")[2]
                model = next(getattr(one, title) for one in MODULES if hasattr(one, title))
                model.model_validate_json(json.dumps(REFERENCE["components"]["examples"][name]["value"]))
                seen += 1
    assert seen >= 12


def test_examples_of_rows_are_rows() -> None:
    catalog = load_catalog()
    by_title = {use_case.title: row_model(use_case) for use_case in catalog.values()}
    equipment = row_model(catalog["equipment_failure"])
    examples = REFERENCE["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    for name, example in examples.items():
        model = by_title.get(name, equipment)
        rows = example["value"] if isinstance(example["value"], list) else [example["value"]]
        for row in rows:
            model.model_validate_json(json.dumps(row))


@pytest.mark.parametrize("kind", all_problems(), ids=lambda kind: kind.code)
def test_every_problem_is_laid_out_as_the_rfc_says(kind: type[Problem]) -> None:
    request_id = uuid4()
    answer = kind("What happened.").to_response(request_id)
    assert answer.status_code == kind.status >= 400
    assert answer.media_type == PROBLEM_JSON
    ProblemAnswer.model_validate(REFERENCE["components"]["examples"][kind.code]["value"])
    content = ProblemAnswer.model_validate_json(bytes(answer.body))
    assert (content.status, content.code, content.detail) == (kind.status, kind.code, "What happened.")
    assert content.request_id == request_id
    assert kind.__doc__
    assert answer.headers.get("retry-after") == (None if kind.retry_after is None else str(kind.retry_after))


def test_problems_have_codes_of_their_own() -> None:
    # Those of a module that is not imported do not count.
    modules = (
        setup_problems.UseCaseExists,
        model_problems.UnknownVersion,
        drift_problems.NothingToAccept,
        letter_problems.UnknownHold,
        quarantine_problems.RowsDiscardedBefore,
        job_problems.UnknownJob,
        training_problems.UnknownTraining,
        predict_problems.VersionNotServed,
        mapping_problems.UnknownMapping,
        stored_problems.UnknownPrediction,
        alert_problems.UnknownAlert,
    )
    assert all(issubclass(one, Problem) for one in modules)
    codes = [kind.code for kind in all_problems()]
    assert len(set(codes)) == len(codes)
    assert {one["code"] for one in REFERENCE["x-problems"]} == set(codes)


def test_only_parameters_that_are_lists_may_be_given_twice() -> None:
    lists = {
        parameter["name"]
        for _, operation in OPERATIONS
        for parameter in operation.get("parameters", ())
        if parameter["schema"].get("type") == "array"
    }
    assert lists == LISTS
