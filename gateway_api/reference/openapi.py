"""The reference of the API: what FastAPI derives, made true to what this gateway does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from gateway_api.door.middleware import OPEN_PATHS
from gateway_api.door.problem_handlers import INFERENCE_PROTOCOL
from gateway_api.door.problems import PROBLEM_JSON, all_problems
from gateway_api.reference.examples import ANSWERS, problem_example
from usecases.checking.row_model import example_row, row_model
from usecases.contract.arriving import brought_contract
from usecases.contract.catalog import Catalog

VERSION = "1.5.0"
"""Of the API, not of the program: raised when a caller could notice."""

_ORDER: dict[str, list[str]] = json.loads(Path(__file__).with_name("order.json").read_text(encoding="utf-8"))
"""Order in which a reader meets paths, and examples; what is not listed comes last."""

_DESCRIPTION = """\
Predictions of tabular models: every row checked against one contract, scored once, and stored with its features.

**Keys.** Every operation but health, metrics and these docs needs an API key: `Authorization: Bearer KEY` or `X-API-Key: KEY`.

**Problems.** Every answer that is no success is `application/problem+json` (RFC 9457) with a `code` for programs and a
`detail` that says what to do. `Retry-After` stands where trying again helps. `X-Request-ID` names every answer.
Below `/v2`, where the Open Inference Protocol is spoken, errors are `{"error": "..."}` as it wants them.

**Pages.** Follow `next_cursor` until there is none.
"""


_PUBLISHED_SCHEMAS = {
    "Verdict": ("monitoring__verdicts__Verdict", "Verdict"),
    "GateOutcome": ("registry__gates__Verdict", "Verdict"),
}
"""Schemas that were published under another name and title than those of their class; programs are generated from them."""


def describe(app: FastAPI, catalog: Catalog) -> dict[str, Any]:
    """Describe the API."""
    derived = get_openapi(title="SmartPredict", version=VERSION, description=_DESCRIPTION, routes=app.routes)
    content = _with_published_names(derived)
    components = content.setdefault("components", {})
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "The API key as a bearer token."},
        "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The API key as a header."},
    }
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    rows = _row_schemas(catalog)
    schemas.update(rows)
    content["paths"] = _in_order(content["paths"], _ORDER["paths"])
    for path, operations in content["paths"].items():
        for operation in operations.values():
            operation["security"] = [] if path in OPEN_PATHS else [{"bearer": []}, {"header": []}]
            if path.startswith(INFERENCE_PROTOCOL):
                operation["responses"].pop("422", None)  # added by the framework; see errors there
            for status, answer in operation["responses"].items():
                _describe_answer(path, status, answer)
    for path in ("/predict", "/check"):
        _describe_rows(content["paths"][path]["post"], catalog, list(rows))
    # Put in afterwards: the framework leaves empty members of examples out, as if they were optional.
    components["examples"] = {
        name: {"value": answer} for name, answer in _in_order(ANSWERS, _ORDER["examples"]).items()
    }
    for kind in all_problems():
        components["examples"][kind.code] = {"summary": kind.title, "value": problem_example(kind)}
    content["x-problems"] = [
        {"code": kind.code, "status": kind.status, "title": kind.title, "meaning": (kind.__doc__ or "").strip()}
        for kind in all_problems()
    ]
    return content


def _in_order(found: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    listed = [name for name in names if name in found]
    return {name: found[name] for name in dict.fromkeys([*listed, *found])}


def _with_published_names(content: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(content)
    for name, (published, _) in _PUBLISHED_SCHEMAS.items():
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{published}"')
    found: dict[str, Any] = json.loads(text)
    schemas = found["components"]["schemas"]
    for name, (published, title) in _PUBLISHED_SCHEMAS.items():
        schemas[published] = schemas.pop(name) | {"title": title}
    found["components"]["schemas"] = dict(sorted(schemas.items()))
    return found


def _describe_answer(path: str, status: str, answer: dict[str, Any]) -> None:
    """Correct the media type of problems, which FastAPI writes down as plain JSON, and add the header that all answers have."""
    if int(status) >= 400 and not path.startswith(INFERENCE_PROTOCOL):  # noqa: PLR2004  # where HTTP's errors begin
        schema = answer["content"].pop("application/json", {}).get("schema")
        if schema is not None:
            answer["content"][PROBLEM_JSON]["schema"] = schema
    answer.setdefault("headers", {})["X-Request-ID"] = {
        "description": "Id of the request.",
        "schema": {"type": "string", "format": "uuid"},
    }


def _row_schemas(catalog: Catalog) -> dict[str, Any]:
    models = [row_model(brought_contract(use_case)) for use_case in catalog.values()]
    return {model.__name__: model.model_json_schema(ref_template="#/components/schemas/{model}") for model in models}


def _describe_rows(operation: dict[str, Any], catalog: Catalog, names: list[str]) -> None:
    """Name the rows of every use case there is; which one a body must be, the parameter `use_case` says."""
    any_row: dict[str, Any] = {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in names]}
    if operation["operationId"] == "checkRows":  # which tells what is wrong with rows, so none is refused
        any_row["anyOf"].append({"description": "Anything else, which is a bad row."})
    media = operation["requestBody"]["content"]["application/json"]
    media["schema"] = {
        "description": "A row of the use case, or an array of them.",
        "anyOf": [any_row, {"type": "array", "items": any_row, "minItems": 1, "maxItems": 1_000}],
    }
    media["examples"] |= {
        use_case.title: {"value": example_row(brought_contract(use_case))} for use_case in catalog.values()
    }
    next(p for p in operation["parameters"] if p["name"] == "use_case")["schema"]["enum"] = list(catalog)
