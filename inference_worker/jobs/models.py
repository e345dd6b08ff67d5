"""The versions that jobs are scored with: the served one mostly, another where it was exchanged since a job was planned."""

from __future__ import annotations

import threading

from inference_worker.artefact_cache import ArtefactCache, Wanted
from inference_worker.model_cache import ModelCache, NoModelError, ServedModel
from usecases.contract.spec import UseCase

KEPT_MODELS = 2
"""Versions that stay loaded; more jobs than that are rarely worked on at once."""


class JobModels:
    """Holds a job to the version it was planned with, so that all of its files are of one.

    Parameters
    ----------
    served
        What the worker serves.
    versions
        Loads any other version, from a copy or from the registry.
    """

    def __init__(self, served: ModelCache, versions: ArtefactCache) -> None:
        self._served = served
        self._versions = versions
        self._loaded: dict[tuple[str, int, str], ServedModel] = {}
        self._lock = threading.Lock()

    def to_plan_with(self, use_case: UseCase) -> ServedModel:
        """Return the version that is served now.

        Raises
        ------
        NoModelError
            If none is loaded, or it was trained on other columns.
        """
        served = self._served.take(use_case)
        if not isinstance(served, ServedModel):
            raise NoModelError(f"no version of {use_case.name} has passed the gates")
        return served

    def version(self, use_case: UseCase, version: int, digest: str) -> ServedModel:
        """Return a version, loaded if it is not served.

        Raises
        ------
        registry.client.RegistryError, inference_worker.artefact_cache.WrongVersionError
            If it cannot be loaded, or is not what it was.
        """
        if self._served.holds(use_case.name, version, digest):
            return self.to_plan_with(use_case)
        key = (use_case.name, version, digest)
        with self._lock:
            if key not in self._loaded:
                wanted = Wanted(use_case.name, version, digest, use_case.schema_hash)
                self._loaded[key] = self._versions.load(use_case, wanted)
                while len(self._loaded) > KEPT_MODELS:
                    self._loaded.pop(next(iter(self._loaded)))
            return self._loaded[key]
