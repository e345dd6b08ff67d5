"""What the reference of the API says of jobs."""

from __future__ import annotations

from typing import Any

from gateway_api.batches.jobs.answers import JobAnswer
from gateway_api.batches.jobs.problems import JobConflict, JobRefused, PlaceNotAllowed, PlanTooSlow, UnknownJob
from gateway_api.batches.jobs.requests import MOST_CHARACTERS
from gateway_api.door import problems as p
from gateway_api.reference.documenting import COMMAND, READING, answer_like, json_body, location_of, problems_among

_PLACE = {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS}
_MEMBERS: dict[str, Any] = {
    "use_case": {"type": "string", "maxLength": 60, "description": "What the rows are."},
    "input": {**_PLACE, "description": "Parquet file, or folder of such files."},
    "output": {**_PLACE, "description": "Folder that is empty or not there yet."},
}

ORDER: dict[str, Any] = {
    "operation_id": "orderJob",
    "status_code": 202,
    "description": (
        "Scores a data set of any size from Parquet to Parquet: workers read the file, or all Parquet files below a folder, "
        "and write `part-00000.parquet` and so on, and `_manifest.json` when all is done. Places are paths of the machine of "
        "the workers or URLs of buckets, below those that the operator allows (`SMARTPREDICT_JOB_ROOTS`). With an "
        "`Idempotency-Key` the same order may be sent again: it is one job. Only for keys of the role `admin`."
    ),
    "responses": {
        202: answer_like("job", model=JobAnswer, description="It is ordered.", headers=location_of("job")),
        **problems_among(*COMMAND, PlaceNotAllowed, p.UnknownUseCase, p.KeyReused, JobConflict, p.BrokerAway),
    },
    "openapi_extra": {
        **json_body(
            "order-job",
            optional=("max_bad_share",),
            **_MEMBERS,
            max_bad_share={
                "type": ["number", "null"],
                "minimum": 0,
                "maximum": 1,
                "description": "Share of bad rows past which it pauses; what the use case allows if not given.",
            },
        ),
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "Names the order, so that it can be sent again.",
                "schema": {"type": "string", "maxLength": 255},
            }
        ],
    },
}

PLAN: dict[str, Any] = {
    "operation_id": "planJob",
    "description": (
        "Says what such a job would come to, and orders nothing: its rows and claims, from the footers of the files, and the "
        "time that it should take, as the last jobs of the use case had it. The gateway looks at the files itself, so it has "
        "to reach them as the workers do. What a worker would refuse is refused here, too. Only for keys of the role `admin`."
    ),
    "responses": {
        200: answer_like("job-plan", description="What it would come to."),
        **problems_among(*COMMAND, PlaceNotAllowed, p.UnknownUseCase, JobRefused, PlanTooSlow),
    },
    "openapi_extra": json_body("order-job", **_MEMBERS),
}

JOBS: dict[str, Any] = {
    "operation_id": "listJobs",
    "responses": {200: answer_like("jobs"), **problems_among(*READING)},
}

JOB: dict[str, Any] = {
    "operation_id": "getJob",
    "responses": {200: answer_like("job"), **problems_among(*READING, UnknownJob)},
}


def changing(operation: str, description: str) -> dict[str, Any]:
    """Describe an operation that changes a job."""
    kinds = (p.Unauthorized, p.Forbidden, p.InvalidParameters, p.DatabaseAway, p.Overloaded, p.BrokerAway)
    return {
        "operation_id": operation,
        "description": f"{description} Only for keys of the role `admin`.",
        "responses": {
            200: answer_like("job", description="The job as it is from now on."),
            **problems_among(*kinds, UnknownJob, JobConflict),
        },
    }
