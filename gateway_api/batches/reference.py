"""What the reference of the API says of batches."""

from __future__ import annotations

from typing import Any

from gateway_api.batches.answers import QuarantinePage, UploadAnswer
from gateway_api.door import problems as p
from gateway_api.reference.documenting import (
    FILE_BODY,
    GUARDED,
    READING,
    also_as_workbook,
    answer_like,
    location_of,
    page_or_file,
    problems_among,
)
from gateway_api.wire.answers import PredictionPage
from usecases.formats.registry import FORMATS

UPLOAD: dict[str, Any] = {
    "operation_id": "uploadBatch",
    "status_code": 202,
    "description": (
        f"Takes a file of any size: {', '.join(known.name for known in FORMATS)}, texts also with gzip. Send it as the body with its name in "
        "`?name=` or `Content-Disposition`, or as a form with one file field. The answer comes when the file is safely "
        "stored; follow `Location` to see its rows predicted. The same file under the same name is the same batch, "
        "however often it is sent."
    ),
    "responses": {
        202: answer_like(
            "uploaded",
            model=UploadAnswer,
            description="The file is stored and will be read.",
            headers=location_of("batch"),
        ),
        **problems_among(
            p.MalformedBody, p.Unauthorized, p.UnknownUseCase, p.NameTaken, p.TooLarge, p.UnsupportedMediaType,
            p.InvalidParameters, p.EmptyUpload, p.DatabaseAway, p.StorageFull,
        ),
    },
    "openapi_extra": FILE_BODY,
}  # fmt: skip


BATCHES: dict[str, Any] = {
    "operation_id": "listBatches",
    "responses": {200: answer_like("batches"), **problems_among(*READING)},
}


BATCH: dict[str, Any] = {
    "operation_id": "getBatch",
    "responses": {200: answer_like("batch"), **problems_among(*READING, p.UnknownBatch)},
}


BATCH_PREDICTIONS: dict[str, Any] = {
    "operation_id": "listPredictionsOfBatch",
    "description": f"Lists the predictions of a batch, all or those that fit, by pages or as one file of CSV. {GUARDED}",
    "responses": {
        200: page_or_file("predictions", PredictionPage, "predictions.csv"),
        **problems_among(*READING, p.UnknownBatch, p.UnknownUseCase),
    },
}


BATCH_PREDICTIONS_SUMMARY: dict[str, Any] = {
    "operation_id": "countPredictionsOfBatch",
    "responses": {
        200: answer_like("batch-summary"),
        **problems_among(*READING, p.UnknownBatch, p.UnknownUseCase),
    },
}


BATCH_QUARANTINE: dict[str, Any] = {
    "operation_id": "listQuarantineOfBatch",
    "description": (
        "Lists the bad rows of a batch, by pages or as one file of CSV. The file is meant to be repaired and sent again, so its "
        "values stay as they are: in a spreadsheet, open it as text, for what begins with `=`, `+`, `-` or `@` would be taken "
        "for a formula. `format=xlsx` gives those that wait as a workbook, with the cells at fault in red: repaired, it goes "
        "to `POST /quarantine/replay/file`."
    ),
    "responses": {
        200: also_as_workbook(page_or_file("quarantine", QuarantinePage, "quarantine.csv")),
        **problems_among(*READING, p.UnknownBatch, p.UnknownUseCase),
    },
}
