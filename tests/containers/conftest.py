"""What `make test-containers` starts once: every service of compose.yaml, with a model that is served."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.composed import Composed
from tests.support.session.figures import show
from tests.support.waiting import eventually


@pytest.fixture(scope="session")
def composed() -> Iterator[Composed]:
    """Everything up, the default model trained as docs/operations.md says; at the end `down` leaves nothing."""
    settings = os.environ.get("SMARTPREDICT_TEST_SETTINGS")
    assert settings is not None, "these tests run by: make test-containers"
    composed = Composed(Path(settings))
    try:
        began = _seconds()
        composed.up()
        show(f"{len(composed.services)} services up: {_seconds() - began:.0f} s")
        composed.smartpredict("train", "equipment_failure")
        eventually(composed.is_ready, 120, composed.container("worker").log)
        show(f"a model trained in a container and served: {_seconds() - began:.0f} s after the start")
        yield composed
    finally:
        composed.down()
    assert composed.left() == []


def _seconds() -> float:
    return os.times().elapsed
