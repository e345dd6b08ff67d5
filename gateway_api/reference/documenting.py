"""How a topic documents its routes: answers, bodies and problems, each with its examples."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gateway_api.door import problems as p
from gateway_api.reference.examples import ANSWERS, CSV_FILES, REQUESTS
from gateway_api.wire.answers import ProblemAnswer
from gateway_api.wire.commands import MOST_NAME, MOST_REASON
from gateway_api.wire.csv_stream import WORKBOOK
from usecases.columns.patterns import WRITTEN

READING = (p.Unauthorized, p.InvalidParameters, p.DatabaseAway, p.QueryTooSlow, p.Overloaded)
"""Problems of every operation that reads from the database."""

COMMAND = (
    p.MalformedBody, p.Unauthorized, p.Forbidden, p.TooLarge, p.UnsupportedMediaType, p.InvalidParameters, p.DatabaseAway,
    p.Overloaded,
)  # fmt: skip
"""Problems of every operation that sends something again."""

ID: dict[str, Any] = {"type": "string", "format": "uuid"}

GUARDED = (
    "In CSV a text that a spreadsheet would take for a formula, since it begins with `=`, `+`, `-` or `@`, begins with an "
    "apostrophe; JSON gives it as it is."
)
"""What is said of downloads that people open."""

WHO_AND_WHY: dict[str, dict[str, Any]] = {
    "person": {"type": "string", "maxLength": MOST_NAME, "pattern": WRITTEN, "description": "Who decides."},
    "reason": {"type": "string", "maxLength": MOST_REASON, "pattern": WRITTEN, "description": "Why."},
}
"""Members of every body that decides about what nobody could handle."""

BYTES = {"type": "string", "format": "binary"}

FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": BYTES},
            "text/csv": {"schema": BYTES},
            "multipart/form-data": {"schema": {"type": "object", "properties": {"file": BYTES}, "required": ["file"]}},
        },
    }
}
"""The body of an operation that takes a file."""


def answer_like(*examples_of_it: str, **more: Any) -> dict[str, Any]:
    """Describe a JSON answer by some of the examples."""
    assert set(examples_of_it) <= ANSWERS.keys()  # noqa: S101  # a reference that leads nowhere is found on import
    shown = {name: {"$ref": f"#/components/examples/{name}"} for name in examples_of_it}
    return {"content": {"application/json": {"examples": shown}}, **more}


def page_for_people(title: str) -> dict[str, Any]:
    """Describe an answer that is a page of HTML, by an example of its title."""
    example = f"<!doctype html><title>{title}</title>"
    return {
        "description": "A page for people.",
        "content": {"text/html": {"schema": {"type": "string"}, "example": example}},
    }


def page_or_file(example: str, model: Any, file_name: str) -> dict[str, Any]:
    """Describe an answer that is a page of JSON or one file of CSV."""
    answer = answer_like(example, model=model, description="One page, or all rows as CSV.")
    answer["content"]["text/csv"] = {"schema": {"type": "string"}, "example": CSV_FILES[file_name]}
    return answer


def also_as_workbook(answer: dict[str, Any]) -> dict[str, Any]:
    """Describe an answer that may be a workbook, too."""
    answer["content"][WORKBOOK] = {"schema": BYTES}
    return answer


def closed_object(*, optional: Collection[str] = (), **members: dict[str, Any]) -> dict[str, Any]:
    """Describe a JSON object that takes these members and no other."""
    return {
        "type": "object",
        "properties": members,
        "required": [name for name in members if name not in optional],
        "additionalProperties": False,
    }


def json_body(example: str, *, optional: Collection[str] = (), **members: dict[str, Any]) -> dict[str, Any]:
    """Describe the JSON object that an operation takes, with one of the examples."""
    schema = closed_object(optional=optional, **members)
    content = {"application/json": {"schema": schema, "examples": {"example": {"value": REQUESTS[example]}}}}
    return {"requestBody": {"required": True, "content": content}}


def location_of(what: str) -> dict[str, Any]:
    """Describe the header with the address of what was made."""
    return {"Location": {"description": f"Address of the {what}.", "schema": {"type": "string"}}}


def problems_among(*kinds: type[p.Problem]) -> dict[int | str, dict[str, Any]]:
    """Describe the problems of an operation; those that others of its kind can have as well are added."""
    documented: dict[int | str, dict[str, Any]] = {}
    always = {p.Problem, p.DatabaseLocked} if p.DatabaseAway in kinds else {p.Problem}
    for kind in p.in_order({*kinds, *always}):
        entry = documented.setdefault(
            kind.status,
            {"model": ProblemAnswer, "description": "", "content": {p.PROBLEM_JSON: {"examples": {}}}},
        )
        entry["description"] = "; ".join(filter(None, (entry["description"], f"`{kind.code}`: {kind.title}")))
        entry["content"][p.PROBLEM_JSON]["examples"][kind.code] = {"$ref": f"#/components/examples/{kind.code}"}
        if kind.retry_after is not None:
            entry["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return documented
