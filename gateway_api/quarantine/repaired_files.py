"""A file of repaired rows: the valid ones are sent again under their numbers, what is wrong with the others is told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.requests import Request

from broker.messages import Source
from gateway_api.door.problems import TooLarge
from gateway_api.gateway import Gateway
from gateway_api.quarantine.answers import RepairedFileAnswer, RepairedRowError
from gateway_api.quarantine.repairs import send_repaired
from gateway_api.quarantine.requests import RepairedFileQuery
from gateway_api.wire.body import MAX_SHOWN_ERRORS
from gateway_api.wire.file_names import safe_file_name
from gateway_api.wire.sentences import sentence
from gateway_api.wire.uploads import UnreadableFile, open_upload, stored_upload
from sql.quarantine.pages import RowKey
from sql.quarantine.replay import KeptRow, find_rows, rows_as_they_came
from sql.registry.mappings import list_mappings, mappings_of_a_batch
from usecases.checking.reasons import Reason
from usecases.checking.repaired_file import (
    BATCH_ID,
    ROW_NUMBER,
    RepairedFile,
    TooManyRowsError,
    as_it_came,
    read_repaired_file,
)
from usecases.columns.notations import Notation
from usecases.contract.arriving import arriving_contract
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.formats.chunks import FileBrokenError
from usecases.mappings.mapping import agreed_notations

MOST_ROWS = 5_000
"""Rows of a file; they are looked up and marked in one statement each, in a tenth of a second."""


@dataclass(frozen=True, slots=True)
class SortedRows:
    """What the rows of a file come to.

    Attributes
    ----------
    valid
        Values of the rows that can be sent, by the bad rows they stand for.
    sent_before
        Number of rows that were sent again before.
    wrong
        What is wrong with each of the others, by its position in the file.
    """

    valid: Mapping[RowKey, Mapping[str, Any]]
    sent_before: int
    wrong: Mapping[int, Sequence[Reason]]


async def replay_file(
    request: Request, gateway: Gateway, use_case: UseCase, source: Source, query: RepairedFileQuery
) -> RepairedFileAnswer:
    """Send the valid rows of a file again; a dry run only looks.

    Raises
    ------
    gateway_api.door.problems.Problem
        If the file cannot be received or read, or somebody else decided about one of its rows meanwhile; nothing is sent then.
    """
    upload = await open_upload(request, gateway.settings.max_infer_bytes)
    name = safe_file_name(upload.name)
    async with stored_upload(upload, gateway.uploads) as stored:
        notations = await asyncio.to_thread(_notations, gateway, use_case, query.batch_id)
        repaired = await asyncio.to_thread(_read, use_case, stored.path, name, notations)
    named = name_rows(repaired, query.batch_id)
    kept = await asyncio.to_thread(
        find_rows, gateway.engine, [key for key in named.values() if isinstance(key, RowKey)]
    )
    found = sort_rows(use_case, repaired, named, kept)
    batch = None
    if found.valid and not query.dry_run:
        rows = await asyncio.to_thread(_as_they_came, gateway, use_case, found.valid)
        batch = await send_repaired(gateway, use_case, source, rows)
    errors = list(_errors(repaired, found.wrong))
    return RepairedFileAnswer(
        use_case=use_case.name,
        rows_in=len(repaired.row_numbers),
        valid=len(found.valid),
        sent_before=found.sent_before,
        still_wrong=len(found.wrong),
        errors=list(islice(errors, MAX_SHOWN_ERRORS)),
        errors_total=len(errors),
        batch_id=None if batch is None else batch.id,
    )


def _as_they_came(
    gateway: Gateway, use_case: UseCase, rows: Mapping[RowKey, Mapping[str, Any]]
) -> Mapping[RowKey, Mapping[str, Any]]:
    """Take back what a spreadsheet has done to values that nobody changed."""
    contract = arriving_contract(use_case)
    came = rows_as_they_came(gateway.engine, rows, contract.columns)
    return {key: as_it_came(contract, row, came.get(key, {})) for key, row in rows.items()}


def _notations(gateway: Gateway, use_case: UseCase, batch_id: UUID | None) -> Mapping[str, Notation]:
    """Return how the files are written that rows are of; where no batch is named, those that come now."""
    if batch_id is not None:
        return agreed_notations(mappings_of_a_batch(gateway.engine, batch_id))
    return agreed_notations(one.mapping for one in list_mappings(gateway.engine, use_case.name, in_force=True))


def _read(use_case: UseCase, path: Path, name: str, notations: Mapping[str, Notation]) -> RepairedFile:
    try:
        return read_repaired_file(arriving_contract(use_case), path, name, MOST_ROWS, notations)
    except TooManyRowsError as error:
        raise TooLarge(sentence(error)) from None
    except (TableRefusedError, FileBrokenError) as error:
        raise UnreadableFile(f"{name}: {error}.") from None


def name_rows(repaired: RepairedFile, batch_id: UUID | None) -> dict[int, RowKey | Reason]:
    """Return which bad row each row of a file stands for, by positions, or why that cannot be told.

    Parameters
    ----------
    repaired
        The file.
    batch_id
        Batch that is meant; the rows may say so themselves, and none may name another one.
    """
    named = {
        position: _key_or_reason(number, given, batch_id)
        for position, (number, given) in enumerate(zip(repaired.row_numbers, repaired.batch_ids, strict=True), start=1)
    }
    often = Counter(key for key in named.values() if isinstance(key, RowKey))
    return {
        position: key
        if isinstance(key, Reason) or often[key] == 1
        else _reason(ROW_NUMBER, "repeated", str(key.row_number), "stands in the file several times; leave one of them")
        for position, key in named.items()
    }


def _key_or_reason(number: int | None, given: str | None, batch_id: UUID | None) -> RowKey | Reason:
    if number is None:
        return _reason(ROW_NUMBER, "missing", None, "is no number of a row; leave it as it was downloaded")
    try:
        meant = batch_id if given is None else UUID(given)
    except ValueError:
        return _reason(BATCH_ID, "type", given, "is no id of a batch; leave it as it was downloaded")
    if meant is None:
        return _reason(BATCH_ID, "missing", None, "is missing; say which batch the row is of")
    if batch_id not in {None, meant}:
        return _reason(BATCH_ID, "unknown", given, "is another batch than the one that is repaired")
    return RowKey(meant, number)


def _reason(column: str, rule: str, value: str | None, said: str) -> Reason:
    shown = "" if value is None else f"{value[:60]!r} "
    return Reason(
        column=column, rule=rule, value=None if value is None else value[:60], message=f"{column}: {shown}{said}"
    )


def sort_rows(
    use_case: UseCase,
    repaired: RepairedFile,
    named: Mapping[int, RowKey | Reason],
    kept: Mapping[RowKey, KeptRow],
) -> SortedRows:
    """Part the rows of a file: those that can be sent, those that were sent before, and those that are wrong or discarded.

    Parameters
    ----------
    use_case
        What the rows have to be of.
    repaired, named
        The file, and which bad row each row of it stands for.
    kept
        Those that are in quarantine.
    """
    valid: dict[RowKey, Mapping[str, Any]] = {}
    wrong: dict[int, Sequence[Reason]] = {}
    sent_before = 0
    for position, key in named.items():
        if isinstance(key, Reason):
            wrong[position] = [key]
            continue
        row = kept.get(key)
        if row is None or row.use_case != use_case.name:
            said = f"is not in quarantine of {use_case.name}, in batch {key.batch_id}"
            wrong[position] = [_reason(ROW_NUMBER, "unknown", str(key.row_number), said)]
        elif row.replayed_at is not None:
            sent_before += 1
        elif row.decision is not None:
            wrong[position] = [_reason(ROW_NUMBER, "discarded", str(key.row_number), row.decision)]
        elif position in repaired.good:
            valid[key] = repaired.good[position]
        else:
            wrong[position] = repaired.bad[position]
    return SortedRows(valid, sent_before, wrong)


def _errors(repaired: RepairedFile, wrong: Mapping[int, Sequence[Reason]]) -> Iterator[RepairedRowError]:
    for position, reasons in wrong.items():
        for reason in reasons:
            yield RepairedRowError(row=position, row_number=repaired.row_numbers[position - 1], **reason.model_dump())
