"""The page's types of answers are those of the committed OpenAPI document; `make page-types` generates them anew."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from pydantic import TypeAdapter

from ui.gateway import answers
from ui.gateway.generate_answers import OPENAPI, answer_schemas, digest

DOCUMENT = json.loads(OPENAPI.read_text(encoding="utf-8"))


def test_they_were_generated_from_this_very_document() -> None:
    assert f"Digest of the schemas: {digest(DOCUMENT)}\n" in str(answers.__doc__), "run `make page-types`"


def test_every_schema_has_its_type_with_its_fields() -> None:
    types: dict[str, Any] = {
        name: kind for name, kind in vars(answers).items() if isinstance(kind, type) and dataclasses.is_dataclass(kind)
    }
    schemas = answer_schemas(DOCUMENT)
    assert types.keys() == schemas.keys()
    for name, schema in schemas.items():
        found = TypeAdapter(types[name]).json_schema()
        assert found["properties"].keys() == schema["properties"].keys(), name
        assert set(found.get("required", ())) == {*schema["required"]}, name


def test_another_document_has_another_digest() -> None:
    changed = json.loads(OPENAPI.read_text(encoding="utf-8"))
    changed["components"]["schemas"]["BatchAnswer"]["properties"]["invented"] = {"type": "string"}
    assert digest(changed) != digest(DOCUMENT)


def test_a_door_that_is_not_known_yet_is_read() -> None:
    explained = DOCUMENT["components"]["schemas"]["BadBatchAnswer"]["required"]
    assert "source" in explained
    bad = {
        "batch_id": "019a8000-0000-7000-8000-00000000000b", "name": "a", "source": "invented later",
        "received_at": "2026-05-04T12:00:00Z", "rows_in": 1, "quarantined": 1, "replayed": 0, "invented": "later",
    }  # fmt: skip
    assert TypeAdapter(answers.BadBatchAnswer).validate_python(bad).source == "invented later"
