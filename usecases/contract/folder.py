"""Putting a use case into the folder of use cases."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from usecases.contract.catalog import read_use_case
from usecases.contract.json_schema import SCHEMA_FILE
from usecases.contract.spec import UseCase


class UseCaseExistsError(Exception):
    """There is a use case of that name already."""


def write_use_case(root: Path, name: str, text: str, data: tuple[Path, str], *, replace: bool) -> UseCase:
    """Write a use case with its data; its file appears last and whole, so that nobody finds half of it.

    Parameters
    ----------
    root
        Folder of use cases.
    name
        Name of the use case.
    text
        Content of its `usecase.yaml`.
    data
        Its data, which is copied, and the name it gets.
    replace
        Whether an earlier one of that name may go.

    Raises
    ------
    UseCaseExistsError
        If there is one and it may not go.
    usecases.contract.catalog.UseCaseFileError
        If the text is no use case of that name; nothing of an earlier one is touched then.
    """
    folder = root / name
    target = folder / "usecase.yaml"
    if target.exists() and not replace:
        raise UseCaseExistsError(f"{target} exists")
    # Read back from a folder of its name before anything is replaced: what is written is what will be read.
    trial = root / f".{os.getpid()}.part" / name
    trial.mkdir(parents=True, exist_ok=True)
    try:
        (trial / "usecase.yaml").write_text(text, encoding="utf-8")
        use_case = read_use_case(trial / "usecase.yaml")
        source, data_name = data
        shutil.copyfile(source, trial / data_name)
        folder.mkdir(exist_ok=True)
        (trial / data_name).replace(folder / data_name)
        (trial / "usecase.yaml").replace(target)
        _provide_schema(root)
    finally:
        shutil.rmtree(trial.parent)
    return use_case


def _provide_schema(root: Path) -> None:
    """Write the JSON Schema to where the first line of every file points to, so that editors complete and check it."""
    target = root / SCHEMA_FILE.name
    if not target.exists() or target.read_bytes() != SCHEMA_FILE.read_bytes():
        partial = target.with_suffix(f".{os.getpid()}.part")
        shutil.copyfile(SCHEMA_FILE, partial)
        partial.replace(target)
