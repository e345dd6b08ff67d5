"""Problems of choosing the version that is served."""

from __future__ import annotations

from gateway_api.door.problems import Problem


class UnknownVersion(Problem):
    """No version of that number."""

    status = 404
    code = "unknown-version"
    title = "There is no such version"


class PromotionRefused(Problem):
    """A gate keeps the version out; `gates` tells what each found. What is served stays as it is."""

    status = 409
    code = "promotion-refused"
    title = "The version may not be served"


class NothingToRollBack(Problem):
    """No version was served before the one that is."""

    status = 409
    code = "nothing-to-roll-back"
    title = "There is no version to go back to"


class RegistryFailed(Problem):
    """MLflow answers, but not as it should; somebody has to look."""

    status = 502
    code = "registry-failed"
    title = "The model registry does not do what is asked"


class RegistryAway(Problem):
    """MLflow is away. What is served goes on being served."""

    status = 503
    code = "registry-away"
    title = "The model registry is away"
    retry_after = 5
