"""What can go wrong between the page and the gateway, in words that say what to do."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from ui.gateway.answers import GateAnswer, ParameterError, RowError

T = TypeVar("T")


class GatewayError(Exception):
    """No answer to use; a subclass for each next move a person has."""

    title: ClassVar[str] = "The gateway failed"
    advice: str = "Try again. If it stays like this, tell the operator the request id below."

    def __init__(self, detail: str = "", *, request_id: str | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.request_id = request_id


class GatewayUnreachableError(GatewayError):
    """Nothing listens at the gateway's address."""

    title = "The gateway cannot be reached"
    advice = "It may be starting. Try again in a moment; an operator sees with `smartpredict status` what runs."


class GatewayTimeoutError(GatewayError):
    """No answer in time to what changes nothing."""

    title = "The gateway did not answer in time"
    advice = "Try again in a moment."


class SlowQuestionError(GatewayTimeoutError):
    """No answer in time to a question, which may be about a long range of time."""

    advice = "Try again, with a shorter range of time if you chose a long one."


class MayBeDoneError(GatewayError):
    """No answer to what changes something: it may have been done, or be done yet."""

    title = "Whether it was done is not known"

    def __init__(self, detail: str, *, request_id: str | None = None, shown_in: str) -> None:
        super().__init__(detail, request_id=request_id)
        self.advice = f"It may have been done, or be done in a moment. Look at {shown_in} before you do it again."


class KeyRefusedError(GatewayError):
    """The page's own key is wrong; nobody in front of the page can help that."""

    title = "The page has no valid API key"
    advice = "An operator has to set SMARTPREDICT_API_KEY to a key of role webapp and start the page again."


class NotAllowedError(GatewayError):
    """The key is good, but not for this."""

    title = "This page may not do that"
    advice = "Ask an operator; it needs a key with more rights."


class NotOfferedError(GatewayError):
    """The gateway is of a version that has no such operation."""

    title = "Not offered by this gateway"
    advice = "It comes with a newer version; everything else on this page works."


class NotFoundError(GatewayError):
    """What was asked for does not exist."""

    title = "Not found"
    advice = "It may have been removed, or the address is incomplete."


class RowsRefusedError(GatewayError):
    """Some rows break the contract of the use case; none was predicted."""

    title = "Some rows are not valid"
    advice = "Correct them, or leave them out."

    def __init__(
        self, detail: str, *, request_id: str | None = None, errors: tuple[RowError, ...] = (), total: int | None = None
    ) -> None:
        super().__init__(detail, request_id=request_id)
        self.errors = errors
        self.total = len(errors) if total is None else total


class PromotionRefusedError(GatewayError):
    """A gate keeps a version from being served; what is served stays as it is."""

    title = "The version may not be served"
    advice = "What is served stays as it is."

    def __init__(self, detail: str, *, request_id: str | None = None, gates: tuple[GateAnswer, ...] = ()) -> None:
        super().__init__(detail, request_id=request_id)
        self.gates = gates


class VersionNotServedError(GatewayError):
    """The version that was asked for is not served any more; its own words say which."""

    title = "That version cannot be asked any more"
    advice = "What is stored stays as it is."


class FieldsRefusedError(GatewayError):
    """Some fields of what was sent do not hold; nothing was done."""

    title = "Some fields are not valid"
    advice = "Correct them, then try again."

    def __init__(self, detail: str, *, request_id: str | None = None, errors: tuple[ParameterError, ...] = ()) -> None:
        super().__init__(detail, request_id=request_id)
        self.errors = errors


class TooLargeError(GatewayError):
    """More than the gateway takes at once."""

    title = "This is too large"
    advice = "Hand in less, or have an operator hand it in with the command `smartpredict`."


class NameTakenError(GatewayError):
    """A use case of that name is there."""

    title = "The name is taken"
    advice = "Write another name above, then add it again."


class RefusedError(GatewayError):
    """The gateway does not take this; its own words say why."""

    title = "The gateway did not accept this"
    advice = "Change what it says, then try again."


class BusyError(GatewayError):
    """A part of the pipeline is missing or overloaded for the moment."""

    title = "The pipeline is not ready"
    advice = "Try again in a few seconds. The Operations page shows what is missing."


