"""Adding a use case from a file: look at what it would be, then add it, edited or not."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ValidationError
from sqlalchemy.exc import ProgrammingError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway_api.door.accounts import Role
from gateway_api.door.problems import Forbidden, InvalidParameters, UnsupportedMediaType
from gateway_api.gateway import Gateway, account_of, gateway_of
from gateway_api.use_cases.problems import CannotInfer, InvalidUseCase, SetupNotPossible, UseCaseExists
from gateway_api.use_cases.reference import ADD, INFER
from gateway_api.use_cases.setup_answers import AddedUseCase, AddUseCase, FindingAnswer, InferAnswer, InferQuery
from gateway_api.wire.commands import read_command
from gateway_api.wire.uploads import open_upload, stored_upload
from sql.base.engine import connect_engine
from sql.registry.registration import SchemaChangedError, register
from usecases.folder import UseCaseExistsError, write_use_case
from usecases.formats.chunks import FileBrokenError
from usecases.formats.data_files import read_data
from usecases.formats.registry import UnknownFormatError, ending_of, endings
from usecases.inference.findings import CannotInferError
from usecases.inference.infer import Choices, infer
from usecases.inference.writing import to_yaml
from usecases.source_names import canonical_names
from usecases.spec import UseCase
from usecases.table_check import TableRefusedError, require_columns

MOST_BYTES_OF_A_USE_CASE = 4 * 1024 * 1024
"""500 features, or 10,000 categories, with room to spare."""

KEPT_SECONDS = 24 * 3600

router = APIRouter(tags=["Use cases"])


@router.post("/use-cases/infer", **INFER)
async def infer_use_case(request: Request, query: Annotated[InferQuery, Query()]) -> InferAnswer:
    """Make a use case of a file, for a person to look at."""
    _require_admin(request)
    gateway = gateway_of(request)
    staging = _staging(gateway)
    upload = await open_upload(request, gateway.settings.max_infer_bytes)
    ending = _ending(upload.name)
    async with stored_upload(upload, staging) as stored:
        data = staging / f"{stored.digest}{ending}"
        await asyncio.to_thread(os.replace, stored.path, data)
    return await asyncio.to_thread(_infer, query, data, upload.name or "")


@router.post("/use-cases", **ADD)
async def add_use_case(request: Request) -> Response:
    """Add a use case."""
    _require_admin(request)
    gateway = gateway_of(request)
    command = await read_command(request, AddUseCase, MOST_BYTES_OF_A_USE_CASE)
    use_case = await asyncio.to_thread(_add, gateway, command)
    answer = AddedUseCase(
        name=use_case.name, schema_hash=use_case.schema_hash, next=f"smartpredict train {use_case.name}"
    )
    return JSONResponse(answer.model_dump(), status_code=201, headers={"Location": f"/use-cases/{use_case.name}"})


def _require_admin(request: Request) -> None:
    account = account_of(request)
    if account.role is not Role.ADMIN:
        raise Forbidden(f"A key of the role {account.role} may not add use cases. Use one of the role admin.")


def _staging(gateway: Gateway) -> Path:
    """Give the folder of files that a use case may be made of; clears away what nobody came back for."""
    if gateway.settings.usecases is None or gateway.settings.setup_database_url is None:
        raise SetupNotPossible(
            "Set SMARTPREDICT_USECASES and SMARTPREDICT_SETUP_DATABASE_URL for the gateway, or use: smartpredict init"
        )
    folder = gateway.settings.usecases / ".uploads"
    folder.mkdir(parents=True, exist_ok=True)
    oldest = time.time() - KEPT_SECONDS
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
    return folder


def _ending(name: str | None) -> str:
    if not name:
        raise InvalidParameters("The file needs a name: add ?name=churn.csv, or send it as a form with a file field.")
    try:
        return ending_of(name)
    except UnknownFormatError as error:
        raise UnsupportedMediaType(
            f"The name {name[:80]!r} ends in no known format; known are {', '.join(endings())}."
        ) from error


def _infer(query: InferQuery, data: Path, name: str) -> InferAnswer:
    choices = Choices(
        target=query.target, name=query.use_case, key=query.key, task=query.task,
        drop=frozenset(query.drop), category=frozenset(query.category), keep=frozenset(query.keep),
    )  # fmt: skip
    try:
        inferred = infer(read_data(data), choices, file_name=Path(name).name, data=_data_name(data.name))
    except (CannotInferError, FileBrokenError) as error:
        raise CannotInfer(f"{error}.") from error
    return InferAnswer(
        use_case=inferred.use_case.model_dump(mode="json", exclude_defaults=True),
        data=data.name,
        rows=inferred.rows,
        findings=[FindingAnswer(**finding.model_dump()) for finding in inferred.findings],
        undecided=len(inferred.undecided),
        reasons=dict(inferred.reasons),
    )


def _add(gateway: Gateway, command: AddUseCase) -> UseCase:
    data = _staging(gateway) / command.data
    if not data.exists():
        raise InvalidParameters("data: there is no such file, or not any more. Send it to POST /use-cases/infer again.")
    use_case = _read(command, data)
    root = gateway.settings.usecases
    assert root is not None  # noqa: S101  # staging has seen to it
    if use_case.name in gateway.catalog:
        raise _exists(use_case.name)
    try:
        write_use_case(root, use_case.name, to_yaml(use_case), (data, use_case.training.data), replace=False)
    except UseCaseExistsError as error:
        raise _exists(use_case.name) from error
    try:
        _register(gateway, use_case)
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
        header = read_data(data).schema.names
    except ValidationError as error:
        raise _invalid([("/".join(map(str, one["loc"])), one["msg"]) for one in error.errors()]) from error
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


def _register(gateway: Gateway, use_case: UseCase) -> None:
    url = gateway.settings.setup_database_url
    assert url is not None  # noqa: S101  # staging has seen to it
    engine = connect_engine(url.get_secret_value(), "setup", pool_size=1)
    try:
        with engine.begin() as connection:
            register(connection, use_case)
    except SchemaChangedError as error:
        raise UseCaseExists(f"{error}.") from error
    except ProgrammingError as error:
        # The table of an earlier use case belongs to the owner of the database, and is nobody else's to change.
        raise UseCaseExists(f"A table {use_case.name} is there already. Choose another name.") from error
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
