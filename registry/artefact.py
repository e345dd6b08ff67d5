"""The files of a version, fetched and told apart: XGBoost's own format is served, anything else refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from registry.client import Registry, RegistryError, Version
from registry.names import EXTRA_FILES, GOLDEN_FILE, PROFILE_FILE

_DESCRIPTION = "MLmodel"
"""MLflow's file that says what the others are."""


class WrongFormatError(RegistryError):
    """The version is no XGBoost model in XGBoost's own format; loading it could run anybody's code."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """The files of a version, on this machine.

    Attributes
    ----------
    model
        The model file.
    digest
        Its SHA-256.
    golden, profile
        Golden batch and reference profile as JSON texts; none where none was stored.
    """

    model: Path
    digest: str
    golden: bytes | None
    profile: bytes | None

    def golden_batch(self) -> dict[str, Any] | None:
        """Read the golden batch; an empty one where it cannot be read, which no model scores."""
        return read_golden(self.golden)


def fetch(registry: Registry, version: Version, folder: Path) -> Artefact:
    """Fetch what is needed of a version into a folder.

    Raises
    ------
    WrongFormatError
        If it is no XGBoost model; nothing but its description is fetched then.
    registry.client.RegistryError
        If the registry is away or lacks the files.
    """
    described = registry.download(version, _DESCRIPTION, folder)
    if described is None:
        raise WrongFormatError(f"it has no file {_DESCRIPTION}; {_HOW}")
    path = registry.download(version, model_path(described.read_text(encoding="utf-8")), folder)
    if path is None:
        raise RegistryError(f"version {version.version} of {version.use_case} lacks its model file; register it again")
    golden, profile = (_extra(registry, version, name, folder) for name in (GOLDEN_FILE, PROFILE_FILE))
    return Artefact(path, file_digest(path), golden, profile)


def _extra(registry: Registry, version: Version, name: str, folder: Path) -> bytes | None:
    path = registry.download(version, f"{EXTRA_FILES}/{name}", folder)
    return None if path is None else path.read_bytes()


def model_path(description: str) -> str:
    """Find the model file in MLflow's description of a version.

    >>> model_path("flavors: {xgboost: {data: model.ubj}, python_function: {loader_module: mlflow.xgboost}}")
    'model.ubj'

    Raises
    ------
    WrongFormatError
        If no XGBoost model is described, or its file lies elsewhere.
    """
    try:
        flavours = dict(yaml.safe_load(description)["flavors"])
        path = flavours["xgboost"]["data"] if "xgboost" in flavours else None
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise WrongFormatError(f"its file {_DESCRIPTION} cannot be read; {_HOW}") from error
    if path is None:
        found = ", ".join(sorted(flavours)) or "none"
        raise WrongFormatError(f"its flavours are {found}, which may hold code (pickle); {_HOW}")
    if not isinstance(path, str) or Path(path).is_absolute() or ".." in Path(path).parts:
        raise WrongFormatError(f"its file {_DESCRIPTION} names no model file of its own; {_HOW}")
    return path


def read_golden(content: bytes | None) -> dict[str, Any] | None:
    """Read a golden batch; an empty one where it cannot be read, which no model scores."""
    if content is None:
        return None
    try:
        golden = json.loads(content)
    except ValueError:
        return {}
    return golden if isinstance(golden, dict) else {}


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, by which a worker knows that it loads what was registered."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


_HOW = "register it with mlflow.xgboost.log_model(..., model_format='ubj')"
