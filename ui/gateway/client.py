"""The page's way to the gateway: every request it makes, typed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import IO, Any, TypeVar
from uuid import UUID

import httpx
from pydantic import TypeAdapter, ValidationError

from ui import answers as a
from ui import desk_answers as desk
from ui.gateway.problems import GatewayAwayError, GatewayError, GatewaySlowError, UnexpectedAnswerError, error_of

T = TypeVar("T")

PATIENCE = httpx.Timeout(15, connect=2)
"""The gateway gives up a query after 10 s and a prediction after 10 s, and says so itself."""

UPLOAD_PATIENCE = httpx.Timeout(120, connect=2)
"""After the last byte the gateway makes a file safe on its disk, which takes a while with gigabytes."""

PIECE_BYTES = 1024 * 1024
"""Held at once of a file on its way through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which predictions are looked for; what is None is not filtered by."""

    use_case: str
    start: datetime | None = None
    end: datetime | None = None
    source: str | None = None
    model_version: int | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """The filters as the gateway takes them."""
        return _given(
            use_case=self.use_case,
            start=self.start,
            end=self.end,
            source=self.source,
            model_version=self.model_version,
        )


@dataclass(frozen=True, slots=True)
class RepairedRow:
    """A quarantined row with its values put right."""

    batch_id: UUID
    row_number: int
    row: dict[str, Any]


class Gateway:
    """A client of the gateway; safe to share between threads, and to be shared, for its connections stay open."""

    def __init__(self, url: str, key: str, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        # trust_env: a proxy of the environment is for the internet, not for the gateway beside us.
        self._http = httpx.Client(base_url=url, headers=headers, timeout=PATIENCE, transport=transport, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def use_cases(self) -> tuple[a.UseCaseSummary, ...]:
        """List the use cases."""
        return self.get(a.UseCaseList, "/use-cases").use_cases

    def use_case(self, name: str) -> a.UseCase:
        """Give all that is needed to build a form."""
        return self.get(a.UseCase, f"/use-cases/{name}")

    def template(self, name: str) -> bytes:
        """Give a CSV file with the right columns and one row of examples."""
        return self._send("GET", f"/use-cases/{name}/template.csv").content

    def models(self) -> tuple[a.ServedModel, ...]:
        """Tell which versions are served."""
        return self.get(a.ModelList, "/models").models

    def health(self) -> a.Health:
        """Tell what works; a pipeline that is not ready is an answer too."""
        response = self._ask("GET", "/health/ready")
        if response.is_success or response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return _read(a.Health, response.content)
        raise error_of(response)

    def predict(self, use_case: str, rows: Sequence[Mapping[str, Any]], *, explain: bool = False) -> a.Predicted:
        """Have up to 1,000 rows predicted, all of them or none; up to 100 are explained."""
        return self.post(a.Predicted, "/predict", rows, use_case=use_case, explain="true" if explain else None)

    def check(self, use_case: str, rows: Sequence[Mapping[str, Any]]) -> desk.CheckedRows:
        """Have rows checked without predicting them."""
        return self.post(desk.CheckedRows, "/check", rows, use_case=use_case)

    def upload(self, use_case: str, name: str, file: IO[bytes]) -> a.Uploaded:
        """Hand a file in, piece by piece; nothing of it stays in memory."""
        return self.hand_in(a.Uploaded, "/batches", file, {"use_case": use_case, "name": name})

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

    def batch(self, batch_id: str | UUID) -> a.Batch:
        """Tell where the rows of a batch are."""
        return self.get(a.Batch, f"/batches/{batch_id}")

    def batch_predictions(self, batch_id: UUID, *, cursor: str | None, limit: int) -> a.PredictionPage:
        """List the predictions of a batch in the order of its rows."""
        return self.get(a.PredictionPage, f"/batches/{batch_id}/predictions", cursor=cursor, limit=limit)

    def batch_quarantine(self, batch_id: UUID, *, cursor: str | None, limit: int) -> a.QuarantinePage:
        """List the bad rows of a batch."""
        return self.get(a.QuarantinePage, f"/batches/{batch_id}/quarantine", cursor=cursor, limit=limit)

    def past_predictions(self, filters: Filters, *, cursor: str | None, limit: int) -> a.PredictionPage:
        """List stored predictions, the newest first."""
        return self.get(a.PredictionPage, "/past-predictions", **filters.parameters, cursor=cursor, limit=limit)

    def summary(self, filters: Filters, *, buckets: int = 60) -> desk.Summary:
        """Count stored predictions over time."""
        return self.get(desk.Summary, "/past-predictions/summary", **filters.parameters, buckets=buckets)

    def quality(self, use_case: str, start: datetime | None, end: datetime | None) -> desk.Quality:
        """Count what came in and what was refused."""
        return self.get(desk.Quality, "/quarantine/summary", use_case=use_case, start=start, end=end)

    def replay_rows(self, use_case: str, rows: Sequence[RepairedRow]) -> desk.Replayed:
        """Send repaired rows again; all of them or none."""
        entries = [{"batch_id": str(row.batch_id), "row_number": row.row_number, "row": row.row} for row in rows]
        return self.post(desk.Replayed, "/quarantine/replay", {"use_case": use_case, "rows": entries})

    def queues(self) -> tuple[desk.QueueState, ...]:
        """Tell what waits where."""
        return self.get(desk.QueueList, "/queues").queues

    def dead_letters(self, *, state: str, cursor: str | None, limit: int) -> desk.DeadLetterPage:
        """List messages nobody could handle, the newest first."""
        return self.get(desk.DeadLetterPage, "/dead-letters", state=state, cursor=cursor, limit=limit)

    def dead_letter(self, letter_id: UUID) -> desk.DeadLetterContent:
        """Look into a dead letter."""
        return self.get(desk.DeadLetterContent, f"/dead-letters/{letter_id}")

    def replay_letters(self, letter_ids: Sequence[UUID]) -> desk.LettersReplayed:
        """Send dead letters again."""
        ids = [str(letter_id) for letter_id in letter_ids]
        return self.post(desk.LettersReplayed, "/dead-letters/replay", {"letter_ids": ids})

    def get(self, kind: type[T], path: str, **parameters: object) -> T:
        """Ask for something; parameters that are None are left out.

        Raises
        ------
        ui.gateway.problems.GatewayError
            If there is no answer to use.
        """
        return _read(kind, self._send("GET", path, params=_given(**parameters)).content)

    def post(self, kind: type[T], path: str, body: object, *, key: str | None = None, **parameters: object) -> T:
        """Have something done; with the key of a person where it takes more rights than the page has.

        Raises
        ------
        ui.gateway.problems.GatewayError
            If there is no answer to use.
        """
        response = self._send(
            "POST",
            path,
            content=json.dumps(body, default=str, allow_nan=False).encode(),
            params=_given(**parameters),
            headers={"Content-Type": "application/json", **_rights(key)},
        )
        return _read(kind, response.content)

    def hand_in(
        self,
        kind: type[T],
        path: str,
        file: IO[bytes],
        parameters: Mapping[str, str | Sequence[str]],
        *,
        key: str | None = None,
    ) -> T:
        """Send a file piece by piece; with the key of a person where it takes more rights than the page has.

        Raises
        ------
        ui.gateway.problems.GatewayError
            If there is no answer to use.
        """
        response = self._send(
            "POST",
            path,
            content=_pieces(file),
            params=parameters,
            headers={"Content-Type": "application/octet-stream", **_rights(key)},
            timeout=UPLOAD_PATIENCE,
        )
        return _read(kind, response.content)

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        response = self._ask(method, path, **options)
        if not response.is_success:
            raise error_of(response)
        return response

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **options)
        except httpx.ConnectError as error:
            raise GatewayAwayError from error
        except httpx.TimeoutException as error:
            raise GatewaySlowError from error
        except httpx.TransportError as error:
            # It hung up in the middle: it is being restarted, most likely.
            raise GatewayAwayError from error
        except httpx.InvalidURL as error:
            raise GatewayError("The address of the gateway cannot be used.") from error


def _rights(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Authorization": f"Bearer {key}"}


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece


def _given(**parameters: object) -> dict[str, str]:
    """Leave out what is not asked for; the gateway refuses empty parameters."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value)
        for name, value in parameters.items()
        if value is not None
    }


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    # Built once a kind: it costs a millisecond.
    return TypeAdapter(kind)


def _read(kind: type[T], content: bytes) -> T:
    try:
        answer: T = _adapter(kind).validate_json(content)  # type: ignore[arg-type]  # a class is hashable; mypy doubts it of a type variable
    except ValidationError as error:
        raise UnexpectedAnswerError(f"{kind.__name__}: {error.error_count()} fields are not as agreed.") from error
    return answer
