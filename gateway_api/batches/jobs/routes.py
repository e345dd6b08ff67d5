"""Jobs over HTTP: order one, follow it, pause, resume, cancel, retry."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from broker.ids import batch_id_of_request
from broker.job_messages import job_changed
from broker.transport.publisher import PublishingError
from gateway_api.batches.jobs.answers import JobAnswer, JobPage, JobPlanAnswer, job_answer, plan_answer
from gateway_api.batches.jobs.places import require_allowed
from gateway_api.batches.jobs.problems import JobRefused, PlanTooSlow, job_errors_as_problems
from gateway_api.batches.jobs.reference import JOB, JOBS, ORDER, PLAN, changing
from gateway_api.batches.jobs.requests import JobQuery, OrderJob, PlanJob
from gateway_api.door.accounts import require_admin
from gateway_api.door.problems import BrokerAway, KeyReused
from gateway_api.gateway import Gateway, gateway_of
from gateway_api.wire.commands import read_command
from gateway_api.wire.cursors import cursor_of_id, cut_page, id_of_cursor
from gateway_api.wire.request_keys import require_key
from gateway_api.wire.sentences import sentence
from sql.jobs.forecasts import forecast_job
from sql.jobs.orders import cancel_job, find_job, list_jobs, order_job, pause_job, resume_job, retry_job
from usecases.stores.splitting import SplittingTooSlowError, WrongJobError
from usecases.stores.target import StoreError

MOST_COMMAND_BYTES = 64 * 1024

PLAN_SECONDS = 20.0
"""How long looking at the files of a plan may take; proxies give a request up after 30 s or 60 s."""

router = APIRouter(tags=["Jobs"])


@router.post("/jobs", **ORDER)
async def order(request: Request) -> Response:
    """Score a data set from files to files."""
    admin, gateway = require_admin(request, "order jobs"), gateway_of(request)
    command = await read_command(request, OrderJob, MOST_COMMAND_BYTES)
    use_case, roots = gateway.use_case(command.use_case), gateway.settings.allowed_places
    given, output = require_allowed(command.input, roots), require_allowed(command.output, roots)
    share = use_case.quality.max_bad_share if command.max_bad_share is None else command.max_bad_share
    with job_errors_as_problems():
        job = await asyncio.to_thread(
            order_job,
            gateway.engine,
            job_id=_job_id(request, admin.name),
            use_case=use_case.name,
            schema_hash=use_case.schema_hash,
            input_url=given,
            output_url=output,
            ordered_by=admin.name,
            max_bad_share=share,
        )
        if (job.use_case, job.input, job.output) != (use_case.name, given, output):
            raise KeyReused("This Idempotency-Key was used for another job. Take a new key for a new job.")
        answer = await _told(gateway, job.id)
    content = answer.model_dump(mode="json")
    return JSONResponse(content, status_code=202, headers={"Location": f"/jobs/{job.id}"})


@router.post("/jobs/plan", **PLAN)
async def plan(request: Request) -> JobPlanAnswer:
    """Plan a job without ordering it."""
    require_admin(request, "plan jobs")
    gateway = gateway_of(request)
    command = await read_command(request, PlanJob, MOST_COMMAND_BYTES)
    use_case, roots = gateway.use_case(command.use_case), gateway.settings.allowed_places
    given, output = require_allowed(command.input, roots), require_allowed(command.output, roots)
    try:
        found = await asyncio.to_thread(forecast_job, gateway.engine, use_case, given, output, PLAN_SECONDS)
    except (WrongJobError, StoreError) as error:
        raise JobRefused(sentence(error)) from error
    except SplittingTooSlowError as error:
        raise PlanTooSlow(f"{sentence(error)} The command has the time: smartpredict score --plan.") from error
    return plan_answer(use_case.name, given, output, found)


@router.get("/jobs", **JOBS)
def jobs(request: Request, query: Annotated[JobQuery, Query()]) -> JobPage:
    """List jobs, the newest first."""
    after = id_of_cursor(query.cursor)
    found = list_jobs(gateway_of(request).engine, state=query.state, after=after, limit=query.limit + 1)
    shown, cursor = cut_page(found, query.limit, lambda last: cursor_of_id(last.job.id))
    return JobPage(jobs=[job_answer(progress) for progress in shown], next_cursor=cursor)


@router.get("/jobs/{job_id:uuid}", **JOB)
def job(request: Request, job_id: UUID) -> JobAnswer:
    """Return how far a job is."""
    with job_errors_as_problems():
        return job_answer(find_job(gateway_of(request).engine, job_id))


@router.post(
    "/jobs/{job_id}/pause", **changing("pauseJob", "Has no further rows begun; what workers hold they finish.")
)
async def pause(request: Request, job_id: UUID) -> JobAnswer:
    """Pause a job."""
    return await _change(request, job_id, lambda gateway, _: pause_job(gateway.engine, job_id))


@router.post("/jobs/{job_id}/resume", **changing("resumeJob", "Has a job go on, whatever share of its rows is bad."))
async def resume(request: Request, job_id: UUID) -> JobAnswer:
    """Resume a job."""
    return await _change(request, job_id, lambda gateway, _: resume_job(gateway.engine, job_id))


@router.post("/jobs/{job_id}/cancel", **changing("cancelJob", "Ends a job; the files that are written stay."))
async def cancel(request: Request, job_id: UUID) -> JobAnswer:
    """Cancel a job."""
    return await _change(request, job_id, lambda gateway, who: cancel_job(gateway.engine, job_id, who))


@router.post("/jobs/{job_id}/retry", **changing("retryJob", "Has the claims that failed tried again."))
async def retry(request: Request, job_id: UUID) -> JobAnswer:
    """Retry what failed of a job."""
    return await _change(request, job_id, lambda gateway, _: retry_job(gateway.engine, job_id))


async def _change(request: Request, job_id: UUID, work: Callable[[Gateway, str], object]) -> JobAnswer:
    admin, gateway = require_admin(request, "change jobs"), gateway_of(request)
    with job_errors_as_problems():
        await asyncio.to_thread(work, gateway, admin.name)
        return await _told(gateway, job_id)


async def _told(gateway: Gateway, job_id: UUID) -> JobAnswer:
    """Notify the workers of a change that is written down; repeated, the request tells them again, which does no harm."""
    try:
        async with gateway.broker.publisher() as publisher:
            await publisher.publish(job_changed(job_id))
    except PublishingError as error:
        raise BrokerAway("RabbitMQ cannot be reached, so no worker knows of it. Send the request again.") from error
    return job_answer(await asyncio.to_thread(find_job, gateway.engine, job_id))


def _job_id(request: Request, account: str) -> UUID:
    key = request.headers.get("Idempotency-Key")
    return uuid4() if key is None else batch_id_of_request(f"job of {account}", require_key(key))
