"""What a job would be, before it is ordered: its rows and claims, and the time that such jobs took so far."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from broker.ids import MAX_ROWS_PER_BATCH
from sql.jobs.orders import CLAIM_ROWS
from sql.jobs.rates import MeasuredRate, measured_rate
from usecases.contract.spec import UseCase
from usecases.stores.splitting import require_plannable, split_rows
from usecases.stores.target import Target


@dataclass(frozen=True, slots=True)
class JobForecast:
    """What a job would come to."""

    rows: int
    files: int
    claims: int
    """As many files of answers."""
    rate: MeasuredRate | None
    """How fast jobs of its use case have been; none where no large one is done."""

    @property
    def seconds(self) -> float | None:
        """How long it should take, at that rate."""
        return None if self.rate is None else self.rows / self.rate.rows_per_second


def forecast_job(
    engine: Engine, use_case: UseCase, given: str, output: str, seconds: float | None = None
) -> JobForecast:
    """Plan a job as a worker would, with this account, and order nothing.

    Parameters
    ----------
    engine
        Database, which knows how fast jobs have been.
    use_case
        What the rows are.
    given, output
        Whole paths or URLs, as of an order.
    seconds
        How long looking at the files may take; as long as it takes, if not given.

    Raises
    ------
    usecases.stores.splitting.WrongJobError, usecases.stores.target.StoreError
        If a worker would refuse it.
    usecases.stores.splitting.SplittingTooSlowError
        If looking at the files takes too long.
    """
    source = Target.at(given)
    require_plannable(use_case, source, Target.at(output))
    claims = split_rows(use_case, source, claim_rows=CLAIM_ROWS, most_rows=MAX_ROWS_PER_BATCH, seconds=seconds)
    return JobForecast(
        rows=sum(claim.rows for claim in claims),
        files=len({claim.path for claim in claims}),
        claims=len(claims),
        rate=measured_rate(engine, use_case.name),
    )
