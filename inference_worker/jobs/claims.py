"""What a worker does with a message of the jobs lane: plan a job, work on a claim, write the manifest after the last one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Engine

from broker.ids import MAX_ROWS_PER_BATCH, part_id
from inference_worker.artefact_cache import WrongVersionError
from inference_worker.jobs.models import JobModels
from inference_worker.jobs.scoring import score_claim
from inference_worker.model_cache import NoModelError
from registry.client import RegistryError
from sql.jobs.claims import (
    Claim,
    OpenClaim,
    ScoredClaim,
    WrittenFile,
    claims_to_send,
    find_open_claim,
    plan_job,
    record_claim,
    written_files,
)
from sql.jobs.endings import finish_job, give_up_job, refuse_job, settle_cancelled
from sql.jobs.orders import Job, JobProgress, JobState, find_job
from usecases.contract.catalog import Catalog
from usecases.contract.spec import UseCase
from usecases.formats.chunks import FileBrokenError
from usecases.models.runtime import ModelError, ScoringError
from usecases.models.scoring import UnknownCategoryError
from usecases.stores.splitting import WrongJobError, require_plannable, split_rows
from usecases.stores.target import StoreError, Target

MANIFEST = "_manifest.json"
"""File that lists what a job has written, once it has written all of it."""

log = structlog.get_logger(__name__)


class ClaimError(Exception):
    """A claim cannot be worked on.

    Attributes
    ----------
    may_pass
        Whether the same claim may do well in a while.
    """

    def __init__(self, cause: str, *, may_pass: bool) -> None:
        super().__init__(cause)
        self.may_pass = may_pass


@dataclass(frozen=True, slots=True)
class ScoredJobClaim:
    """A claim whose file is written, before it is recorded."""

    open: OpenClaim
    scored: ScoredClaim


@dataclass(frozen=True, slots=True)
class SentClaims:
    """The claims of a job that are to be published."""

    progress: JobProgress
    claims: list[Claim]


class ClaimScorer:
    """Plans jobs and works on their claims, in whatever thread it is called.

    Parameters
    ----------
    engine, catalog, models
        The database, contracts and versions.
    look_again
        Looks for contracts that were put in force a moment ago.
    claim_rows
        Rows of a claim, where row groups are no larger.
    """

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        models: JobModels,
        look_again: Callable[[], object],
        claim_rows: int,
    ) -> None:
        self._engine = engine
        self._catalog = catalog
        self._models = models
        self._look_again = look_again
        self._claim_rows = claim_rows

    def claims_of(self, job_id: UUID) -> SentClaims | None:
        """Plan a job if it is not, and return its claims that are to be sent; nothing of a job that does not run.

        Raises
        ------
        ClaimError
            If no model of its use case is loaded, so that it cannot be planned.
        """
        progress = find_job(self._engine, job_id)
        job = progress.job
        if job.state is JobState.CANCELLED:
            settle_cancelled(self._engine, job_id, job.problem or "cancelled")
        if job.state is not JobState.RUNNING:
            return None
        if not job.is_planned:
            try:
                self._plan(job, self._contract(job))
            except (WrongJobError, StoreError) as error:
                self.refuse(job_id, str(error))
                return None
            except NoModelError as error:
                raise ClaimError(str(error), may_pass=True) from error
        return SentClaims(find_job(self._engine, job_id), claims_to_send(self._engine, job_id))

    def refuse(self, job_id: UUID, problem: str) -> None:
        """Refuse a job that cannot be planned."""
        log.warning("Job is refused", job_id=str(job_id), problem=problem)
        refuse_job(self._engine, job_id, problem)

    def give_up(self, job_id: UUID, problem: str) -> bool:
        """Stop a job that nobody here can go on with, and say why; return whether it was running."""
        return give_up_job(self._engine, job_id, problem)

    def score(self, part_id: UUID) -> ScoredJobClaim | None:
        """Score the rows of a claim and write their answers; nothing where it is done, or its job does not run.

        Raises
        ------
        ClaimError
            If it cannot be done, now or at all.
        """
        found = find_open_claim(self._engine, part_id)
        if found is None:
            return None
        job = found.job
        assert job.model_version is not None  # noqa: S101  # for the type checker: a claim is of a job that is planned
        assert job.model_digest is not None  # noqa: S101  # same
        try:
            use_case = self._contract(job)
            served = self._models.version(use_case, job.model_version, job.model_digest)
            given, output = Target.at(job.input), Target.at(job.output)
            return ScoredJobClaim(found, score_claim(use_case, served, found.claim, given, output))
        except FileBrokenError as error:
            raise ClaimError(str(error), may_pass=isinstance(error.__cause__, OSError)) from error
        except (WrongJobError, WrongVersionError, ModelError, ScoringError, UnknownCategoryError) as error:
            raise ClaimError(str(error), may_pass=False) from error
        except (NoModelError, RegistryError, StoreError, OSError) as error:
            raise ClaimError(str(error), may_pass=True) from error

    def record(self, done: ScoredJobClaim) -> bool:
        """Record a claim that was scored; return whether it was not before."""
        return record_claim(self._engine, done.open.job, done.open.claim, done.scored)

    def finish(self, job_id: UUID) -> None:
        """Write the manifest of a job whose claims are all recorded, and note that it is done.

        Raises
        ------
        ClaimError
            If it cannot be written.
        """
        files = written_files(self._engine, job_id)
        if files is None:
            return
        progress = find_job(self._engine, job_id)
        try:
            output = Target.at(progress.job.output)
            output.remove_partial()
            output.write(MANIFEST, _manifest(progress, files))
        except StoreError as error:
            raise ClaimError(str(error), may_pass=True) from error
        finish_job(self._engine, job_id)
        log.info("Job is done", job_id=str(job_id), rows=progress.ledger.rows_in)

    def _contract(self, job: Job) -> UseCase:
        """Return the contract of a job; one that is not known here may have come in force a moment ago."""
        for look in (lambda: None, self._look_again):
            look()
            found = self._catalog.contract(job.use_case, job.schema_hash)
            if found is not None:
                return found
        raise WrongJobError(
            f"the row contract {job.schema_hash} of {job.use_case} is not known to this worker; order the job again"
        )

    def _plan(self, job: Job, use_case: UseCase) -> None:
        given, output = Target.at(job.input), Target.at(job.output)
        require_plannable(use_case, given, output)
        served = self._models.to_plan_with(use_case)
        split = split_rows(use_case, given, claim_rows=self._claim_rows, most_rows=MAX_ROWS_PER_BATCH)
        claims = [
            Claim(part_id=part_id(job.id, number), number=number, **asdict(groups))
            for number, groups in enumerate(split)
        ]
        plan_job(self._engine, job, claims, model_version=served.version, model_digest=served.digest)


def _manifest(progress: JobProgress, files: list[WrittenFile]) -> bytes:
    """Write what a job did, for whoever reads its files."""
    job, ledger = progress.job, progress.ledger
    about: dict[str, Any] = {
        "job_id": str(job.id),
        "use_case": job.use_case,
        "input": job.input,
        "schema_hash": job.schema_hash,
        "model_version": job.model_version,
        "model_digest": job.model_digest,
        "rows_in": ledger.rows_in,
        "rows_predicted": ledger.predicted,
        "rows_quarantined": ledger.quarantined,
        "files": [
            {
                "name": file.claim.file_name,
                "rows": file.rows_written,
                "bytes": file.bytes,
                "sha256": file.sha256,
                "source": file.claim.path,
                "first_row_number": file.claim.rows_before + 1,
                "source_rows": file.claim.rows,
            }
            for file in files
        ],
    }
    return json.dumps(about, indent=2).encode()
