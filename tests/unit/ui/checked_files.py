"""The answer to a check of a file that the gateway would give, for the use case of the stand-in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from gateway_api.predict.file_check import file_answer
from usecases.checking.file_check import check_file
from usecases.contract.spec import UseCase
from usecases.mappings.mapping import FileMapping


def checked(
    declared: dict[str, Any], name: str, content: bytes, mapping: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Check a file by the contract of a use case, as the gateway describes it to the page, and by a mapping of the number 1."""
    described = {
        name: value for name, value in declared.items() if name in UseCase.model_fields and name != "schema_hash"
    }
    use_case = UseCase.model_validate(described | {"training": {"data": "rows.csv"}})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        kept = [] if mapping is None else [FileMapping.model_validate(mapping)]
        found = check_file(use_case, path, name, 1_000, kept)
    number = None if found.mapping is None else 1
    answer: dict[str, Any] = file_answer(use_case, found, number).model_dump(mode="json", exclude_unset=True)
    return answer
