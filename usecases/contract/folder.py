"""Putting a use case into the folder of use cases."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from usecases.contract.catalog import UseCaseFileError, read_use_case
from usecases.contract.json_schema import SCHEMA_FILE
from usecases.contract.spec import UseCase
from usecases.contract.wording import Wording, file_with_wording, with_wording


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


def change_wording(root: Path, name: str, wording: Wording) -> None:
    """Change titles, descriptions and units in the file of a use case, of which all else stays as it is.

    Raises
    ------
    FileNotFoundError
        If its file is not there.
    usecases.contract.wording.UnknownFeatureError
        If its file does not name a feature.
    usecases.contract.catalog.UseCaseFileError
        If the file cannot be read, or is written so that only a person can change it.
    """
    target = root / name / "usecase.yaml"
    text = target.read_text(encoding="utf-8")
    wanted = with_wording(read_use_case(target), wording)
    with tempfile.TemporaryDirectory(dir=root, prefix=".wording-") as folder:
        trial = Path(folder) / name / "usecase.yaml"
        trial.parent.mkdir()
        trial.write_text(file_with_wording(text, wording), encoding="utf-8")
        if read_use_case(trial) != wanted:
            raise UseCaseFileError(f"{target} is written so that its texts cannot be changed alone; edit it by hand")
        trial.replace(target)


def _provide_schema(root: Path) -> None:
    """Write the JSON Schema to where the first line of every file points to, so that editors complete and check it."""
    target = root / SCHEMA_FILE.name
    if not target.exists() or target.read_bytes() != SCHEMA_FILE.read_bytes():
        partial = target.with_suffix(f".{os.getpid()}.part")
        shutil.copyfile(SCHEMA_FILE, partial)
        partial.replace(target)
