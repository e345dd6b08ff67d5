"""The bodies the reference shows are bodies the gateway takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway_api.dead_letters.requests import DiscardLetters, RepairLetter, ReplayLetters
from gateway_api.quarantine.requests import DiscardRows, ReplayRows
from gateway_api.use_cases.requests import ChangeWording
from gateway_api.wire.commands import Command
from usecases.checking.row_model import row_model
from usecases.contract.catalog import load_catalog
from usecases.contract.wording import FeatureWording

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parents[3] / "docs/reference/openapi.json").read_text())


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("/quarantine/replay", ReplayRows),
        ("/dead-letters/replay", ReplayLetters),
        ("/dead-letters/discard", DiscardLetters),
    ],
)
def test_the_example_of_a_command_is_one(path: str, command: type[Command]) -> None:
    media = REFERENCE["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    command.model_validate_json(json.dumps(media["examples"]["example"]["value"]))
    schema = media["schema"]
    assert set(schema["required"]) == set(schema["properties"]) == set(command.model_fields)
    for name, described in command.model_json_schema()["properties"].items():
        for limit in ("minItems", "maxItems"):
            assert schema["properties"][name].get(limit) == described.get(limit)


def test_the_repaired_row_of_the_example_is_a_good_one() -> None:
    media = REFERENCE["paths"]["/quarantine/replay"]["post"]["requestBody"]["content"]["application/json"]
    command = media["examples"]["example"]["value"]
    row_model(load_catalog()[command["use_case"]]).model_validate_json(json.dumps(command["rows"][0]["row"]))


def test_the_repaired_letter_of_the_example_is_a_good_one() -> None:
    path = "/dead-letters/{letter_id}/repair"
    media = REFERENCE["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    assert set(media["schema"]["properties"]) == set(RepairLetter.model_fields)
    command = RepairLetter.model_validate(media["examples"]["example"]["value"])
    row_model(load_catalog()["equipment_failure"]).model_validate_json(json.dumps(command.rows[0]))


def test_the_discarded_rows_of_the_example_are_a_command() -> None:
    media = REFERENCE["paths"]["/quarantine/discard"]["post"]["requestBody"]["content"]["application/json"]
    assert set(media["schema"]["properties"]) == set(DiscardRows.model_fields)
    assert set(media["schema"]["required"]) == {"person", "reason", "use_case"}
    DiscardRows.model_validate_json(json.dumps(media["examples"]["example"]["value"]))


def test_the_wording_of_the_example_is_one() -> None:
    path = "/use-cases/{name}/wording"
    media = REFERENCE["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    assert set(media["schema"]["properties"]) == set(ChangeWording.model_fields)
    of_a_feature = media["schema"]["properties"]["features"]["additionalProperties"]["properties"]
    assert set(of_a_feature) == set(FeatureWording.model_fields)
    ChangeWording.model_validate(media["examples"]["example"]["value"])
