"""The model libraries there are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from usecases.models.lightgbm_runtime import LIGHTGBM
from usecases.models.runtime import Runtime
from usecases.models.sklearn_runtime import SKLEARN
from usecases.models.xgboost_runtime import XGBOOST

RUNTIMES: list[Runtime] = [XGBOOST, LIGHTGBM, SKLEARN]
"""A further library is a file beside this one, and its runtime in this list."""

DEFAULT_RUNTIME: Runtime = XGBOOST
"""What a model is trained with unless somebody says otherwise."""


class UnknownLibraryError(ValueError):
    """No model library has that name; the message lists those there are."""


def runtime_named(name: str) -> Runtime:
    """Return the runtime of a model library.

    Raises
    ------
    UnknownLibraryError
        If there is none of that name.
    """
    known = {runtime.name: runtime for runtime in RUNTIMES}
    if name not in known:
        raise UnknownLibraryError(f"no model library is called {name}; there are {', '.join(known)}")
    return known[name]


def runtime_of_flavours(flavours: Mapping[str, Any]) -> Runtime | None:
    """Return the runtime that loads a version by the flavours MLflow describes; nothing where none does without its code."""
    return next((one for one in RUNTIMES if one.name in flavours and one.is_open(flavours[one.name])), None)


def runtime_of_file(path: Path) -> Runtime | None:
    """Return the runtime that a model file belongs to, by its ending; nothing where it is no model file."""
    return next((runtime for runtime in RUNTIMES if path.suffix == runtime.ending), None)


def how_to_register() -> str:
    """Return how somebody registers a model that can be served, as the end of a sentence."""
    return "register it with " + " or ".join(runtime.how_to_register for runtime in RUNTIMES)
