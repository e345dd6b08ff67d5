"""What the page asks about the pipeline: what works, what waits, what died, and what needs somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from ui.gateway import answers as a
from ui.gateway.connection import Connection, read_answer
from ui.gateway.problems import error_from_response

_SENT_AGAIN = "the letters under Sent again"
_ALERTS = "what the alert says"
"""Where the page shows what several requests change."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether rows sent now would be predicted, and what was looked at."""

    checks: tuple[a.Check, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether all of it works; an answer without checks is no yes."""
        return bool(self.checks) and all(check.ok for check in self.checks)


class PipelineRequests(Connection):
    """Requests about the pipeline itself."""

    def health(self) -> Health:
        """Return what works; a pipeline that is not ready is an answer too."""
        response = self.request("GET", "/health/ready")
        if response.is_success or response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return read_answer(Health, response.content)
        raise error_from_response(response)

    def served_models(self) -> list[a.ServedModel]:
        """List the versions that are served, as the workers that are alive report them."""
        return self.get(a.ModelList, "/models").models

    def processes(self) -> a.ProcessList:
        """List the processes of the pipeline, with what died and what was begun again."""
        return self.get(a.ProcessList, "/processes")

    def queues(self) -> list[a.QueueState]:
        """List the queues with what waits in them."""
        return self.get(a.QueueList, "/queues").queues

    def dead_letters(self, *, state: str, cursor: str | None, limit: int) -> a.DeadLetterPage:
        """List messages nobody could handle, the newest first."""
        return self.get(a.DeadLetterPage, "/dead-letters", state=state, cursor=cursor, limit=limit)

    def holds(self) -> list[a.HoldAnswer]:
        """List senders whose refused messages are held."""
        return self.get(a.HoldList, "/dead-letters/holds").holds

    def dead_letter(self, letter_id: UUID) -> a.DeadLetterContent:
        """Return a dead letter with what it holds."""
        return self.get(a.DeadLetterContent, f"/dead-letters/{letter_id}")

    def replay_letters(self, letter_ids: Sequence[UUID]) -> a.LettersReplayed:
        """Send dead letters again."""
        ids = [str(letter_id) for letter_id in letter_ids]
        return self.post(a.LettersReplayed, "/dead-letters/replay", {"letter_ids": ids}, shown_in=_SENT_AGAIN)

    def letter_rows(self, letter_id: UUID, use_case: str) -> a.LetterRowsAnswer:
        """Return the rows of a dead letter, with what is wrong with each."""
        return self.get(a.LetterRowsAnswer, f"/dead-letters/{letter_id}/rows", use_case=use_case)

    def repair_letter(
        self, letter_id: UUID, rows: Sequence[Mapping[str, Any]], *, person: str, reason: str, use_case: str
    ) -> a.LetterRepaired:
        """Send a dead letter on with repaired rows."""
        wanted = {"person": person, "reason": reason, "rows": rows, "use_case": use_case}
        return self.post(a.LetterRepaired, f"/dead-letters/{letter_id}/repair", wanted, shown_in=_SENT_AGAIN)

    def discard_letters(self, letter_ids: Sequence[UUID], *, person: str, reason: str) -> a.LettersDiscarded:
        """Discard dead letters for a reason."""
        ids = [str(letter_id) for letter_id in letter_ids]
        wanted = {"person": person, "reason": reason, "letter_ids": ids}
        return self.post(a.LettersDiscarded, "/dead-letters/discard", wanted, shown_in="the letters under Discarded")

    def discard_rows(
        self, batch: a.BatchAnswer, numbers: Sequence[int] | None, *, person: str, reason: str, cursor: str | None
    ) -> a.RowsDiscarded:
        """Discard refused rows of a batch for a reason, by their numbers, or page by page all that wait."""
        batch_id = str(batch.batch_id)
        rows = None if numbers is None else [{"batch_id": batch_id, "row_number": number} for number in numbers]
        which = {"batch_id": batch_id, "cursor": cursor} if rows is None else {"rows": rows}
        wanted = {"person": person, "reason": reason, "use_case": batch.use_case, **which}
        return self.post(a.RowsDiscarded, "/quarantine/discard", wanted, shown_in="the rows of the file")

    def alerts(self) -> a.AlertList:
        """List what needs somebody now: our own verdicts and the alerts of Prometheus."""
        return self.get(a.AlertList, "/alerts")

    def acknowledge_alert(self, alert: a.AlertAnswer, person: str, note: str) -> a.AcknowledgementAnswer:
        """Keep who looks after an alert, for as long as it lasts."""
        wanted = {"alert": alert.alert, "since": alert.since.isoformat(), "person": person, "note": note}
        return self.post(a.AcknowledgementAnswer, "/alerts/acknowledge", wanted, shown_in=_ALERTS)

    def silence_alert(self, alert: a.AlertAnswer, person: str, reason: str, *, hours: int) -> a.SilenceAnswer:
        """Have nobody be told of an alert for so many hours; none of them end its silence."""
        wanted = {"alert": alert.alert, "person": person, "reason": reason, "hours": hours}
        return self.post(a.SilenceAnswer, "/alerts/silence", wanted, shown_in=_ALERTS)
