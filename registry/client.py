"""Speaking with MLflow, over its REST interface.

Not through MLflow's own client: importing that takes seconds and 160 MB, in every worker, in the gateway and in a
rollback that has to take effect within two, and it keeps the address of the server in global state. Six requests do.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from registry.names import DIGEST_TAG, SCHEMA_HASH_TAG, SPLIT_TAG

SECONDS = 10.0
"""How long an answer may take; a registry that is away must not hold anybody up, serving goes on without it."""

PAGE = 100
"""Versions asked for at once."""

_API = "/api/2.0/mlflow"
_ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
_PROXIED = "mlflow-artifacts:"


class RegistryError(Exception):
    """The registry cannot be asked, or does not hold what is asked for; the message says which."""


class RegistryAwayError(RegistryError):
    """MLflow does not answer; trying again later may help."""


class NoSuchVersionError(RegistryError):
    """The registry has no such version."""


@dataclass(frozen=True, slots=True)
class Version:
    """A registered version of a model.

    Attributes
    ----------
    aliases
        Names it is known by, such as ``champion``.
    run_id
        The run that made it; empty where it was registered without one.
    """

    use_case: str
    version: int
    created_at: datetime
    tags: Mapping[str, str]
    aliases: tuple[str, ...]
    run_id: str

    @property
    def digest(self) -> str | None:
        """SHA-256 of its model file, where whoever registered it wrote it down."""
        return self.tags.get(DIGEST_TAG)

    @property
    def schema_hash(self) -> str | None:
        """Hash of the row contract it was trained for, where whoever registered it wrote it down."""
        return self.tags.get(SCHEMA_HASH_TAG)

    @property
    def split(self) -> str | None:
        """How the rows it was judged by were chosen, where whoever registered it wrote it down."""
        return self.tags.get(SPLIT_TAG)


@dataclass(frozen=True, slots=True)
class Run:
    """The training that made a version."""

    metrics: Mapping[str, float]
    url: str


class Registry:
    """Versions, aliases, tags and files of the models in one MLflow server; safe to use from many threads.

    Parameters
    ----------
    url
        Address of the server. MLflow's variables ``MLFLOW_TRACKING_USERNAME`` and ``MLFLOW_TRACKING_PASSWORD``, or
        ``MLFLOW_TRACKING_TOKEN``, are honoured.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._http: httpx.Client | None = None

    def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            self._http.close()

    def by_alias(self, use_case: str, alias: str) -> Version | None:
        """Find the version behind an alias; none where there is none."""
        try:
            return _version(self._get("registered-models/alias", name=use_case, alias=alias)["model_version"])
        except NoSuchVersionError:
            return None

    def version(self, use_case: str, number: int) -> Version:
        """Find a version by its number.

        Raises
        ------
        NoSuchVersionError
            If there is none.
        """
        try:
            return _version(self._get("model-versions/get", name=use_case, version=str(number))["model_version"])
        except NoSuchVersionError as error:
            raise NoSuchVersionError(
                f"There is no version {number} of {use_case}. List them: smartpredict models list {use_case}"
            ) from error

    def versions(self, use_case: str, limit: int = PAGE) -> list[Version]:
        """List the newest versions, newest first."""
        try:
            model = self._get("registered-models/get", name=use_case)["registered_model"]
        except NoSuchVersionError:
            return []
        found = self._get(
            "model-versions/search", filter=f"name='{use_case}'", max_results=limit, order_by="version_number DESC"
        ).get("model_versions", ())
        aliases = defaultdict(list)  # a search leaves them out
        for named in model.get("aliases", ()):
            aliases[named["version"]].append(named["alias"])
        versions = [_version(entry | {"aliases": aliases[entry["version"]]}) for entry in found]
        return sorted(versions, key=lambda version: version.version, reverse=True)

    def set_alias(self, use_case: str, alias: str, number: int) -> None:
        """Point an alias at this version."""
        self._ask("POST", "registered-models/alias", json={"name": use_case, "alias": alias, "version": str(number)})

    def drop_alias(self, use_case: str, alias: str) -> None:
        """Remove an alias."""
        self._ask("DELETE", "registered-models/alias", json={"name": use_case, "alias": alias})

    def set_tag(self, version: Version, key: str, value: str) -> None:
        """Write a tag to a version."""
        tag = {"name": version.use_case, "version": str(version.version), "key": key, "value": value}
        self._ask("POST", "model-versions/set-tag", json=tag)

    def run(self, version: Version) -> Run:
        """Look up the training of a version; without metrics where it is not known."""
        if not version.run_id:
            return Run({}, "")
        try:
            found = self._get("runs/get", run_id=version.run_id)["run"]
        except NoSuchVersionError:  # the run was deleted, the version is still there
            return Run({}, "")
        metrics = {entry["key"]: float(entry["value"]) for entry in found["data"].get("metrics", ())}
        return Run(metrics, f"{self.url}/#/experiments/{found['info']['experiment_id']}/runs/{version.run_id}")

    def download(self, version: Version, path: str, folder: Path) -> Path | None:
        """Fetch a file of a version into a folder, under the same path; none where the version has no such file.

        Raises
        ------
        RegistryError
            If the registry is away or its storage refuses.
        """
        place, target = self._place(version), folder / path
        if not place.startswith(_PROXIED):
            return target if _download_with_mlflow(f"{place}/{path}", target, self.url) else None
        response = self._request("GET", f"{_address(place)}/{path}")
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        _require_success(response)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(response.content)
        return target

    def store(self, version: Version, path: str, content: bytes) -> None:
        """Store a file beside the model of a version, under this path.

        Raises
        ------
        RegistryError
            If the registry is away or its storage refuses.
        """
        place = self._place(version)
        if not place.startswith(_PROXIED):
            raise RegistryError(
                f"The files of version {version.version} of {version.use_case} are at {place}, which MLflow does not hand "
                "out itself; log the file with the model: log_model(..., extra_files=[...])"
            )
        _require_success(self._request("PUT", f"{_address(place)}/{path}", content=content))

    def _place(self, version: Version) -> str:
        name, number = version.use_case, str(version.version)
        place: str = self._get("model-versions/get-download-uri", name=name, version=number)["artifact_uri"]
        return place.rstrip("/")

    def _get(self, path: str, **parameters: Any) -> dict[str, Any]:
        return self._ask("GET", path, params=parameters)

    def _ask(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        response = self._request(method, f"{_API}/{path}", **content)
        _require_success(response)
        answer: dict[str, Any] = response.json()
        return answer

    def _request(self, method: str, path: str, **content: Any) -> httpx.Response:
        try:
            # Inside, because an address that is none shows itself only here.
            self._http = self._http or httpx.Client(base_url=self.url, timeout=SECONDS, **_credentials())
            return self._http.request(method, path, **content)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RegistryAwayError(
                f"MLflow at {self.url} does not answer: {str(error) or type(error).__name__}"
            ) from error


def _address(place: str) -> str:
    return f"{_ARTIFACTS}/{place.removeprefix(_PROXIED).lstrip('/')}"


def _credentials() -> dict[str, Any]:
    token, user = os.environ.get("MLFLOW_TRACKING_TOKEN"), os.environ.get("MLFLOW_TRACKING_USERNAME")
    if token:
        return {"headers": {"Authorization": f"Bearer {token}"}}
    return {"auth": (user, os.environ.get("MLFLOW_TRACKING_PASSWORD", ""))} if user else {}


def _require_success(response: httpx.Response) -> None:
    if response.is_success:
        return
    try:
        said = response.json()
        code, message = said["error_code"], said["message"]
    except (ValueError, KeyError, TypeError):
        code, message = "", f"status {response.status_code}"
    # MLflow answers INVALID_PARAMETER_VALUE where a model is there but the alias is not.
    missing_alias = code == "INVALID_PARAMETER_VALUE" and "alias" in message and "not found" in message
    if code == "RESOURCE_DOES_NOT_EXIST" or missing_alias:
        raise NoSuchVersionError(message)
    if response.is_server_error:
        raise RegistryAwayError(f"MLflow cannot answer now: {message[:300]}")
    raise RegistryError(f"MLflow refuses: {message[:300]}")


def _version(entry: Mapping[str, Any]) -> Version:
    return Version(
        use_case=entry["name"],
        version=int(entry["version"]),
        created_at=datetime.fromtimestamp(int(entry["creation_timestamp"]) / 1000, UTC),
        tags={tag["key"]: tag["value"] for tag in entry.get("tags", ())},
        aliases=tuple(sorted(entry.get("aliases", ()))),
        run_id=entry.get("run_id", ""),
    )


def _download_with_mlflow(uri: str, target: Path, url: str) -> bool:
    """Fetch a file from storage that the server does not hand out itself, such as a bucket."""
    import mlflow  # noqa: PLC0415  # see the module

    try:
        mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=str(target.parent), tracking_uri=url)
    except (mlflow.MlflowException, OSError) as error:
        if "not" in str(error).lower() and "exist" in str(error).lower():
            return False
        raise RegistryError(f"{uri} cannot be downloaded: {error}") from error
    return target.exists()
