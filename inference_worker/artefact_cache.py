"""Local copies of served models, so that a worker starts and goes on serving while the registry is away."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inference_worker.model_cache import ServedModel
from inference_worker.profiling import read_reference
from registry.artefact import fetch, file_digest, read_golden
from registry.client import Registry, RegistryAwayError, Version
from registry.golden import TOLERANCE, compare, read_batch
from registry.names import CHAMPION
from registry.trying_out import try_out
from sql.base.engine import is_database_away
from usecases.contract.forecast import ForecastOptions
from usecases.contract.spec import UseCase
from usecases.forecasts.baselines import best_baseline
from usecases.models.runtime import Runtime
from usecases.models.runtimes import RUNTIMES, runtime_of_file

KEPT_MODELS = 5
"""Copies kept of a use case: a rollback or two need no download, and the folder does not grow with every promotion."""


class WrongVersionError(Exception):
    """The version is not what was registered, or does not score as it did; says which."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A version that is to be served."""

    use_case: str
    version: int
    digest: str
    schema_hash: str


class ArtefactCache:
    """Finds out which version to serve, and keeps a copy of each that was, by its digest.

    Parameters
    ----------
    registry
        Where versions come from.
    folder
        Folder of the copies.
    threads
        Threads of one scoring call.
    alias
        Name in the registry of the version that is wanted.
    promoted
        Tells which version of a use case was promoted last; if not given, whatever bears the alias is wanted.
    """

    def __init__(
        self,
        registry: Registry,
        folder: Path,
        *,
        threads: int,
        alias: str = CHAMPION,
        promoted: Callable[[str], int | None] | None = None,
    ) -> None:
        self._registry = registry
        self._folder = folder
        self._threads = threads
        self._alias = alias
        self._promoted = promoted

    def wanted(self, use_case: str) -> Wanted | None:
        """Ask which version to serve; nothing where none was promoted yet.

        Raises
        ------
        registry.client.RegistryError
            If the registry is away.
        WrongVersionError
            If the version lacks the tags that a promotion writes, or was not promoted.
        """
        found = self._registry.by_alias(use_case, self._alias)
        if found is None:
            return None
        if found.digest is None or found.schema_hash is None:
            raise WrongVersionError(
                f"version {found.version} lacks the tags digest and schema_hash, for its alias was set by hand; "
                f"promote it: smartpredict models promote {use_case} {found.version}"
            )
        self._require_promoted(found)
        return Wanted(use_case, found.version, found.digest, found.schema_hash)

    def _require_promoted(self, found: Version) -> None:
        """Raise an error unless the gates let the version pass: whoever reaches MLflow can move an alias there."""
        if self._promoted is None:
            return
        try:
            promoted = self._promoted(found.use_case)
        except Exception as error:
            if is_database_away(error):
                raise RegistryAwayError("The history of promotions cannot be read, the database is away") from error
            raise
        if promoted != found.version:
            raise WrongVersionError(
                f"version {found.version} is champion in MLflow, but nobody promoted it, its alias was set by hand; "
                f"promote it: smartpredict models promote {found.use_case} {found.version}"
            )

    def best_baseline(self, use_case: str, options: ForecastOptions) -> str:
        """Ask which baseline erred least in the newest training of a forecast.

        Raises
        ------
        registry.client.RegistryError
            If the registry is away.
        """
        newest = self._registry.versions(use_case, limit=1)
        return best_baseline(options, self._registry.run(newest[0]).metrics if newest else {})

    def load(self, use_case: UseCase, wanted: Wanted) -> ServedModel:
        """Load a version, from its copy where there is one, prove that it scores as it did, and remember it as served.

        Raises
        ------
        registry.client.RegistryError
            If it cannot be downloaded.
        WrongVersionError
            If its bytes are not those that were registered, or it scores otherwise.
        registry.golden.GoldenBatchError, usecases.models.runtime.ModelError, usecases.models.runtime.ScoringError
            If it is no model, none of this use case, or cannot score its rows.
        """
        path, runtime = self._copy(wanted) or self._download(wanted)
        found = file_digest(path)
        if found != wanted.digest:
            path.unlink()
            raise WrongVersionError(
                f"version {wanted.version} has the digest {found[:12]}, registered was {wanted.digest[:12]}: "
                "the model file was changed after training"
            )
        model = runtime.load(path, threads=self._threads)
        model.require_fit(use_case)
        golden = _golden_of(path)
        if golden.exists():
            found_there = compare(use_case, model, read_batch(use_case, read_golden(golden.read_bytes()) or {}))
            if not found_there.difference <= TOLERANCE:
                raise WrongVersionError(
                    f"version {wanted.version} does not score its golden batch as where it was trained: "
                    f"{found_there.example}"
                )
        else:
            try_out(use_case, model)
        self._remember(wanted, path)
        profile = _profile_of(path)
        tally = read_reference(use_case, profile.read_bytes() if profile.exists() else None)
        return ServedModel(wanted.version, wanted.digest, wanted.schema_hash, model, tally)

    def last_served(self, use_case: str) -> Wanted | None:
        """Return the version that was served last on this machine, for a start without the registry."""
        try:
            note = json.loads(self._last(use_case).read_bytes())
            return Wanted(use_case, int(note["version"]), str(note["digest"]), str(note["schema_hash"]))
        except (OSError, ValueError, KeyError):
            return None

    def _copy(self, wanted: Wanted) -> tuple[Path, Runtime] | None:
        """Find the copy of a version; nothing where there is none."""
        paths = ((self._path(wanted, runtime), runtime) for runtime in RUNTIMES)
        return next((found for found in paths if found[0].exists()), None)

    def _path(self, wanted: Wanted, runtime: Runtime) -> Path:
        return self._folder / wanted.use_case / f"{wanted.digest}{runtime.ending}"

    def _last(self, use_case: str) -> Path:
        return self._folder / use_case / "last_served.json"

    def _download(self, wanted: Wanted) -> tuple[Path, Runtime]:
        """Fetch the files of a version; the model goes last: where it is, the others are too."""
        version = self._registry.version(wanted.use_case, wanted.version)
        with tempfile.TemporaryDirectory() as folder:
            artefact = fetch(self._registry, version, Path(folder))
            path = self._path(wanted, artefact.runtime)
            for beside, content in ((_golden_of(path), artefact.golden), (_profile_of(path), artefact.profile)):
                if content is not None:
                    _write_atomically(beside, content)
            _write_atomically(path, artefact.model.read_bytes())
        return path, artefact.runtime

    def _remember(self, wanted: Wanted, path: Path) -> None:
        """Note the version as served last, and drop the copies that were served longest ago."""
        note = {"version": wanted.version, "digest": wanted.digest, "schema_hash": wanted.schema_hash}
        _write_atomically(self._last(wanted.use_case), json.dumps(note).encode())
        path.touch()
        copies = sorted((file for file in path.parent.iterdir() if runtime_of_file(file) is not None), key=_age)
        for old in copies[KEPT_MODELS:]:
            for file in (old, _golden_of(old), _profile_of(old)):
                # Another worker on this machine may have been quicker.
                file.unlink(missing_ok=True)


def _golden_of(path: Path) -> Path:
    return path.with_suffix(".golden.json")


def _profile_of(path: Path) -> Path:
    return path.with_suffix(".profile.json")


def _age(path: Path) -> float:
    """Order copies by their last use, the latest first; one that is gone already comes last."""
    with contextlib.suppress(OSError):
        return -path.stat().st_mtime
    return 0.0


def _write_atomically(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    partial.write_bytes(content)
    partial.replace(path)
