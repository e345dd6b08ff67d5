"""The client of the gateway: a method for every request that the page makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import IO, Any
from uuid import UUID

from ui.gateway import answers as a
from ui.gateway.connection import UPLOAD_TIMEOUT, authorization
from ui.gateway.model_requests import ModelRequests
from ui.gateway.pipeline_requests import PipelineRequests
from ui.gateway.questions import ColumnDecisions, Correction, Filters, NewMapping, RepairedRow, RowFilters
from ui.gateway.training_requests import TrainingRequests

_MAPPINGS = "the files that are read otherwise, at the end of Predict"
_SENT_AGAIN = "the rows that were sent again"
_WINDOWS = "the windows that were accepted"
"""Where the page shows what several requests change."""


class Gateway(ModelRequests, TrainingRequests, PipelineRequests):
    """The gateway; what changes models or use cases takes the key of an administrator, for the page's own has fewer rights."""

    # What can be predicted

    def use_cases(self) -> list[a.UseCaseSummary]:
        """List the use cases."""
        return self.get(a.UseCaseList, "/use-cases").use_cases

    def use_case(self, name: str) -> a.UseCaseAnswer:
        """Return all that is needed to build a form."""
        return self.get(a.UseCaseAnswer, f"/use-cases/{name}")

    def feature_tables(self, name: str) -> list[a.FeatureTableAnswer]:
        """Return what features of a use case are joined from, and how fresh it is."""
        return self.get(a.FeatureTableList, f"/use-cases/{name}/feature-tables").feature_tables

    def template(self, name: str) -> bytes:
        """Return a CSV file with the right columns and one row of examples."""
        return self.send("GET", f"/use-cases/{name}/template.csv").content

    def infer_use_case(self, file: IO[bytes], file_name: str, decisions: ColumnDecisions, key: str) -> a.InferAnswer:
        """Infer a use case from a file; nothing is added."""
        parameters: dict[str, str | Sequence[str]] = {
            "name": file_name,
            "target": decisions.target,
            "keep": list(decisions.keep),
            "drop": list(decisions.drop),
            "category": list(decisions.category),
            "missing": list(decisions.missing),
            "decide": [f"{finding}={choice}" for finding, choice in decisions.by_finding.items()],
        }
        chosen = {"use_case": decisions.name, "key": decisions.key, "task": decisions.task}
        parameters |= {field: text for field, text in chosen.items() if text}
        return self.post_file(a.InferAnswer, "/use-cases/infer", file, parameters, key=key, shown_in=None)

    def profile_page(self, data: str, file_name: str, target: str, key: str) -> str:
        """Return a page about what is in a file that was looked at."""
        response = self.send(
            "GET",
            f"/use-cases/infer/{data}/profile",
            params={"name": file_name, "target": target},
            headers=authorization(key),
            timeout=UPLOAD_TIMEOUT,
        )
        return response.text

    def add_use_case(self, use_case: dict[str, Any], data: str, key: str) -> a.AddedUseCase:
        """Add an inferred use case, edited or not."""
        content = {"use_case": use_case, "data": data}
        return self.post(a.AddedUseCase, "/use-cases", content, key=key, shown_in="the use cases that Predict offers")

    def change_wording(self, name: str, wording: dict[str, Any], key: str) -> a.UseCaseAnswer:
        """Change titles, descriptions and units; what is left out stays."""
        texts = "the texts of the form"
        return self.post(a.UseCaseAnswer, f"/use-cases/{name}/wording", wording, key=key, shown_in=texts)

    # Predicting

    def predict(
        self, use_case: str, rows: Sequence[Mapping[str, Any]], *, explain: bool = False, key: str | None = None
    ) -> a.PredictAnswer:
        """Predict up to 1,000 rows, all of them or none; up to 100 are explained. With a key they count once if sent again."""
        named = {} if key is None else {"Idempotency-Key": key}
        asked = {"use_case": use_case, "explain": "true" if explain else None}
        return self.post(a.PredictAnswer, "/predict", rows, headers=named, shown_in="Past predictions", **asked)

    def what_if(self, use_case: str, rows: Sequence[Mapping[str, Any]]) -> a.PredictAnswer:
        """Predict rows that are made up: nothing of them is stored or counted."""
        return self.post(a.PredictAnswer, "/predict", rows, shown_in=None, use_case=use_case, store="false")

    def check_file(self, use_case: str, name: str, file: IO[bytes]) -> a.CheckAnswer:
        """Read the first 1,000 rows of a file, in any format, and check them without predicting them."""
        asked = {"use_case": use_case, "name": name}
        return self.post_file(a.CheckAnswer, "/check", file, asked, shown_in=None)

    def bad_rows_of_file(self, use_case: str, name: str, file: IO[bytes]) -> bytes:
        """Return the bad rows of a file as a workbook, to be corrected and handed in."""
        asked = {"use_case": use_case, "name": name, "format": "xlsx"}
        return self.send_file("/check", file, asked, shown_in=None).content

    def mappings(self, use_case: str) -> list[a.MappingAnswer]:
        """List how files of a use case are read, those that count first."""
        return self.get(a.MappingList, "/mappings", use_case=use_case).mappings

    def accept_mapping(self, mapping: NewMapping) -> a.MappingAnswer:
        """Accept how files with a header are read."""
        return self.post(a.MappingAnswer, "/mappings", asdict(mapping), shown_in=_MAPPINGS)

    def withdraw_mapping(self, number: int) -> a.MappingAnswer:
        """Withdraw a mapping."""
        return self.post(a.MappingAnswer, f"/mappings/{number}/withdraw", {}, shown_in=_MAPPINGS)

    def upload(self, use_case: str, name: str, file: IO[bytes]) -> a.UploadAnswer:
        """Send a file that becomes a batch, piece by piece; nothing of it stays in memory."""
        asked = {"use_case": use_case, "name": name}
        return self.post_file(a.UploadAnswer, "/batches", file, asked, shown_in="the batches on Operations")

    # Batches, and what became of their rows

    def batches(
        self,
        *,
        use_case: str | None = None,
        source: str | None = None,
        state: str | None = None,
        cursor: str | None = None,
        limit: int = 25,
    ) -> a.BatchPage:
        """List batches with their ledgers, the newest first."""
        return self.get(
            a.BatchPage, "/batches", use_case=use_case, source=source, state=state, cursor=cursor, limit=limit
        )

    def batch(self, batch_id: str | UUID) -> a.BatchAnswer:
        """Return where the rows of a batch are."""
        return self.get(a.BatchAnswer, f"/batches/{batch_id}")

    def batch_predictions(
        self, batch_id: UUID, rows: RowFilters, *, order: str, cursor: str | None, limit: int
    ) -> a.PredictionPage:
        """List the predictions of a batch that fit."""
        return self.get(
            a.PredictionPage,
            f"/batches/{batch_id}/predictions",
            **rows.parameters,
            order=None if order == "row" else order,
            cursor=cursor,
            limit=limit,
        )

    def count_batch_predictions(self, batch_id: UUID, rows: RowFilters) -> a.BatchPredictionsSummary:
        """Count the predictions of a batch that fit, by class."""
        return self.get(a.BatchPredictionsSummary, f"/batches/{batch_id}/predictions/summary", **rows.parameters)

    def batch_quarantine(self, batch_id: UUID, *, cursor: str | None, limit: int) -> a.QuarantinePage:
        """List the bad rows of a batch."""
        return self.get(a.QuarantinePage, f"/batches/{batch_id}/quarantine", cursor=cursor, limit=limit)

    def past_predictions(self, filters: Filters, *, cursor: str | None, limit: int) -> a.PredictionPage:
        """List stored predictions, the newest first."""
        return self.get(a.PredictionPage, "/past-predictions", **filters.parameters, cursor=cursor, limit=limit)

    def explain_past(self, use_case: str, prediction_id: UUID) -> a.PastExplanation:
        """Return why a stored prediction is what it is, by the version that made it."""
        return self.get(a.PastExplanation, f"/past-predictions/{prediction_id}/explanation", use_case=use_case)

    def nearest_past(self, use_case: str, prediction_id: UUID, limit: int) -> a.NearestPredictions:
        """List the stored rows that are most like one, with what came true."""
        return self.get(
            a.NearestPredictions, f"/past-predictions/{prediction_id}/nearest", use_case=use_case, limit=limit
        )

    def summary(self, filters: Filters, *, buckets: int = 60) -> a.PredictionSummary:
        """Count stored predictions over time."""
        return self.get(a.PredictionSummary, "/past-predictions/summary", **filters.parameters, buckets=buckets)

    def quality(self, use_case: str, start: datetime | None, end: datetime | None) -> a.QualitySummary:
        """Count what came in and what was refused."""
        return self.get(a.QualitySummary, "/quarantine/summary", use_case=use_case, start=start, end=end)

    def batch_quality(self, batch: a.BatchAnswer) -> a.QualitySummary:
        """Count what was refused of a batch, over all of its rows."""
        return self.get(
            a.QualitySummary,
            "/quarantine/summary",
            use_case=batch.use_case,
            batch_id=batch.batch_id,
            start=batch.received_at,
        )

    def batch_report(self, batch_id: UUID) -> a.QualityReportAnswer:
        """Report on the rows of a batch, expectation by expectation."""
        return self.get(a.QualityReportAnswer, f"/batches/{batch_id}/report")

    def day_report(self, use_case: str, day: date) -> a.QualityReportAnswer:
        """Report on the rows of a day, expectation by expectation."""
        return self.get(a.QualityReportAnswer, "/data-quality/report", use_case=use_case, day=day)

    def replay_rows(self, use_case: str, rows: Sequence[RepairedRow]) -> a.RowsReplayed:
        """Send repaired rows again; all of them or none."""
        entries = [{"batch_id": str(row.batch_id), "row_number": row.row_number, "row": row.row} for row in rows]
        content = {"use_case": use_case, "rows": entries}
        return self.post(a.RowsReplayed, "/quarantine/replay", content, shown_in=_SENT_AGAIN)

    def replay_file(self, batch: a.BatchAnswer, name: str, file: IO[bytes], *, dry_run: bool) -> a.RepairedFileAnswer:
        """Send the valid rows of a file of repaired rows again; a dry run only looks."""
        asked = {"use_case": batch.use_case, "batch_id": str(batch.batch_id), "name": name}
        return self.post_file(
            a.RepairedFileAnswer,
            "/quarantine/replay/file",
            file,
            {**asked, "dry_run": str(dry_run).lower()},
            shown_in=None if dry_run else _SENT_AGAIN,
        )

    def correct_rows(self, wanted: Correction, *, dry_run: bool, cursor: str | None) -> a.CorrectionAnswer:
        """Replace a value in all refused rows that have it, page by page; a dry run only counts."""
        return self.post(
            a.CorrectionAnswer,
            "/quarantine/corrections",
            {**asdict(wanted), "dry_run": dry_run, "cursor": cursor},
            shown_in=None if dry_run else _SENT_AGAIN,
        )

    def store_label_file(self, use_case: str, name: str, file: IO[bytes], *, dry_run: bool) -> a.LabelFileAnswer:
        """Store what came true, from a file; a dry run only looks."""
        asked = {"use_case": use_case, "name": name, "dry_run": str(dry_run).lower()}
        labels = None if dry_run else "what came true in the table of predictions"
        return self.post_file(a.LabelFileAnswer, "/labels/file", file, asked, shown_in=labels)

    def forecasts(
        self, use_case: str, origin: datetime | None, *, series: str | None, versions: str, history: int, limit: int
    ) -> a.ForecastPage:
        """Return the forecast from an origin, the newest if none is given, with readings before it."""
        return self.get(
            a.ForecastPage,
            "/forecasts",
            use_case=use_case,
            origin=origin,
            series=series,
            versions=versions,
            history=history,
            limit=limit,
        )

    # Monitoring

    def performance(self, use_case: str, since: datetime | None, until: datetime | None) -> a.Performance:
        """Measure every version against what came true."""
        return self.get(a.Performance, "/monitoring/metrics", use_case=use_case, since=since, until=until)

    def drift(self, use_case: str, since: datetime | None, until: datetime | None, source: str | None) -> a.DriftAnswer:
        """Judge whether what is scored still looks like what the model was trained on."""
        return self.get(a.DriftAnswer, "/monitoring/drift", use_case=use_case, since=since, until=until, source=source)

    def drift_by_key(
        self, use_case: str, since: datetime | None, until: datetime | None, source: str | None
    ) -> a.DriftByKeyAnswer:
        """Judge which machines or regions moved."""
        asked = {"use_case": use_case, "since": since, "until": until, "source": source}
        return self.get(a.DriftByKeyAnswer, "/monitoring/drift/keys", **asked)

    def accepted_windows(self, use_case: str) -> list[a.AcceptedWindowAnswer]:
        """List the windows that people accepted as normal, those in force first."""
        return self.get(a.AcceptedWindowList, "/monitoring/drift/accepted", use_case=use_case).windows

    def accept_window(self, drift: a.DriftAnswer, reason: str, key: str) -> a.AcceptedWindowAnswer:
        """Accept the rows that were judged as normal."""
        wanted = {
            "use_case": drift.use_case,
            "since": drift.since.isoformat(),
            "until": drift.until.isoformat(),
            "reason": reason,
            "source": drift.source,
            "model_version": drift.model_version,
        }
        return self.post(a.AcceptedWindowAnswer, "/monitoring/drift/accepted", wanted, key=key, shown_in=_WINDOWS)

    def withdraw_window(self, number: int, key: str) -> a.AcceptedWindowAnswer:
        """Withdraw an accepted window."""
        path = f"/monitoring/drift/accepted/{number}/withdraw"
        return self.post(a.AcceptedWindowAnswer, path, {}, key=key, shown_in=_WINDOWS)

    def watched_quality(self, use_case: str, since: datetime | None, until: datetime | None) -> a.WatchedQuality:
        """Return what arrived over time: rows, bad rows, refused files."""
        return self.get(a.WatchedQuality, "/monitoring/quality", use_case=use_case, since=since, until=until)
