"""What can keep somebody from ordering or changing a job."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from gateway_api.door.problems import Problem
from gateway_api.wire.sentences import sentence
from sql.jobs.orders import JobError, UnknownJobError


class PlaceNotAllowed(Problem):
    """Jobs may not read or write there."""

    status = 403
    code = "place-not-allowed"
    title = "Jobs may not read or write there"


class UnknownJob(Problem):
    """No job of that id."""

    status = 404
    code = "unknown-job"
    title = "There is no such job"


class JobConflict(Problem):
    """The job has ended, or another one writes to the same place."""

    status = 409
    code = "job-conflict"
    title = "The job cannot be ordered or changed in this way"


class JobRefused(Problem):
    """A worker would refuse the job; the text says why."""

    status = 422
    code = "job-refused"
    title = "The job would be refused"


class PlanTooSlow(Problem):
    """Looking at the files takes longer than a request may."""

    status = 504
    code = "plan-too-slow"
    title = "There are too many files to look at"


@contextlib.contextmanager
def job_errors_as_problems() -> Iterator[None]:
    """Raise the problem that a refusal is to a caller.

    Raises
    ------
    UnknownJob
        If there is no such job.
    JobConflict
        If it has ended, or another one writes to the same place.
    """
    try:
        yield
    except UnknownJobError as error:
        raise UnknownJob(f"{sentence(error)} GET /jobs lists them.") from error
    except JobError as error:
        raise JobConflict(sentence(error)) from error
