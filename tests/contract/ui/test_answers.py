"""What the gateway gives as examples of its answers, the page can read."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from gateway_api.reference import examples
from ui.gateway import answers


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        (answers.DriftAnswer, examples.ANSWERS["drift"]),
        (answers.WatchedQuality, examples.ANSWERS["watched-quality"]),
        (answers.ModelVersions, examples.ANSWERS["model-versions"]),
        (answers.ChampionHistory, examples.ANSWERS["champion-history"]),
        (answers.ChampionAnswer, examples.ANSWERS["champion"]),
        (answers.ShadowReport, examples.ANSWERS["shadow"]),
        (answers.Performance, examples.ANSWERS["performance"]),
        (answers.QualityReportAnswer, examples.ANSWERS["quality-report"]),
    ],
)
def test_the_page_reads_what_the_gateway_says(kind: type[Any], example: dict[str, Any]) -> None:
    read = TypeAdapter(kind).validate_python(example)
    for name in kind.__dataclass_fields__:
        # A field that the gateway does not have would stay at its default for ever.
        assert name in example, name
    assert read.use_case == example["use_case"]
