"""The JSON Schema of `usecase.yaml`, from which editors complete and check while one types.

`python -m usecases.contract.json_schema` writes it anew; a test compares the committed file with the code.
"""

from __future__ import annotations

import json
from pathlib import Path

from usecases.contract.spec import UseCase

SCHEMA_FILE = Path(__file__).parents[1] / "usecase.schema.json"


def render_schema() -> str:
    """Return the schema as it stands in the file."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **UseCase.model_json_schema(),
        "title": "usecase.yaml",
        "description": "What can be predicted: one file from which everything else about a use case is derived.",
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(render_schema(), encoding="utf-8")
