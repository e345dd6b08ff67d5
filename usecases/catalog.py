"""The use cases this installation knows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from pydantic import ValidationError
from typing_extensions import override

from usecases.spec import UseCase

BUNDLED = Path(__file__).parent
"""Folder of the use cases that come along."""

DEFAULT_USE_CASE = "equipment_failure"
"""Meant where a caller names none."""


class UseCaseFileError(ValueError):
    """A usecase.yaml cannot be used; the message names the file and what to change."""


class UnknownUseCaseError(KeyError):
    """No use case of that name is known here."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name = name
        self.known = known

    @override
    def __str__(self) -> str:
        return f"there is no use case {self.name!r}; known are {', '.join(self.known)}"


class Catalog(Mapping[str, UseCase]):
    """Use cases by name, in the order of their names."""

    def __init__(self, use_cases: Mapping[str, UseCase], folders: Mapping[str, Path]) -> None:
        self._use_cases = dict(sorted(use_cases.items()))
        self._folders = dict(folders)

    @override
    def __getitem__(self, name: str) -> UseCase:
        try:
            return self._use_cases[name]
        except KeyError:
            raise UnknownUseCaseError(name, tuple(self._use_cases)) from None

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._use_cases)

    @override
    def __len__(self) -> int:
        return len(self._use_cases)

    def folder(self, name: str) -> Path:
        """Folder that holds the yaml of a use case and whatever lies beside it."""
        return self._folders[self[name].name]


def load_catalog(extra_folder: Path | None = None) -> Catalog:
    """Read the bundled use cases and those of one more folder, which win where names are equal.

    Raises
    ------
    UseCaseFileError
        If a file is not valid; one broken use case stops the start rather than vanish from the pipeline.
    """
    use_cases: dict[str, UseCase] = {}
    folders: dict[str, Path] = {}
    for root in filter(None, (BUNDLED, extra_folder)):
        for path in sorted(root.glob("*/usecase.yaml")):
            use_case = read_use_case(path)
            use_cases[use_case.name] = use_case
            folders[use_case.name] = path.parent
    return Catalog(use_cases, folders)


def read_use_case(path: Path) -> UseCase:
    """Read and check one `usecase.yaml`."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UseCaseFileError(f"{path} cannot be read as YAML: {error}") from error
    try:
        # Through JSON, so that strictness is that of JSON: a yaml date stays a text, not a Python object.
        use_case = UseCase.model_validate_json(json.dumps(content, default=str))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc']) or 'file'}: {problem['msg']}"
            for problem in error.errors()
        )
        raise UseCaseFileError(f"{path} is not a valid use case: {problems}") from error
    if use_case.name != path.parent.name:
        raise UseCaseFileError(f"{path} declares {use_case.name!r} but lies in a folder {path.parent.name!r}")
    return use_case
