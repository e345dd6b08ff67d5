"""Repaired rows become a file of their own, which ingestion takes in like any other."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

import orjson

from broker.messages import Source
from gateway_api.door.problems import AlreadyReplayed, InvalidRows, UnknownRows
from gateway_api.gateway import Gateway
from gateway_api.quarantine.problems import RowsDiscardedBefore
from gateway_api.wire.body import RowReader
from gateway_api.wire.file_names import safe_file_name
from gateway_api.wire.incoming import ArrivingFile, place
from gateway_api.wire.uploads import StoredUpload, Upload, stored_upload
from sql.ledger.batches import Batch, BatchState
from sql.quarantine.pages import RowKey
from sql.quarantine.replay import KeptRow, lock_rows, mark_all_replayed
from usecases.checking.row_model import Row
from usecases.contract.spec import UseCase

MOST_NAME_BYTES = 120
"""Of the name of a batch that is kept in the name of its repair; a file name takes 200 in all."""


async def send_repaired(
    gateway: Gateway, use_case: UseCase, source: Source, rows: Mapping[RowKey, Mapping[str, Any]]
) -> Batch:
    """Send repaired rows, by the bad rows they stand for, as a batch of their own.

    Raises
    ------
    UnknownRows, AlreadyReplayed, RowsDiscardedBefore
        If a bad row is not in quarantine, or was sent again or discarded before; then nothing is sent.
    """
    async with stored_upload(Upload(None, _json_lines(rows.values())), gateway.uploads) as stored:
        return await asyncio.to_thread(_hand_over, gateway, use_case, source, list(rows), stored)


async def _json_lines(rows: Iterable[Mapping[str, Any]]) -> AsyncIterator[bytes]:
    yield b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _hand_over(
    gateway: Gateway, use_case: UseCase, source: Source, keys: Sequence[RowKey], stored: StoredUpload
) -> Batch:
    """Note the replay and have its file appear, in one transaction.

    The file appears before the commit: if the gateway dies in between, the rows are predicted and may be sent again, as
    the same batch. The other way round they would count as sent, and never be.
    """
    with gateway.engine.begin() as connection:
        kept = lock_rows(connection, keys)
        refuse_unfit(use_case, keys, kept)
        arriving = ArrivingFile(use_case, source, name_of_repair(keys, kept[keys[0]].batch_name, stored.digest))
        batch = arriving.announce(connection, stored.digest)
        mark_all_replayed(connection, keys, batch.id)
        if batch.state is BatchState.RECEIVED:
            place(stored, gateway.incoming / use_case.name / arriving.name)
    return batch


def refuse_unfit(use_case: UseCase, keys: Sequence[RowKey], kept: Mapping[RowKey, KeptRow]) -> None:
    """Refuse rows that are not in quarantine, or about which somebody has decided before.

    Raises
    ------
    UnknownRows, AlreadyReplayed, RowsDiscardedBefore
        Naming each of them.
    """
    refuse_unknown(use_case, keys, kept)
    replayed: dict[int, str] = {}
    discarded: dict[int, str] = {}
    for position, key in enumerate(keys):
        row = kept[key]
        if row.decision is not None:
            of_its_kind = discarded if row.replayed_at is None else replayed
            of_its_kind[position] = f"row {key.row_number} of {row.batch_name} {row.decision}"
    if replayed:
        raise AlreadyReplayed(
            "Leave out what `errors` lists, or follow the batches it names. Nothing was sent.",
            errors=_errors("already_replayed", replayed),
        )
    if discarded:
        raise RowsDiscardedBefore(
            "Leave out what `errors` lists. Nothing was sent.", errors=_errors("discarded", discarded)
        )


def refuse_unknown(use_case: UseCase, keys: Sequence[RowKey], kept: Mapping[RowKey, KeptRow]) -> None:
    """Refuse rows that are not in quarantine.

    Raises
    ------
    UnknownRows
        Naming each of them.
    """
    unknown = {
        position: f"row {key.row_number} of batch {key.batch_id} is not in quarantine of {use_case.name}"
        for position, key in enumerate(keys)
        if key not in kept or kept[key].use_case != use_case.name
    }
    if unknown:
        raise UnknownRows("Take the rows from GET /quarantine. Nothing was done.", errors=_errors("unknown", unknown))


def _errors(rule: str, messages: Mapping[int, str]) -> list[dict[str, object]]:
    return [
        {
            "row": position + 1,
            "pointer": f"/rows/{position}",
            "column": None,
            "rule": rule,
            "value": None,
            "message": message,
        }
        for position, message in messages.items()
    ]


def name_of_repair(keys: Sequence[RowKey], batch_name: str, digest: str) -> str:
    """Name the file after the batch of its first row.

    A mark in it tells apart what holds the same values but stands for other rows: a file is a batch by its bytes and its
    name.

    >>> from uuid import UUID
    >>> name_of_repair([RowKey(UUID(int=1), 17)], "machines.csv", "9f86")
    'repair of machines.csv.bdc53f6646.jsonl'
    """
    rows = ",".join(f"{key.batch_id}/{key.row_number}" for key in keys)
    mark = hashlib.sha256(f"{rows}\0{digest}".encode()).hexdigest()[:10]
    short = batch_name.encode()[:MOST_NAME_BYTES].decode(errors="ignore")
    return safe_file_name(f"repair of {short.replace('/', '_')}.{mark}.jsonl")


def read_repaired(reader: RowReader, rows: Sequence[Mapping[str, Any]]) -> Sequence[Row]:
    """Read the rows of a replay.

    Raises
    ------
    InvalidRows
        If any is bad, exactly as /predict says it; pointers lead into the body of the replay.
    """
    try:
        return reader.read(json.dumps(rows).encode())
    except InvalidRows as problem:
        problem.members["errors"] = [_moved(error) for error in problem.members["errors"]]
        raise


def _moved(error: dict[str, Any]) -> dict[str, Any]:
    """Return an error with a pointer into the body that the caller sent."""
    position, slash, rest = error["pointer"][1:].partition("/")
    return {**error, "pointer": f"/rows/{position}/row{slash}{rest}"}
