"""What the gateway gives as examples of its answers, the page can read."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from gateway_api.drift import examples as drift_examples
from gateway_api.models import examples as model_examples
from gateway_api.performance import examples as performance_examples
from gateway_api.shadow import examples as shadow_examples
from ui import model_answers, monitoring_answers


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        (monitoring_answers.Drift, drift_examples.ANSWERS["drift"]),
        (monitoring_answers.WatchedQuality, drift_examples.ANSWERS["watched-quality"]),
        (model_answers.ModelVersions, model_examples.ANSWERS["model-versions"]),
        (model_answers.ChampionHistory, model_examples.ANSWERS["champion-history"]),
        (model_answers.Champion, model_examples.ANSWERS["champion"]),
        (model_answers.ShadowReport, shadow_examples.ANSWERS["shadow"]),
        (monitoring_answers.Performance, performance_examples.ANSWERS["performance"]),
    ],
)
def test_the_page_reads_what_the_gateway_says(kind: type[Any], example: dict[str, Any]) -> None:
    read = TypeAdapter(kind).validate_python(example)
    for name in kind.__dataclass_fields__:
        # A field that the gateway does not have would stay at its default for ever.
        assert name in example, name
    assert read.use_case == example["use_case"]
