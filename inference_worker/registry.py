"""Where served models come from: the registry, and local copies for when it is away."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from inference_worker.profiling import read_reference
from inference_worker.shelf import ServedModel
from usecases.scoring import load_model, require_fit
from usecases.spec import UseCase

CHAMPION = "champion"
"""Alias in the registry of the version that is served."""

MODEL_FILE, PROFILE_FILE = "model.ubj", "profile.json"


class RegistryError(Exception):
    """The registry cannot be asked, or what it holds cannot be served; says which."""


@dataclass(frozen=True, slots=True)
class Champion:
    """The version the registry says to serve."""

    use_case: str
    version: int
    digest: str
    schema_hash: str


class Registry:
    """Looks up champions in MLflow and keeps a local copy of each, by its digest.

    Parameters
    ----------
    url
        MLflow tracking URI.
    folder
        Folder of the local copies.
    threads
        Threads of one scoring call.
    """

    def __init__(self, url: str, folder: Path, *, threads: int) -> None:
        self._url = url
        self._folder = folder
        self._threads = threads

    def champion(self, use_case: str) -> Champion | None:
        """Ask which version to serve; nothing where none was promoted yet.

        Raises
        ------
        RegistryError
            If the registry is away, or the version lacks the tags that training writes.
        """
        from mlflow.exceptions import MlflowException  # noqa: PLC0415  # takes two seconds; the worker starts without
        from mlflow.tracking import MlflowClient  # noqa: PLC0415

        # A registry that is away must not hold up a start for minutes; the poll asks again soon.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
        try:
            version = MlflowClient(tracking_uri=self._url).get_model_version_by_alias(use_case, CHAMPION)
        except MlflowException as error:
            if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                return None
            raise RegistryError(f"MLflow cannot be asked for {use_case}: {error}") from error
        tags = version.tags
        if "digest" not in tags or "schema_hash" not in tags:
            raise RegistryError(f"version {version.version} of {use_case} lacks the tags digest and schema_hash")
        return Champion(use_case, int(version.version), tags["digest"], tags["schema_hash"])

    def load(self, use_case: UseCase, champion: Champion) -> ServedModel:
        """Load a version, from its local copy where there is one, and remember it as the last one served.

        Raises
        ------
        RegistryError
            If it cannot be downloaded, or its bytes are not those that were registered.
        usecases.scoring.ModelError
            If it is no model, or none of this use case.
        """
        path = self._folder / champion.use_case / f"{champion.digest}.ubj"
        if not path.exists():
            self._download(champion, path)
        _require_digest(path, champion)
        model = load_model(path, threads=self._threads)
        require_fit(use_case, model)
        profile = _profile_of(path)
        tally = read_reference(use_case, profile.read_bytes() if profile.exists() else None)
        served = ServedModel(champion.version, champion.schema_hash, model, tally)
        note = {"version": champion.version, "digest": champion.digest, "schema_hash": champion.schema_hash}
        _write_atomically(self._last(champion.use_case), json.dumps(note).encode())
        return served

    def last_served(self, use_case: str) -> Champion | None:
        """Give the version that was served last on this machine, for a start without the registry."""
        try:
            note = json.loads(self._last(use_case).read_bytes())
            return Champion(use_case, int(note["version"]), str(note["digest"]), str(note["schema_hash"]))
        except (OSError, ValueError, KeyError):
            return None

    def _last(self, use_case: str) -> Path:
        return self._folder / use_case / "last_served.json"

    def _download(self, champion: Champion, path: Path) -> None:
        import mlflow  # noqa: PLC0415  # see champion()
        from mlflow.exceptions import MlflowException  # noqa: PLC0415

        uri = f"models:/{champion.use_case}/{champion.version}"
        with tempfile.TemporaryDirectory() as folder:
            try:
                # A `models:/` address is looked up at the process's own registry, whatever is passed along.
                mlflow.set_tracking_uri(self._url)
                local = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder))
            except (MlflowException, OSError) as error:
                raise RegistryError(f"{uri} cannot be downloaded: {error}") from error
            found = sorted(local.rglob(MODEL_FILE))
            if not found:
                raise RegistryError(f"{uri} holds no {MODEL_FILE}; only XGBoost's own format is served")
            path.parent.mkdir(parents=True, exist_ok=True)
            # The model goes last: where it is, its profile is too.
            for profile in local.rglob(PROFILE_FILE):
                _write_atomically(_profile_of(path), profile.read_bytes())
            partial = path.with_suffix(f".{os.getpid()}.part")
            shutil.copyfile(found[0], partial)
            partial.replace(path)


def _profile_of(path: Path) -> Path:
    return path.with_suffix(".profile.json")


def _require_digest(path: Path, champion: Champion) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != champion.digest:
        path.unlink()
        raise RegistryError(
            f"version {champion.version} of {champion.use_case} has the digest {digest[:12]}, "
            f"registered was {champion.digest[:12]}: the artefact was changed after training"
        )


def _write_atomically(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    partial.write_bytes(content)
    partial.replace(path)
