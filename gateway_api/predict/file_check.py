"""POST /check with a file: what every door would make of its first rows."""

from __future__ import annotations

import asyncio
from itertools import islice

from pydantic import Field
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from broker.messages import MAX_ONLINE_ROWS
from gateway_api.gateway import Gateway
from gateway_api.predict.answers import CheckAnswer, CheckedRow
from gateway_api.wire.answers import RowError
from gateway_api.wire.body import MAX_SHOWN_ERRORS, pointer
from gateway_api.wire.file_names import safe_file_name
from gateway_api.wire.parameters import UseCaseQuery
from gateway_api.wire.uploads import open_upload, stored_upload
from usecases.checking.file_check import CheckedFile, check_file
from usecases.contract.arriving import arriving_contract
from usecases.contract.spec import UseCase
from usecases.formats.format import Format
from usecases.formats.reading import format_of
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


def sends_file(request: Request) -> bool:
    """Return whether a request says that its body is a file."""
    kind = _kind(request)
    return kind in _NAMED_KINDS or any(kind == known.media_type for known in FORMATS)


async def check_upload(request: Request, gateway: Gateway, use_case: UseCase) -> CheckAnswer:
    """Check a file; nothing of it is kept.

    Raises
    ------
    gateway_api.door.problems.Problem
        If it cannot be received, or its format is not known.
    """
    upload = await open_upload(request, gateway.settings.max_infer_bytes)
    found = _format(upload.name, _kind(request))
    async with stored_upload(upload, gateway.uploads) as stored:
        contract = arriving_contract(use_case)
        checked = await asyncio.to_thread(check_file, contract, stored.path, found, MAX_ONLINE_ROWS)
    return file_answer(use_case, checked)


def _format(name: str | None, kind: str) -> Format:
    by_kind = next((known for known in FORMATS if known.media_type == kind), None)
    return by_kind if by_kind is not None and not name else format_of(safe_file_name(name))


def _kind(request: Request) -> str:
    kind, _ = parse_options_header(request.headers.get("content-type"))
    return kind.decode("latin-1")


def file_answer(use_case: UseCase, checked: CheckedFile) -> CheckAnswer:
    """Return the answer to a check of a file."""
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
    )
