"""What can keep somebody from ordering or changing a training."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from gateway_api.door.problems import Problem
from gateway_api.wire.sentences import sentence
from sql.registry.trainings import TooManyWaitingError, TrainingOrderError, UnknownTrainingError


class UnknownTraining(Problem):
    """No training of that id."""

    status = 404
    code = "unknown-training"
    title = "There is no such training"


class TrainingEnded(Problem):
    """The training has ended already."""

    status = 409
    code = "training-ended"
    title = "The training has ended"


class TooManyTrainings(Problem):
    """So many trainings wait that no other is taken."""

    status = 429
    code = "too-many-trainings"
    title = "Too many trainings are waiting"
    retry_after = 60


@contextlib.contextmanager
def training_errors_as_problems() -> Iterator[None]:
    """Raise the problem that a refusal is to a caller.

    Raises
    ------
    UnknownTraining, TooManyTrainings, TrainingEnded
        If there is no such training, too many wait, or it has ended.
    """
    try:
        yield
    except UnknownTrainingError as error:
        raise UnknownTraining(f"{sentence(error)} GET /trainings lists them.") from error
    except TooManyWaitingError as error:
        raise TooManyTrainings(sentence(error)) from error
    except TrainingOrderError as error:
        raise TrainingEnded(sentence(error)) from error
