"""The requests that the page makes about trainings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO
from uuid import UUID

from ui.gateway import answers as a
from ui.gateway.connection import Connection, Parameters, authorization, parameters_of, read_answer

_NEWEST = "how far the newest training is"
"""Where the page shows what these requests change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingWish:
    """What is to be trained, and from what."""

    use_case: str
    learn_from: str
    trials: int

    @property
    def parameters(self) -> Parameters:
        """The order as the gateway takes it."""
        return parameters_of(use_case=self.use_case, learn_from=self.learn_from, trials=self.trials)


class TrainingRequests(Connection):
    """Requests about trainings; ordering and cancelling them takes the key of an administrator, for the page has fewer rights.

    Following one takes no key, so that whoever opens the page sees how far it is.
    """

    def trainings(self, use_case: str, *, limit: int) -> list[a.TrainingAnswer]:
        """List the newest trainings of a use case, the newest first."""
        return self.get(a.TrainingPage, "/trainings", use_case=use_case, limit=limit).trainings

    def training(self, training_id: UUID) -> a.TrainingAnswer:
        """Return how far a training is."""
        return self.get(a.TrainingAnswer, f"/trainings/{training_id}")

    def order_training(self, wish: TrainingWish, key: str) -> a.TrainingAnswer:
        """Have a version trained."""
        header = authorization(key)
        response = self.send("POST", "/trainings", params=wish.parameters, headers=header, shown_in=_NEWEST)
        return read_answer(a.TrainingAnswer, response.content)

    def order_training_from_file(self, wish: TrainingWish, name: str, file: IO[bytes], key: str) -> a.TrainingAnswer:
        """Have a version trained from a file."""
        asked = {**wish.parameters, "name": name}
        return self.post_file(a.TrainingAnswer, "/trainings", file, asked, key=key, shown_in=_NEWEST)

    def cancel_training(self, training_id: UUID, key: str) -> a.TrainingAnswer:
        """End a training."""
        return self.post(a.TrainingAnswer, f"/trainings/{training_id}/cancel", {}, key=key, shown_in=_NEWEST)
