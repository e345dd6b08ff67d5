"""What the reference of the API says of use cases, and of adding one."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.reference.documenting import (
    COMMAND,
    FILE_BODY,
    answer_like,
    closed_object,
    json_body,
    location_of,
    page_for_people,
    problems_among,
)
from gateway_api.reference.examples import CSV_FILES
from gateway_api.use_cases import problems as sp
from gateway_api.use_cases.answers import AddedUseCase

USE_CASES: dict[str, Any] = {
    "operation_id": "listUseCases",
    "responses": {200: answer_like("use-cases"), **problems_among(p.Unauthorized)},
}


USE_CASE: dict[str, Any] = {
    "operation_id": "getUseCase",
    "responses": {
        200: answer_like("use-case"),
        **problems_among(p.Unauthorized, p.UnknownUseCase, p.InvalidParameters),
    },
}


FEATURE_TABLES: dict[str, Any] = {
    "operation_id": "getFeatureTables",
    "responses": {
        200: answer_like("feature-tables"),
        **problems_among(p.Unauthorized, p.UnknownUseCase, p.InvalidParameters),
    },
}


TEMPLATE: dict[str, Any] = {
    "operation_id": "getTemplate",
    "responses": {
        200: {
            "description": "A CSV file with one row of examples.",
            "content": {"text/csv": {"schema": {"type": "string"}, "example": CSV_FILES["template.csv"]}},
        },
        **problems_among(p.Unauthorized, p.UnknownUseCase, p.InvalidParameters),
    },
}


INFER: dict[str, Any] = {
    "operation_id": "inferUseCase",
    "description": (
        "Makes a use case of a CSV or Parquet file with one row per known case: types, ranges, categories, task, and what a "
        "person should look at. Nothing is added yet; the file is kept for a day, for `POST /use-cases`. Only for keys of the role `admin`."
    ),
    "responses": {
        200: answer_like("inferred"),
        **problems_among(
            p.MalformedBody, p.Unauthorized, p.Forbidden, sp.SetupNotPossible, p.TooLarge, p.UnsupportedMediaType,
            p.InvalidParameters, p.EmptyUpload, sp.CannotInfer, p.StorageFull,
        ),
    },
    "openapi_extra": FILE_BODY,
}  # fmt: skip


PROFILE: dict[str, Any] = {
    "operation_id": "profileData",
    "description": (
        "Shows what is in a file that was sent to `POST /use-cases/infer`, as `smartpredict profile` does: every column with its "
        "type, missing values, span, values far out and distribution, and with a target how it goes together with it. One page "
        "that loads nothing. Only for keys of the role `admin`."
    ),
    "responses": {
        200: page_for_people("churn.csv"),
        **problems_among(p.Unauthorized, p.Forbidden, sp.SetupNotPossible, p.InvalidParameters, sp.CannotInfer),
    },
}


ADD: dict[str, Any] = {
    "operation_id": "addUseCase",
    "status_code": 201,
    "description": (
        "Adds a use case: writes its file and data, makes its table, and has every service know it within a second. Its model "
        "comes from `smartpredict train`. Only for keys of the role `admin`."
    ),
    "responses": {
        201: answer_like(
            "added",
            model=AddedUseCase,
            description="The use case is there; it has no model yet.",
            headers=location_of("use case"),
        ),
        **problems_among(
            p.MalformedBody, p.Unauthorized, p.Forbidden, sp.UseCaseExists, sp.SetupNotPossible, p.TooLarge,
            p.UnsupportedMediaType, p.InvalidParameters, sp.InvalidUseCase, p.DatabaseAway, p.Overloaded,
        ),
    },
    "openapi_extra": json_body(
        "add-use-case",
        use_case={"type": "object", "description": "As in `usecase.yaml`; `training.data` is filled in."},
        data={"type": "string", "description": "`data` of the answer of `POST /use-cases/infer`."},
    ),
}  # fmt: skip


CHANGE_WORDING: dict[str, Any] = {
    "operation_id": "changeWording",
    "description": (
        "Changes what people read about a use case: its title and description, and titles, descriptions and units of its "
        "columns, in its `usecase.yaml` and for every service within a second. What is left out stays. Rows are checked as "
        "before: what a valid row is, is edited in the file, and comes in force with a version that was trained for it. Only for "
        "keys of the role `admin`, and for use cases that this installation added."
    ),
    "responses": {
        200: answer_like("use-case", description="The use case as it is from now on."),
        **problems_among(*COMMAND, p.UnknownUseCase, sp.SetupNotPossible, sp.InvalidUseCase),
    },
    "openapi_extra": json_body(
        "change-wording",
        optional=("title", "description", "features"),
        title={"type": "string", "minLength": 1, "maxLength": 120, "description": "Name a person reads."},
        description={"type": "string", "maxLength": 2_000, "description": "What is predicted, and from what."},
        features={
            "type": "object",
            "maxProperties": 1_000,
            "additionalProperties": closed_object(
                optional=("title", "description", "unit"),
                title={"type": "string", "maxLength": 120, "description": "Label a person reads."},
                description={"type": "string", "maxLength": 1_000, "description": "Help text."},
                unit={"type": "string", "maxLength": 30, "description": "Unit shown beside the value."},
            ),
            "description": "Texts of columns, by their names.",
        },
    ),
}
