"""The files of a version, fetched and told apart: the open formats of the model libraries are served, anything else refused."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from registry.client import Registry, RegistryError, Version
from registry.names import EXTRA_FILES, GOLDEN_FILE, PROFILE_FILE, REPORT_FILE
from registry.report import ModelReport, read_report
from usecases.models.runtime import Model, Runtime
from usecases.models.runtimes import how_to_register, runtime_of_flavours

_DESCRIPTION = "MLmodel"
"""MLflow's file that says what the others are."""


class WrongFormatError(RegistryError):
    """The version is in no open format of a model library; loading it could run anybody's code."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """The files of a version, on this machine.

    Attributes
    ----------
    model
        The model file.
    runtime
        The library it is of.
    digest
        Its SHA-256.
    golden, profile
        Golden batch and reference profile as JSON texts; none where none was stored.
    """

    model: Path
    runtime: Runtime
    digest: str
    golden: bytes | None
    profile: bytes | None

    def load(self) -> Model:
        """Load the model.

        Raises
        ------
        usecases.models.runtime.ModelError
            If the file is not what it is called.
        """
        return self.runtime.load(self.model)

    def golden_batch(self) -> dict[str, Any] | None:
        """Read the golden batch; an empty one where it cannot be read, which no model scores."""
        return read_golden(self.golden)


def fetch(registry: Registry, version: Version, folder: Path) -> Artefact:
    """Fetch what is needed of a version into a folder.

    Raises
    ------
    WrongFormatError
        If it is of no known library; nothing but its description is fetched then.
    registry.client.RegistryError
        If the registry is away or lacks the files.
    """
    described = registry.download(version, _DESCRIPTION, folder)
    if described is None:
        raise WrongFormatError(f"it has no file {_DESCRIPTION}; {how_to_register()}")
    runtime, name = model_file(described.read_text(encoding="utf-8"))
    path = registry.download(version, name, folder)
    if path is None:
        raise RegistryError(f"version {version.version} of {version.use_case} lacks its model file; register it again")
    golden, profile = (_extra(registry, version, name, folder) for name in (GOLDEN_FILE, PROFILE_FILE))
    return Artefact(path, runtime, file_digest(path), golden, profile)


def fetch_report(registry: Registry, version: Version) -> ModelReport | None:
    """Fetch the report of a version; none where its training kept none.

    Raises
    ------
    registry.report.UnreadableReportError
        If it is too large, or no report that this release knows.
    registry.client.RegistryError
        If the registry is away.
    """
    with tempfile.TemporaryDirectory() as folder:
        content = _extra(registry, version, REPORT_FILE, Path(folder))
    return None if content is None else read_report(content)


def _extra(registry: Registry, version: Version, name: str, folder: Path) -> bytes | None:
    path = registry.download(version, f"{EXTRA_FILES}/{name}", folder)
    return None if path is None else path.read_bytes()


def model_file(description: str) -> tuple[Runtime, str]:
    """Find the model file in MLflow's description of a version, and the library it is of.

    >>> model_file("flavors: {xgboost: {data: model.ubj}, python_function: {loader_module: mlflow.xgboost}}")[1]
    'model.ubj'

    Raises
    ------
    WrongFormatError
        If no model of a known library is described, or its file lies elsewhere.
    """
    try:
        flavours = dict(yaml.safe_load(description)["flavors"])
        runtime = runtime_of_flavours(flavours)
        path = None if runtime is None else flavours[runtime.name][runtime.file_key]
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise WrongFormatError(f"its file {_DESCRIPTION} cannot be read; {how_to_register()}") from error
    if runtime is None:
        found = ", ".join(sorted(flavours)) or "none"
        raise WrongFormatError(f"its flavours are {found}, which may hold code (pickle); {how_to_register()}")
    if not isinstance(path, str) or Path(path).is_absolute() or ".." in Path(path).parts:
        raise WrongFormatError(f"its file {_DESCRIPTION} names no model file of its own; {how_to_register()}")
    return runtime, path


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
