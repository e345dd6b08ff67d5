"""Every door as the bytes meet it: what comes in on one side, the verdict on each row on the other."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from broker.envelopes.foreign import ForeignMessage
from gateway_api.door.problems import InvalidRows
from gateway_api.wire.body import RowReader
from ingestion.messages.ingest import read_message
from usecases.checking.chunk_check import CheckedChunk, check_chunk, check_rows
from usecases.checking.row_model import rows_to_arrow
from usecases.contract.catalog import Catalog
from usecases.contract.spec import UseCase
from usecases.formats.json_text import row_text
from usecases.formats.reading import format_of, read_chunks

Reasons = frozenset[tuple[str | None, str]]
"""Columns and rules that a bad row breaks."""

Verdict = dict[str, Any] | Reasons
"""What a good row holds, or why a row is bad."""


def by_file(use_case: UseCase, name: str, content: bytes) -> list[Verdict]:
    """Return the verdicts on the rows of a file; raises what reading it raises."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        chunks = [check_chunk(use_case, chunk) for chunk in read_chunks(use_case, path, format_of(name), 1_000)]
    return [verdict for chunk in chunks for verdict in _verdicts(chunk)]


def by_message(use_case: UseCase, body: bytes) -> list[Verdict]:
    """Return the verdicts on the rows of a message; raises MessageRefusedError where it has none."""
    message = ForeignMessage(body, use_case.name, "m-1", None, {}, None, None)
    rows = read_message(Catalog({use_case.name: use_case}, {}), message).rows
    return _verdicts(check_rows(use_case, rows, 0, lambda number: row_text(rows[number - 1])))


def by_request(use_case: UseCase, body: bytes) -> list[Verdict]:
    """Return the verdicts on the rows of a request, an empty one on good rows beside bad ones; raises MalformedBody."""
    try:
        rows = RowReader(use_case).read(body)
    except InvalidRows as problem:
        errors = problem.members["errors"]
        found: list[Verdict] = [{} for _ in range(max(error["row"] for error in errors))]
        for error in errors:
            before = found[error["row"] - 1]
            reasons = before if isinstance(before, frozenset) else frozenset[tuple[str | None, str]]()
            found[error["row"] - 1] = reasons | {(error["column"], error["rule"])}
        return found
    return list(rows_to_arrow(use_case, rows).to_pylist())


def _verdicts(checked: CheckedChunk) -> list[Verdict]:
    assert len(checked.raw(sorted(checked.bad))) == len(checked.bad)
    found: dict[int, Verdict] = dict(zip(checked.good_numbers.tolist(), checked.good.to_pylist(), strict=True))
    for number, reasons in checked.bad.items():
        found[number] = frozenset((reason.column, reason.rule) for reason in reasons)
    return [found[number] for number in sorted(found)]
