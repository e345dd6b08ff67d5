"""Trainings over HTTP: order one, follow it, cancel it."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from broker.ids import batch_id_of_request
from gateway_api.door.accounts import require_admin
from gateway_api.door.problems import InvalidParameters, KeyReused
from gateway_api.gateway import Gateway, gateway_of
from gateway_api.models.trainings.answers import TrainingAnswer, TrainingPage, training_answer
from gateway_api.models.trainings.problems import training_errors_as_problems
from gateway_api.models.trainings.reference import CANCEL, ORDER, TRAINING, TRAININGS
from gateway_api.models.trainings.requests import OrderTrainingQuery, TrainingQuery
from gateway_api.wire.cursors import cursor_of_id, cut_page, id_of_cursor
from gateway_api.wire.file_names import safe_file_name
from gateway_api.wire.request_keys import only_key, require_key
from gateway_api.wire.uploads import open_upload, stored_upload
from sql.registry.trainings import (
    LearnFrom,
    Training,
    TrainingOrder,
    UnknownTrainingError,
    cancel_training,
    find_training,
    list_trainings,
    order_training,
    training_file,
)

TRAIN = "train models"

router = APIRouter(tags=["Models"])


@router.post("/trainings", **ORDER)
async def order(request: Request, query: Annotated[OrderTrainingQuery, Query()]) -> Response:
    """Have a model trained."""
    admin, gateway = require_admin(request, TRAIN), gateway_of(request)
    gateway.use_case(query.use_case)
    training_id = _training_id(request, admin.name)
    with training_errors_as_problems():
        if query.learn_from is LearnFrom.FILE:
            upload = await open_upload(request, gateway.settings.max_training_bytes)
            name = safe_file_name(upload.name)
            async with stored_upload(upload, gateway.uploads) as stored:
                wanted = query.order(name, stored.digest)
                training = await asyncio.to_thread(
                    _order_with_file, gateway, training_id, wanted, admin.name, stored.path
                )
        else:
            _require_no_file(request)
            wanted = query.order()
            training = await asyncio.to_thread(order_training, gateway.engine, training_id, wanted, admin.name)
    if training.order != wanted:
        raise KeyReused("This Idempotency-Key was used for another training. Take a new key for a new training.")
    content = training_answer(training).model_dump(mode="json")
    return JSONResponse(content, status_code=202, headers={"Location": f"/trainings/{training.id}"})


@router.get("/trainings", **TRAININGS)
def trainings(request: Request, query: Annotated[TrainingQuery, Query()]) -> TrainingPage:
    """List trainings, the newest first."""
    found = list_trainings(
        gateway_of(request).engine,
        use_case=query.use_case,
        state=query.state,
        after=id_of_cursor(query.cursor),
        limit=query.limit + 1,
    )
    shown, cursor = cut_page(found, query.limit, lambda last: cursor_of_id(last.id))
    return TrainingPage(trainings=[training_answer(one) for one in shown], next_cursor=cursor)


@router.get("/trainings/{training_id}", **TRAINING)
def training(request: Request, training_id: UUID) -> TrainingAnswer:
    """Return how far a training is, or what came out of it."""
    with training_errors_as_problems():
        return training_answer(find_training(gateway_of(request).engine, training_id))


@router.post("/trainings/{training_id}/cancel", **CANCEL)
def cancel(request: Request, training_id: UUID) -> TrainingAnswer:
    """Cancel a training."""
    admin = require_admin(request, TRAIN)
    with training_errors_as_problems():
        return training_answer(cancel_training(gateway_of(request).engine, training_id, admin.name))


def _order_with_file(gateway: Gateway, training_id: UUID, wanted: TrainingOrder, who: str, stored: Path) -> Training:
    """Lay the file where the trainer reads it, then order: once the order is known, the training may begin."""
    try:
        return find_training(gateway.engine, training_id)
    except UnknownTrainingError:
        path = training_file(gateway.settings.data, training_id, str(wanted.file_name))
    path.parent.mkdir(parents=True, exist_ok=True)
    stored.replace(path)
    try:
        return order_training(gateway.engine, training_id, wanted, who)
    except BaseException:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise


def _require_no_file(request: Request) -> None:
    """Refuse a file that would not be learned from."""
    if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
        raise InvalidParameters("learn_from: a file came along; say learn_from=file to learn from it, or send no body.")


def _training_id(request: Request, account: str) -> UUID:
    key = only_key(request.headers.getlist("Idempotency-Key"))
    return uuid4() if key is None else batch_id_of_request(f"training of {account}", require_key(key))
