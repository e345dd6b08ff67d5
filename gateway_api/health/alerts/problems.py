"""Problems that only alerts have."""

from __future__ import annotations

from gateway_api.door.problems import Problem


class UnknownAlert(Problem):
    """No alert of that name, which began then, is there any more."""

    status = 404
    code = "unknown-alert"
    title = "There is no such alert"
