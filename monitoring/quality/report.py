"""The quality report of a batch or of a day: every expectation with the rows that were looked at and those that broke it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from sql.ledger.batch_ledger import BatchLedger
from sql.quality.broken import BrokenCount, BrokenRules, Example, RowTotals, read_broken
from sql.quality.rates import BadBatch, QualityWindow
from usecases.checking.expectations import WITHOUT_COLUMNS, Expectation, expectations_of
from usecases.contract.arriving import arriving_contract
from usecases.contract.spec import UseCase


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationResult:
    """An expectation, and what came of it.

    Attributes
    ----------
    column, rule, expected
        What is expected, of which column; none where it is about the whole row.
    rows
        Rows that were looked at.
    broken
        Rows that broke it.
    examples
        Some of the values that did.
    """

    column: str | None
    rule: str
    expected: str
    rows: int
    broken: int
    examples: Sequence[Example]

    @property
    def share(self) -> float:
        """Share of the rows looked at that broke it; 0 where there are none."""
        return self.broken / self.rows if self.rows else 0.0

    @property
    def holds(self) -> bool | None:
        """Whether every row keeps it; None where no row was looked at."""
        return None if not self.rows and not self.broken else not self.broken


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """How good what arrived was.

    Attributes
    ----------
    use_case
        What the rows are for.
    batch_id, batch_name, problem
        The batch it is about, and why it was refused as a whole; None for a day.
    day
        The day it is about, in UTC; None for a batch.
    totals, bad_batches
        Counts of rows, and the batches with bad ones.
    results
        Every expectation of the contract, in its order, then what else was broken.
    """

    use_case: UseCase
    batch_id: UUID | None = None
    batch_name: str | None = None
    problem: str | None = None
    day: date | None = None
    totals: RowTotals
    bad_batches: Sequence[BadBatch]
    results: Sequence[ExpectationResult]

    @property
    def is_whole(self) -> bool:
        """Whether the reasons of all bad rows were counted."""
        return self.totals.counted == self.totals.quarantined

    @property
    def holds(self) -> bool:
        """Whether every row keeps every expectation, and nothing was refused as a whole."""
        return not self.totals.quarantined and not self.totals.refused and self.problem is None


def report_of_batch(engine: Engine, use_case: UseCase, batch: BatchLedger) -> QualityReport:
    """Report on a batch; the use case has to be the one it is for."""
    window = QualityWindow(
        use_case=use_case.name,
        start=batch.received_at,
        end=batch.received_at + timedelta(seconds=1),
        batch_id=batch.batch_id,
    )
    found = read_broken(engine, window)
    return QualityReport(
        use_case=use_case,
        batch_id=batch.batch_id,
        batch_name=batch.name,
        problem=batch.problem,
        totals=found.totals,
        bad_batches=found.bad_batches,
        results=results_of(use_case, found),
    )


def report_of_day(engine: Engine, use_case: UseCase, day: date) -> QualityReport:
    """Report on the batches of a use case that were received on a day, in UTC."""
    start = datetime.combine(day, time(), UTC)
    window = QualityWindow(use_case=use_case.name, start=start, end=start + timedelta(days=1))
    found = read_broken(engine, window)
    return QualityReport(
        use_case=use_case,
        day=day,
        totals=found.totals,
        bad_batches=found.bad_batches,
        results=results_of(use_case, found),
    )


def results_of(use_case: UseCase, found: BrokenRules) -> list[ExpectationResult]:
    """Hold every expectation of a contract against what was broken.

    A bad row whose reasons are not known was not looked at; one that was no row at all was not looked at column by column.
    """
    totals = found.totals
    looked_at = totals.rows_in - (totals.quarantined - totals.counted)
    without_columns = sum(one.rows for one in found.rules if one.rule in WITHOUT_COLUMNS)
    counts = {(one.column, one.rule): one for one in found.rules}
    expected = expectations_of(arriving_contract(use_case))
    further = [
        Expectation(one.column, one.rule, _words(one))
        for one in found.rules
        if (one.column, one.rule) not in {(known.column, known.rule) for known in expected}
    ]
    return [
        _result(one, counts.get((one.column, one.rule)), looked_at - (without_columns if one.column else 0))
        for one in [*expected, *further]
    ]


def _result(expectation: Expectation, broken: BrokenCount | None, rows: int) -> ExpectationResult:
    return ExpectationResult(
        column=expectation.column,
        rule=expectation.rule,
        expected=expectation.words,
        rows=rows,
        broken=0 if broken is None else broken.rows,
        examples=() if broken is None else broken.examples,
    )


def _words(broken: BrokenCount) -> str:
    """Name an expectation that the contract does not have of its own, such as that a row has all columns."""
    return f"keeps the rule {broken.rule}"


def report_as_json(report: QualityReport) -> dict[str, Any]:
    """Return a report in a form that can be written as JSON, once ids and times are texts."""
    totals = report.totals
    return {
        "use_case": report.use_case.name,
        "batch_id": report.batch_id,
        "batch_name": report.batch_name,
        "problem": report.problem,
        "day": report.day,
        "holds": report.holds,
        "batches": totals.batches,
        "refused_batches": totals.refused,
        "rows_in": totals.rows_in,
        "quarantined": totals.quarantined,
        "replayed": totals.replayed,
        "discarded": totals.discarded,
        "counted": totals.counted,
        "expectations": [{**asdict(one), "holds": one.holds, "share": one.share} for one in report.results],
        "bad_batches": [asdict(one) for one in report.bad_batches],
    }
