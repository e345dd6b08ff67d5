"""POST /check with a file: what every door would make of its first rows."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Literal

from pydantic import Field
from python_multipart.multipart import parse_options_header
from starlette.requests import Request
from starlette.responses import Response

from broker.messages import MAX_ONLINE_ROWS
from gateway_api.gateway import Gateway
from gateway_api.predict.answers import CheckAnswer, CheckedRow
from gateway_api.predict.mappings.answers import suggested_answer
from gateway_api.wire.answers import RowError
from gateway_api.wire.body import MAX_SHOWN_ERRORS, pointer
from gateway_api.wire.csv_stream import file_name, workbook_response
from gateway_api.wire.file_names import safe_file_name
from gateway_api.wire.parameters import UseCaseQuery
from gateway_api.wire.sentences import sentence
from gateway_api.wire.uploads import UnreadableFile, open_upload, stored_upload
from sql.registry.mappings import list_mappings
from usecases.checking.file_check import CheckedFile, check_file
from usecases.checking.rows_workbook import BadRow, write_workbook
from usecases.contract.arriving import arriving_contract
from usecases.contract.spec import UseCase
from usecases.formats.registry import FORMATS

_NAMED_KINDS = frozenset({"application/octet-stream", "multipart/form-data"})
"""Content types that say nothing of the format, so the name of the file has to."""


class CheckQuery(UseCaseQuery):
    """What is checked."""

    name: str | None = Field(
        default=None,
        max_length=500,
        description="Name of the file where the body is the file; its ending tells the format.",
    )
    format: Literal["json", "xlsx"] | None = Field(
        default=None,
        description="`xlsx` gives the bad rows of a file as a workbook for Excel, to be corrected and handed in as a file of "
        "their own.",
    )


def sends_file(request: Request) -> bool:
    """Return whether a request says that its body is a file."""
    kind = _kind(request)
    return kind in _NAMED_KINDS or any(known.is_called(kind) for known in FORMATS)


async def check_upload(
    request: Request, gateway: Gateway, use_case: UseCase, format_: str | None
) -> CheckAnswer | Response:
    """Check a file, and answer with what was found or with a workbook of its bad rows; nothing of it is kept.

    Raises
    ------
    gateway_api.door.problems.Problem
        If it cannot be received, or its format is not known.
    """
    upload = await open_upload(request, gateway.settings.max_infer_bytes)
    name = _name(upload.name, _kind(request))
    checked = _bad_rows if format_ == "xlsx" else _answer
    async with stored_upload(upload, gateway.uploads) as stored:
        return await asyncio.to_thread(checked, gateway, use_case, stored.path, name)


def _answer(gateway: Gateway, use_case: UseCase, path: Path, name: str) -> CheckAnswer:
    checked, mapping = _checked(gateway, use_case, path, name)
    return file_answer(use_case, checked, mapping)


def _bad_rows(gateway: Gateway, use_case: UseCase, path: Path, name: str) -> Response:
    checked, _ = _checked(gateway, use_case, path, name)
    if checked.problem is not None:
        raise UnreadableFile(sentence(checked.problem))
    return workbook_response(
        bad_rows_workbook(use_case, checked), file_name(use_case.name, "rows-to-correct", datetime.now(UTC))
    )


def bad_rows_workbook(use_case: UseCase, checked: CheckedFile) -> bytes:
    """Write the bad rows of a file that was checked as a workbook, with what is wrong with each."""
    rows = (
        BadRow(
            number, checked.raw[number], [reason.model_dump() for reason in reasons], place=checked.places.get(number)
        )
        for number, reasons in sorted(checked.bad.items())
    )
    return write_workbook(arriving_contract(use_case), rows, are_kept=False)


def _checked(gateway: Gateway, use_case: UseCase, path: Path, name: str) -> tuple[CheckedFile, int | None]:
    """Return what a file brings, and the number of the mapping it was read by."""
    kept = list_mappings(gateway.engine, use_case.name, in_force=True)
    mappings = [one.mapping for one in kept]
    checked = check_file(arriving_contract(use_case), path, name, MAX_ONLINE_ROWS, mappings)
    return checked, next((one.id for one in kept if one.mapping is checked.mapping), None)


def _name(name: str | None, kind: str) -> str:
    by_kind = next((known for known in FORMATS if known.is_called(kind)), None)
    return f"rows{by_kind.endings[0]}" if by_kind is not None and not name else safe_file_name(name)


def _kind(request: Request) -> str:
    kind, _ = parse_options_header(request.headers.get("content-type"))
    return kind.decode("latin-1")


def file_answer(use_case: UseCase, checked: CheckedFile, mapping: int | None = None) -> CheckAnswer:
    """Return the answer to a check of a file, with the number of the mapping it was read by."""
    errors = [(number, reason) for number, reasons in sorted(checked.bad.items()) for reason in reasons]
    return CheckAnswer(
        use_case=use_case.name,
        rows_in=checked.rows,
        good=len(checked.good),
        bad=len(checked.bad),
        errors=[
            RowError(
                row=number,
                pointer=pointer(number - 1, reason.column),
                **reason.model_dump(include={"column", "rule", "value", "message"}),
            )
            for number, reason in islice(errors, MAX_SHOWN_ERRORS)
        ],
        errors_total=len(errors),
        problem=checked.problem,
        columns=list(checked.columns),
        is_whole=checked.is_whole,
        rows=[CheckedRow(row=number, values=values) for number, values in checked.good.items()],
        mapping=mapping,
        suggestion=None if checked.suggestion is None else suggested_answer(checked.suggestion),
        told=list(checked.told),
        places={str(number): checked.places[number] for number, _ in errors[:MAX_SHOWN_ERRORS]}
        if checked.places
        else None,
    )
