"""The use cases this installation knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import yaml
from pydantic import ValidationError
from typing_extensions import override

from usecases.columns.patterns import error_in_words
from usecases.contract.spec import UseCase

BUNDLED = Path(__file__).parents[1]
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
    """Use cases by name, in the order of their names.

    Attributes
    ----------
    in_force
        The same as a plain dictionary, for what looks a name up for every part.
    """

    def __init__(self, use_cases: Mapping[str, UseCase], folders: Mapping[str, Path]) -> None:
        self.in_force = dict(sorted(use_cases.items()))
        self._folders = dict(folders)

    @override
    def __getitem__(self, name: str) -> UseCase:
        try:
            return self.in_force[name]
        except KeyError:
            raise UnknownUseCaseError(name, tuple(self.in_force)) from None

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self.in_force)

    @override
    def __len__(self) -> int:
        return len(self.in_force)

    def contract(self, name: str, schema_hash: str) -> UseCase | None:
        """Return the contract that rows were checked against, if it is known here."""
        use_case = self.in_force.get(name)
        return use_case if use_case is not None and use_case.schema_hash == schema_hash else None

    def folder(self, name: str) -> Path:
        """Folder that holds the yaml of a use case and whatever lies beside it."""
        return self._folders[self[name].name]


class LiveCatalog(Catalog):
    """Use cases of a service that runs: they come, change and go meanwhile.

    Whoever took a use case keeps it as it was to the end of what they do with it. Each exchange is one assignment, so
    readers in other threads need no lock.
    """

    def __init__(self, begin_with: Mapping[str, UseCase] | None = None) -> None:
        super().__init__(begin_with or {}, {})
        self._earlier: dict[tuple[str, str], UseCase] = {}

    @override
    def contract(self, name: str, schema_hash: str) -> UseCase | None:
        """Return the contract that rows were checked against: the one in force, or an earlier one."""
        return super().contract(name, schema_hash) or self._earlier.get((name, schema_hash))

    def take_over(
        self, in_force: Mapping[str, UseCase], earlier: Iterable[UseCase], gone: Iterable[str] = ()
    ) -> frozenset[str]:
        """Put contracts in force; returns the names of those that are other ones now.

        Parameters
        ----------
        in_force
            The contracts by name.
        earlier
            Contracts that were in force before, for rows that are on their way.
        gone
            Names of use cases that are none any more; rows on their way are still understood.
        """
        before = self.in_force
        without = set(gone)
        changed = {name: use_case for name, use_case in in_force.items() if before.get(name) != use_case}
        left_out = without & before.keys()
        kept = [*earlier, *(before[name] for name in {*changed, *left_out} & before.keys())]
        self._earlier = self._earlier | {(use_case.name, use_case.schema_hash): use_case for use_case in kept}
        if changed or left_out:
            both = {name: use_case for name, use_case in (before | changed).items() if name not in left_out}
            self.in_force = dict(sorted(both.items()))
        return frozenset({*changed, *left_out})


def load_catalog(
    extra_folder: Path | None = None, on_broken: Callable[[UseCaseFileError], object] | None = None
) -> Catalog:
    """Read the bundled use cases and those of one more folder, which win where names are equal.

    Parameters
    ----------
    extra_folder
        The folder, with one for each use case.
    on_broken
        Hears of files that are not valid, which are left out then.

    Raises
    ------
    UseCaseFileError
        If a file is not valid and nobody hears of it: one that a person edits must not vanish without a word.
    """
    use_cases: dict[str, UseCase] = {}
    folders: dict[str, Path] = {}
    for root in filter(None, (BUNDLED, extra_folder)):
        for path in sorted(root.glob("*/usecase.yaml")):
            try:
                use_case = read_use_case(path)
            except UseCaseFileError as error:
                if on_broken is None:
                    raise
                on_broken(error)
                continue
            use_cases[use_case.name] = use_case
            folders[use_case.name] = path.parent
    return Catalog(use_cases, folders)


def use_case_folder(name: str, extra_folder: Path | None = None) -> Path:
    """Find the folder of a use case, whatever its yaml says at this moment."""
    own = None if extra_folder is None else extra_folder / name
    return own if own is not None and own.is_dir() else BUNDLED / name


def read_use_case(path: Path) -> UseCase:
    """Read and check one `usecase.yaml`."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UseCaseFileError(f"{path} cannot be read as YAML: {error}") from error
    except ValueError as error:
        raise UseCaseFileError(
            f"{path}: {error}; put a text that is no date, such as '0000-00-00', in quotation marks"
        ) from error
    try:
        # Through JSON, so that strictness is that of JSON: a yaml date stays a text, not a Python object.
        use_case = UseCase.model_validate_json(json.dumps(content, default=str))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc']) or 'file'}: {error_in_words(problem)}"
            for problem in error.errors()
        )
        raise UseCaseFileError(f"{path} is not a valid use case: {problems}") from error
    if use_case.name != path.parent.name:
        raise UseCaseFileError(f"{path} declares {use_case.name!r} but lies in a folder {path.parent.name!r}")
    return use_case
