"""Problems that only a stored row that is looked at again has."""

from __future__ import annotations

from gateway_api.door.problems import Problem


class UnknownPrediction(Problem):
    """No prediction of the use case is stored under that id."""

    status = 404
    code = "unknown-prediction"
    title = "There is no such prediction"
