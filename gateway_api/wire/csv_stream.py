"""Answers that are files: CSV as one stream, chunk by chunk as it comes from the database, and workbooks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from datetime import datetime
from itertools import islice
from typing import Literal

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from usecases.formats.excel.workbook import EXCEL

WORKBOOK = str(EXCEL.media_type)

Format = Literal["json", "csv"]


def wants_csv(format_: Format | None, request: Request) -> bool:
    """Return whether a caller wants CSV: the parameter says so, or else the header Accept."""
    accepted = request.headers.get("accept", "").partition(",")[0].partition(";")[0].strip().lower()
    return (format_ or ("csv" if accepted == "text/csv" else "json")) == "csv"


def file_name(use_case: str, what: str, when: datetime) -> str:
    """Name a download by what it holds and when that is from, for whoever finds it among others; without its ending.

    >>> file_name("churn", "predictions", datetime(2026, 12, 31, 16, 30))
    'churn-predictions-2026-12-31-1630'
    """
    return f"{use_case}-{what}-{when:%Y-%m-%d-%H%M}"


def csv_response(chunks: Generator[bytes], name: str) -> Response:
    """Build the answer that streams chunks of CSV, as a file of this name.

    The first rows are fetched before the status leaves, so that a fault is still told as a problem.
    """
    first = b"".join(islice(chunks, 2))
    return StreamingResponse(
        _in_threads(first, chunks),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def workbook_response(content: bytes, name: str) -> Response:
    """Build the answer that is a workbook of this name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(content, media_type=WORKBOOK, headers=headers)


async def _in_threads(first: bytes, chunks: Generator[bytes]) -> AsyncIterator[bytes]:
    """Fetch each chunk in a thread, and give the connection back however the download ends."""
    try:
        yield first
        while (chunk := await to_thread.run_sync(next, chunks, None)) is not None:
            yield chunk
    finally:
        # A caller who hangs up cancels this between two chunks: anyio waits for a thread, asyncio would not.
        chunks.close()
