"""What can keep a use case from being added."""

from __future__ import annotations

from gateway_api.door.problems import Problem


class UseCaseExists(Problem):
    """A use case of that name is there already; what its rows have to be is edited in its file."""

    status = 409
    code = "use-case-exists"
    title = "There is such a use case already"


class SetupNotPossible(Problem):
    """The gateway was given no folder for use cases, no login that may make their tables, or not the file of this one."""

    status = 409
    code = "setup-not-possible"
    title = "Use cases cannot be added or changed here"


class CannotInfer(Problem):
    """No use case can be made of the data as it is."""

    status = 422
    code = "cannot-infer"
    title = "No use case can be made of this file"


class InvalidUseCase(Problem):
    """The use case is not valid, or does not fit its data; `errors` names every field."""

    status = 422
    code = "invalid-use-case"
    title = "The use case is not valid"
