"""Examples of adding a use case, for the reference."""

from __future__ import annotations

from typing import Any

from gateway_api.door.problems import Problem
from gateway_api.use_cases import problems as p

DATA = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b.csv"

USE_CASE: dict[str, Any] = {
    "name": "churn",
    "title": "Churn",
    "task": "binary",
    "target": "churned",
    "target_source_name": "Churned",
    "classes": ["no", "yes"],
    "ignored_columns": ["Churned"],
    "features": [
        {
            "name": "age_years",
            "type": "integer",
            "source_name": "Age (years)",
            "unit": "years",
            "minimum": 0,
            "maximum": 110,
        }
    ],
    "training": {"data": "training.csv"},
}

ANSWERS: dict[str, dict[str, Any]] = {
    "inferred": {
        "use_case": USE_CASE,
        "data": DATA,
        "rows": 10_000,
        "findings": [
            {
                "column": "country",
                "severity": "look",
                "text": "the same value in every row that has one: DE",
                "done": "left out",
            }
        ],
        "undecided": 0,
        "reasons": {"age_years": "74 different numbers from 18 to 91; the range has some room on either side"},
    },
    "added": {"name": "churn", "schema_hash": "0c1d2e3f4a5b", "next": "smartpredict train churn"},
}

MEMBERS: dict[type[Problem], dict[str, Any]] = {
    p.InvalidUseCase: {
        "errors": [
            {"parameter": "use_case/features/0/maximum", "in": "body", "message": "Input should be a valid number"}
        ]
    },
}
