"""How operations are documented: answers and problems by their examples."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gateway_api.door import problems as p
from gateway_api.drift import examples as drift_examples
from gateway_api.labels import examples as label_examples
from gateway_api.models import examples as model_examples
from gateway_api.performance import examples as performance_examples
from gateway_api.predict import examples
from gateway_api.quarantine import examples as desk_examples
from gateway_api.shadow import examples as shadow_examples
from gateway_api.use_cases import examples as setup_examples
from gateway_api.wire.answers import ProblemAnswer

ANSWERS = {
    **examples.ANSWERS,
    **desk_examples.ANSWERS,
    **label_examples.ANSWERS,
    **model_examples.ANSWERS,
    **performance_examples.ANSWERS,
    **drift_examples.ANSWERS,
    **shadow_examples.ANSWERS,
    **setup_examples.ANSWERS,
}
"""Examples of all answers, by the name the reference gives them."""

_WITH_MEMBERS = (
    desk_examples,
    model_examples,
    setup_examples,
)
"""Where examples of what a problem says beyond its text stand."""

READING = (p.Unauthorized, p.InvalidParameters, p.DatabaseAway, p.QueryTooSlow, p.Overloaded)
"""What every operation that reads from the database can meet."""


def answer_like(*examples_of_it: str, **more: Any) -> dict[str, Any]:
    """Document a JSON answer with some of the examples."""
    assert set(examples_of_it) <= ANSWERS.keys()  # noqa: S101  # a reference that leads nowhere is found on import
    shown = {name: {"$ref": f"#/components/examples/{name}"} for name in examples_of_it}
    return {"content": {"application/json": {"examples": shown}}, **more}


def closed_object(*, optional: Collection[str] = (), **members: dict[str, Any]) -> dict[str, Any]:
    """Describe a JSON object that takes these members and no other."""
    return {
        "type": "object",
        "properties": members,
        "required": [name for name in members if name not in optional],
        "additionalProperties": False,
    }


def json_body(example: dict[str, Any], *, optional: Collection[str] = (), **members: dict[str, Any]) -> dict[str, Any]:
    """Document the JSON object that an operation takes."""
    schema = closed_object(optional=optional, **members)
    content = {"application/json": {"schema": schema, "examples": {"example": {"value": example}}}}
    return {"requestBody": {"required": True, "content": content}}


def location_of(what: str) -> dict[str, Any]:
    """Document the header that tells where to find what was made."""
    return {"Location": {"description": f"Address of the {what}.", "schema": {"type": "string"}}}


def problems_among(*kinds: type[p.Problem]) -> dict[int | str, dict[str, Any]]:
    """Document the problems of an operation; what every operation can meet is added."""
    documented: dict[int | str, dict[str, Any]] = {}
    for kind in p.in_order({*kinds, p.Problem}):
        entry = documented.setdefault(
            kind.status,
            {"model": ProblemAnswer, "description": "", "content": {p.PROBLEM_JSON: {"examples": {}}}},
        )
        entry["description"] = "; ".join(filter(None, (entry["description"], f"`{kind.code}`: {kind.title}")))
        entry["content"][p.PROBLEM_JSON]["examples"][kind.code] = {"$ref": f"#/components/examples/{kind.code}"}
        if kind.retry_after is not None:
            entry["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return documented


def example_of(kind: type[p.Problem]) -> dict[str, Any]:
    """Give an example of a problem."""
    return {
        **examples.example_of(kind),
        **{name: value for part in _WITH_MEMBERS for name, value in part.MEMBERS.get(kind, {}).items()},
    }
