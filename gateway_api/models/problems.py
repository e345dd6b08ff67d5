"""What can keep a version from being served."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from gateway_api.door.problems import Problem
from gateway_api.models.answers import gate_answers
from registry.changes import NothingToRollBackError, PromotionRefusedError
from registry.client import NoSuchVersionError, RegistryAwayError, RegistryError


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


@contextlib.contextmanager
def registry_errors_as_problems() -> Iterator[None]:
    """Raise the problem that an error of the registry is to a caller."""
    try:
        yield
    except PromotionRefusedError as error:
        raise PromotionRefused(str(error), gates=[gate.model_dump() for gate in gate_answers(error.results)]) from error
    except NothingToRollBackError as error:
        raise NothingToRollBack(str(error)) from error
    except NoSuchVersionError as error:
        raise UnknownVersion(str(error)) from error
    except RegistryAwayError as error:
        raise RegistryAway(f"{error}. What is served goes on being served.") from error
    except RegistryError as error:
        raise RegistryFailed(f"{error}. What is served goes on being served.") from error
