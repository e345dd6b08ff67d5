"""What can keep a mapping from being accepted or withdrawn."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from gateway_api.door.problems import InvalidParameters, Problem
from gateway_api.wire.sentences import sentence
from sql.registry.mappings import NoSuchMappingError, TooManyMappingsError
from usecases.contract.row_layout import TableRefusedError


class UnknownMapping(Problem):
    """No mapping of that number is in force."""

    status = 404
    code = "unknown-mapping"
    title = "There is no such mapping"


class TooManyMappings(Problem):
    """The use case has as many mappings as files are held against."""

    status = 409
    code = "too-many-mappings"
    title = "The use case has too many mappings"


@contextlib.contextmanager
def mapping_errors_as_problems() -> Iterator[None]:
    """Raise the problem that a refusal is to a caller."""
    try:
        yield
    except TableRefusedError as error:
        raise InvalidParameters(sentence(error)) from error
    except TooManyMappingsError as error:
        raise TooManyMappings(str(error)) from error
    except NoSuchMappingError as error:
        raise UnknownMapping(f"{error} GET /mappings lists them.") from error
