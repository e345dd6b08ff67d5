"""Setting up a new use case: the file it is made of, its own files, its table."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import ProgrammingError

from gateway_api.door.problems import InvalidParameters, UnsupportedMediaType
from gateway_api.settings import Settings
from gateway_api.use_cases.answers import InferAnswer, finding_answer
from gateway_api.use_cases.problems import CannotInfer, InvalidUseCase, SetupNotPossible, UseCaseExists
from gateway_api.use_cases.requests import AddUseCase, InferQuery, ProfileQuery
from sql.base.engine import connect_engine
from sql.registry.registration import SchemaChangedError, register
from usecases.analysis.analysis import analyze, infer_and_analyze
from usecases.analysis.page import analysis_page
from usecases.columns.patterns import error_in_words
from usecases.contract.folder import UseCaseExistsError, write_use_case
from usecases.contract.row_layout import TableRefusedError, canonical_names, require_columns
from usecases.contract.spec import UseCase
from usecases.formats.chunks import FileBrokenError
from usecases.formats.data_files import read_data
from usecases.formats.limits import UPLOADED_TABLE_BYTES
from usecases.formats.reading import UnknownFormatError, ending_of, endings
from usecases.proposal.choices import Choices
from usecases.proposal.findings import CannotInferError, Choice, not_read
from usecases.proposal.infer import infer
from usecases.proposal.writing import to_yaml

KEPT_SECONDS = 24 * 3600

MOST_PLOTS = 60
"""Columns that are drawn at once; each takes a twentieth of a second from the other callers."""


def staging_folder(settings: Settings) -> Path:
    """Return the folder of files that a use case may be made of; what nobody came back for is deleted.

    Raises
    ------
    SetupNotPossible
        If the gateway was not told where use cases and their tables go.
    """
    if settings.usecases is None or settings.setup_database_url is None:
        raise SetupNotPossible(
            "Set SMARTPREDICT_USECASES and SMARTPREDICT_SETUP_DATABASE_URL for the gateway, or use: smartpredict init"
        )
    folder = settings.usecases / ".uploads"
    folder.mkdir(parents=True, exist_ok=True)
    oldest = time.time() - KEPT_SECONDS
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
    return folder


def data_ending(name: str | None) -> str:
    """Return the ending of a file that a use case can be made of.

    Raises
    ------
    InvalidParameters, UnsupportedMediaType
        If the file has no name, or one of another format.
    """
    if not name:
        raise InvalidParameters("The file needs a name: add ?name=churn.csv, or send it as a form with a file field.")
    try:
        return ending_of(name)
    except UnknownFormatError as error:
        raise UnsupportedMediaType(
            f"The name {name[:80]!r} ends in no known format; known are {', '.join(endings())}."
        ) from error


def stored_data(settings: Settings, name: str) -> Path:
    """Return a file that was handed in.

    Raises
    ------
    InvalidParameters
        If it is not there, or not any more.
    """
    data = staging_folder(settings) / name
    if not data.exists():
        raise InvalidParameters("data: there is no such file, or not any more. Send it to POST /use-cases/infer again.")
    return data


def profile_page(data: Path, query: ProfileQuery) -> str:
    """Write a page about what is in a file.

    Raises
    ------
    CannotInfer
        If it cannot be read, or nothing can be predicted with this target.
    """
    name = Path(query.name).name or data.name
    try:
        left_out: list[str] = []
        table = read_data(data, left_out.append, most_bytes=UPLOADED_TABLE_BYTES)
        found = (
            analyze(table, name, findings=not_read(left_out))
            if query.target is None
            else infer_and_analyze(table, name, Choices(target=query.target), left_out)
        )
    except (CannotInferError, FileBrokenError) as error:
        raise CannotInfer(f"{error}.") from error
    return analysis_page(found, most_plots=MOST_PLOTS)


def infer_use_case(query: InferQuery, data: Path, name: str) -> InferAnswer:
    """Make a use case of a file.

    Raises
    ------
    CannotInfer
        If none can be made of it.
    """
    choices = Choices(
        target=query.target, name=query.use_case, key=query.key, task=query.task,
        drop=frozenset(query.drop), category=frozenset(query.category), keep=frozenset(query.keep),
        read=frozenset(query.read), missing=frozenset(query.missing), decided=dict(map(_decided, query.decide)),
    )  # fmt: skip
    try:
        left_out: list[str] = []
        table = read_data(data, left_out.append, most_bytes=UPLOADED_TABLE_BYTES)
        inferred = infer(table, choices, file_name=Path(name).name, data=_data_name(data.name), left_out=left_out)
    except (CannotInferError, FileBrokenError) as error:
        raise CannotInfer(f"{error}.") from error
    return InferAnswer(
        use_case=inferred.use_case.model_dump(mode="json", exclude_defaults=True),
        data=data.name,
        rows=inferred.rows,
        findings=[finding_answer(finding) for finding in inferred.findings],
        undecided=len(inferred.undecided),
        reasons=dict(inferred.reasons),
    )


def _decided(text: str) -> tuple[str, Choice]:
    name, _, choice = text.rpartition("=")
    return name, Choice(choice)


def add_use_case(settings: Settings, known: Container[str], command: AddUseCase) -> UseCase:
    """Write the files of a use case, and register it.

    Raises
    ------
    InvalidParameters, InvalidUseCase, CannotInfer
        If the use case is not valid, or does not fit its data.
    UseCaseExists
        If there is one of that name.
    """
    data = stored_data(settings, command.data)
    use_case = _read(command, data)
    root = settings.usecases
    assert root is not None  # noqa: S101  # staging has seen to it
    if use_case.name in known:
        raise _exists(use_case.name)
    try:
        write_use_case(root, use_case.name, to_yaml(use_case), (data, str(use_case.training.data)), replace=False)
    except UseCaseExistsError as error:
        raise _exists(use_case.name) from error
    try:
        _register(settings, use_case)
    except BaseException:
        shutil.rmtree(root / use_case.name)
        raise
    data.unlink(missing_ok=True)
    return use_case


def _read(command: AddUseCase, data: Path) -> UseCase:
    """Read the use case, and hold it against its data: what does not fit would only be found by the training."""
    content: dict[str, Any] = dict(command.use_case)
    training = content.get("training")
    content["training"] = {**(training if isinstance(training, dict) else {}), "data": _data_name(data.name)}
    try:
        use_case = UseCase.model_validate_json(json.dumps(content))
        header = read_data(data, most_bytes=UPLOADED_TABLE_BYTES).schema.names
    except ValidationError as error:
        raise _invalid([("/".join(map(str, one["loc"])), error_in_words(one)) for one in error.errors()]) from error
    except FileBrokenError as error:
        raise CannotInfer(f"{error}.") from error
    target = {use_case.target, use_case.target_source_name} - {""}
    if not target & {name.strip() for name in header}:
        raise _invalid(
            [("target", f"no column of the data has this name, or the name {use_case.target_source_name!r}")]
        )
    columns = canonical_names(use_case, [name for name in header if name.strip() not in target])
    try:
        require_columns(use_case, [name for name in columns if name is not None])
    except TableRefusedError as error:
        raise _invalid([("features", str(error))]) from error
    return use_case


def _register(settings: Settings, use_case: UseCase) -> None:
    try:
        with setup_transaction(settings) as connection:
            register(connection, use_case)
    except SchemaChangedError as error:
        raise UseCaseExists(f"{error}.") from error
    except ProgrammingError as error:
        # The table of an earlier use case belongs to the owner of the database, and is nobody else's to change.
        raise UseCaseExists(f"A table {use_case.name} is there already. Choose another name.") from error


@contextmanager
def setup_transaction(settings: Settings) -> Iterator[Connection]:
    """Open a transaction of the login that may set up use cases; :func:`staging_folder` sees to it that there is one."""
    url = settings.setup_database_url
    assert url is not None  # noqa: S101  # staging has seen to it
    engine = connect_engine(url.get_secret_value(), "setup", pool_size=1)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _exists(name: str) -> UseCaseExists:
    return UseCaseExists(
        f"There is a use case {name!r}. Choose another name; to change it, edit its usecase.yaml and run: "
        f"smartpredict train {name}"
    )


def _invalid(errors: list[tuple[str, str]]) -> InvalidUseCase:
    found = [
        {"parameter": "/".join(filter(None, ("use_case", field))), "in": "body", "message": message}
        for field, message in errors
    ]
    listed = "; ".join(f"{one['parameter']}: {one['message']}" for one in found[:5])
    return InvalidUseCase(f"{listed}.", errors=found)


def _data_name(name: str) -> str:
    return f"training.{name.partition('.')[2]}"
