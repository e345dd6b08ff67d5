"""A file of labels over HTTP: all that is good is stored at once, or only looked at."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pyarrow as pa
from sqlalchemy import func, select
from starlette.requests import Request

from gateway_api.gateway import Gateway
from gateway_api.labels.answers import LabelAsRead, LabelFileAnswer, LabelRowError
from gateway_api.wire.file_names import safe_file_name
from gateway_api.wire.sentences import sentence
from gateway_api.wire.uploads import StoredUpload, UnreadableFile, open_upload, stored_upload
from monitoring.labels.files import LabelFile, LabelFileError, take_label_file
from sql.labels.taking import Delivery
from usecases.formats.encoded import Encoding, encoding_of, format_in

SHOWN_ERRORS = 1_000
"""Labels that were not stored and are told one by one; the counts tell of the others."""

_SHOWN_FIRST = 20

_PATIENCE = timedelta(seconds=60)
"""How long one statement may take: a file may have millions of labels, and whoever sent it waits."""


async def take_upload(request: Request, gateway: Gateway, delivery: Delivery, *, dry_run: bool) -> LabelFileAnswer:
    """Take the labels of a file in, all of them with one commit; a dry run takes everything back.

    Raises
    ------
    gateway_api.door.problems.Problem
        If the file cannot be received, or is none of labels; nothing is stored then.
    """
    upload = await open_upload(request, gateway.settings.max_infer_bytes)
    name = safe_file_name(upload.name)
    async with stored_upload(upload, gateway.uploads) as stored:
        return await asyncio.to_thread(_take, gateway, delivery, stored, name, dry_run=dry_run)


def _take(gateway: Gateway, delivery: Delivery, stored: StoredUpload, name: str, *, dry_run: bool) -> LabelFileAnswer:
    found = format_in(name, encoding_of(stored.path, name) or Encoding.UTF_8)
    first: list[dict[str, Any]] = []

    def note(checked: pa.RecordBatch) -> None:
        first.extend(checked.slice(0, _SHOWN_FIRST - len(first)).to_pylist())

    with gateway.engine.connect() as connection, connection.begin() as transaction:
        milliseconds = str(int(_PATIENCE.total_seconds() * 1000))
        connection.execute(select(func.set_config("statement_timeout", milliseconds, True)))  # noqa: FBT003  # for this transaction
        try:
            taken = take_label_file(connection, delivery, LabelFile(stored.path, name, found), on_checked=note)
        except LabelFileError as error:
            raise UnreadableFile(sentence(error)) from None
        errors = [LabelRowError(**asdict(label)) for label in taken.intake.unplaced(SHOWN_ERRORS)]
        if dry_run:
            transaction.rollback()
    return LabelFileAnswer(
        use_case=delivery.use_case.name,
        dry_run=dry_run,
        **asdict(taken.stored),
        first=[_as_read(row) for row in first],
        errors=errors,
    )


def _as_read(row: dict[str, Any]) -> LabelAsRead:
    label = row["number"] if row["label"] is None else row["label"]
    same = {name: row[name] for name in ("item", "prediction_id", "key", "labelled_at", "refusal")}
    return LabelAsRead(label=label, **same)
