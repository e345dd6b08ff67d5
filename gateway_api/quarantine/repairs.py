"""POST /quarantine/replay: repaired rows become a file of their own, which ingestion takes in like any other."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from broker.ids import batch_id_of_file
from broker.messages import Source
from gateway_api.door.problems import AlreadyReplayed, UnknownRows
from gateway_api.gateway import Gateway, decider_of, gateway_of
from gateway_api.quarantine.answers import RowsReplayed
from gateway_api.quarantine.reference import REPLAY_ROWS
from gateway_api.quarantine.requests import RepairedRow, ReplayRows
from gateway_api.wire.commands import read_command
from gateway_api.wire.file_names import safe_file_name
from gateway_api.wire.incoming import place
from gateway_api.wire.row_checks import read_repaired
from gateway_api.wire.uploads import StoredUpload, Upload, stored_upload
from sql.ledger.batches import Batch, BatchState, announce_batch
from sql.quarantine.pages import RowKey
from sql.quarantine.replay import KeptRow, lock_rows, mark_all_replayed
from usecases.row_model import Row
from usecases.spec import UseCase

MOST_NAME_BYTES = 120
"""Of the name of a batch that is kept in the name of its repair; a file name takes 200 in all."""

router = APIRouter(tags=["Quarantine"])


@router.post("/quarantine/replay", **REPLAY_ROWS)
async def replay_rows(request: Request) -> Response:
    """Send repaired rows again, as a batch of their own; all of them or none."""
    source = decider_of(request).role.source
    gateway = gateway_of(request)
    command = await read_command(request, ReplayRows, gateway.settings.max_body_bytes)
    online = gateway.online(command.use_case)
    rows = await asyncio.to_thread(read_repaired, online.reader, [entry.row for entry in command.rows])
    async with stored_upload(Upload(None, _json_lines(rows)), gateway.uploads) as stored:
        batch = await asyncio.to_thread(_hand_over, gateway, online.use_case, source, command.rows, stored)
    answer = RowsReplayed(batch_id=batch.id, name=batch.name, rows=len(rows))
    return JSONResponse(answer.model_dump(mode="json"), status_code=202, headers={"Location": f"/batches/{batch.id}"})


async def _json_lines(rows: Sequence[Row]) -> AsyncIterator[bytes]:
    yield b"".join(orjson.dumps(row.__dict__, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _hand_over(
    gateway: Gateway, use_case: UseCase, source: Source, repaired: Sequence[RepairedRow], stored: StoredUpload
) -> Batch:
    """Note the replay and have its file appear, in one transaction.

    The file appears before the commit: if the gateway dies in between, the rows are predicted and may be sent again, as
    the same batch. The other way round they would count as sent, and never be.
    """
    keys = [RowKey(row.batch_id, row.row_number) for row in repaired]
    with gateway.engine.begin() as connection:
        kept = lock_rows(connection, keys)
        refuse_unfit(use_case, keys, kept)
        name = name_of_repair(keys, kept[keys[0]].batch_name, stored.digest)
        batch = announce_batch(
            connection,
            batch_id=batch_id_of_file(use_case.name, stored.digest, name),
            use_case=use_case.name,
            source=source,
            name=name,
            schema_hash=use_case.schema_hash,
        )
        mark_all_replayed(connection, keys, batch.id)
        if batch.state is BatchState.RECEIVED:
            place(stored, gateway.incoming / use_case.name / name)
    return batch


def refuse_unfit(use_case: UseCase, keys: Sequence[RowKey], kept: Mapping[RowKey, KeptRow]) -> None:
    """Refuse rows that are not in quarantine, or were sent again before.

    Raises
    ------
    UnknownRows, AlreadyReplayed
        Naming each of them.
    """
    unknown, replayed = {}, {}
    for position, key in enumerate(keys):
        row = kept.get(key)
        if row is None or row.use_case != use_case.name:
            unknown[position] = f"row {key.row_number} of batch {key.batch_id} is not in quarantine of {use_case.name}"
        elif row.replayed_at is not None:
            replayed[position] = (
                f"row {key.row_number} of {row.batch_name} was sent again as batch {row.replayed_as} "
                f"at {row.replayed_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
            )
    if unknown:
        raise UnknownRows("Take the rows from GET /quarantine. Nothing was sent.", errors=_errors("unknown", unknown))
    if replayed:
        raise AlreadyReplayed(
            "Leave out what `errors` lists, or follow the batches it names. Nothing was sent.",
            errors=_errors("already_replayed", replayed),
        )


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
