"""What becomes of a promotion."""

from __future__ import annotations

import pytest

from registry.changes import PromotionRefusedError
from registry.client import Registry
from registry.gates import Gate, GateOutcome
from registry.lifecycle import Lifecycle
from registry.names import CHAMPION
from usecases.contract.spec import UseCase


def champion(registry: Registry, use_case: UseCase) -> int | None:
    found = registry.by_alias(use_case.name, CHAMPION)
    return None if found is None else found.version


def refusal(lifecycle: Lifecycle, use_case: UseCase, version: int) -> tuple[Gate, str]:
    """Try to promote what one gate has to refuse; gives the gate and its words."""
    with pytest.raises(PromotionRefusedError, match=f"Version {version} of {use_case.name} is refused") as caught:
        lifecycle.promote(use_case, version, "test")
    [refused] = [result for result in caught.value.results if result.outcome is GateOutcome.REFUSED]
    assert refused.detail in str(caught.value)
    return refused.gate, refused.detail