class AwayError(BusyError):
    """A part of the pipeline is away for the moment: what was asked for may be asked again by itself."""


class NoModelError(BusyError):
    """No version answers for the use case; its own words are for the shell."""

    title = "No model answers yet"
    advice = "Train one on the page Models, or wait for the training that runs: its progress stands there."


class UnexpectedAnswerError(GatewayError):
    """The answer is not in the agreed form."""

    title = "The gateway's answer could not be read"
    advice = "Page and gateway may be of different versions; an operator should update both."


def no_answer(error: httpx.TransportError, method: str, shown_in: str | None) -> GatewayError:
    """Return what it means to a person that a request got no response.

    Parameters
    ----------
    error
        How it failed.
    method
        Of the request.
    shown_in
        Where the page shows what the request changes; None if it changes nothing.
    """
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return GatewayUnreachableError()
        case httpx.PoolTimeout():
            return GatewayTimeoutError()  # not sent yet
        case httpx.TimeoutException() if shown_in is not None:
            return MayBeDoneError(f"{GatewayTimeoutError.title}.", shown_in=shown_in)
        case httpx.TimeoutException():
            return SlowQuestionError() if method == "GET" else GatewayTimeoutError()
        case _ if shown_in is not None:
            return MayBeDoneError("The gateway hung up before it answered.", shown_in=shown_in)
        case _:
            # It hung up in the middle: it is being restarted, most likely.
            return GatewayUnreachableError()


def error_from_response(response: httpx.Response, shown_in: str | None = None) -> GatewayError:
    """Return what a response that is no success means to a person.

    Parameters
    ----------
    response
        What the gateway answered.
    shown_in
        Where the page shows what the request changes; None if it changes nothing.
    """
    problem = _problem_in(response)
    detail = str(problem.get("detail", ""))
    code = problem.get("code")
    asked = problem.get("request_id")
    request_id = None if asked is None else str(asked)
    match response.status_code, code:
        case 422, "invalid-rows":
            return RowsRefusedError(
                detail,
                request_id=request_id,
                errors=_listed(RowError, problem, "errors"),
                total=problem.get("errors_total"),
            )
        case 409, "promotion-refused":
            return PromotionRefusedError(detail, request_id=request_id, gates=_listed(GateAnswer, problem, "gates"))
        case 422, "invalid-use-case":
            return FieldsRefusedError(detail, request_id=request_id, errors=_listed(ParameterError, problem, "errors"))
        case 504, _ if shown_in is not None:
            return MayBeDoneError(detail or f"{GatewayTimeoutError.title}.", request_id=request_id, shown_in=shown_in)
        case status, _:
            kind = _kind_of(status, code)
            return kind("" if kind in {NotOfferedError, NoModelError} else detail, request_id=request_id)


_KINDS: dict[int, type[GatewayError]] = {
    401: KeyRefusedError,
    403: NotAllowedError,
    404: NotFoundError,
    405: NotOfferedError,
    413: TooLargeError,
    429: BusyError,
    502: BusyError,
    503: BusyError,
    504: GatewayTimeoutError,
    507: BusyError,
}

_KINDS_OF_CODES: dict[str, type[GatewayError]] = {
    "use-case-exists": NameTakenError,
    "version-not-served": VersionNotServedError,
    "no-model": NoModelError,
    **dict.fromkeys(("not-ready", "broker-away", "database-away"), AwayError),
}


def _kind_of(status: int, code: object) -> type[GatewayError]:
    """Return the error whose advice fits."""
    if status == httpx.codes.NOT_FOUND and code in (None, "not-found"):
        return NotOfferedError
    kind = _KINDS_OF_CODES.get(str(code)) or _KINDS.get(status)
    return kind or (RefusedError if httpx.codes.is_client_error(status) else GatewayError)


def _problem_in(response: httpx.Response) -> dict[str, Any]:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _listed(kind: type[T], problem: dict[str, Any], member: str) -> tuple[T, ...]:
    """Read what a problem lists; none where it cannot be read, for the problem is understood without."""
    try:
        found: tuple[T, ...] = TypeAdapter(tuple[kind, ...]).validate_python(problem.get(member, ()))  # type: ignore[valid-type]  # known at run time
    except ValidationError:
        return ()
    return found
