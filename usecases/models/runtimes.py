"""The model libraries there are."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from usecases.models.runtime import Runtime
from usecases.models.xgboost_runtime import XGBOOST

RUNTIMES: list[Runtime] = [XGBOOST]
"""A further library is a file beside this one, and its runtime in this list."""

DEFAULT_RUNTIME: Runtime = XGBOOST
"""What a model is trained with unless somebody says otherwise."""


def runtime_of_flavours(flavours: Container[str]) -> Runtime | None:
    """Return the runtime that loads a version by the flavours MLflow knows of it; nothing where none does."""
    return next((runtime for runtime in RUNTIMES if runtime.name in flavours), None)


def runtime_of_file(path: Path) -> Runtime | None:
    """Return the runtime that a model file belongs to, by its ending; nothing where it is no model file."""
    return next((runtime for runtime in RUNTIMES if path.suffix == runtime.ending), None)


def how_to_register() -> str:
    """Return how somebody registers a model that can be served, as the end of a sentence."""
    return "register it with " + " or ".join(runtime.how_to_register for runtime in RUNTIMES)
