"""Speaking with the gateway from the command line: its problems become words a person can act upon."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from cli.errors import UserError
from cli.settings import setting

__all__ = ["GatewayClient", "open_gateway"]

_SECONDS = 30
_SHOWN_ERRORS = 20


class GatewayClient:
    """A connection to the gateway with one API key; use as a context manager."""

    def __init__(self, url: str, api_key: str, transport: httpx.BaseTransport | None = None) -> None:
        self._url = url
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {api_key}"}, timeout=_SECONDS, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def use_case(self, name: str) -> dict[str, Any]:
        """Fetch all there is to know about a use case."""
        # Quoted, so that a strange name cannot become another address.
        return self._answer("GET", f"/use-cases/{quote(name, safe='')}")

    def predict(self, use_case: str, rows: Any, *, explain: bool = False) -> dict[str, Any]:
        """Request predictions of rows, and explanations where they are wanted."""
        params = {"use_case": use_case} | ({"explain": "true"} if explain else {})
        return self._answer("POST", "/predict", params=params, json=rows)

    def forecast(self, use_case: str, origin: str | None = None) -> dict[str, Any]:
        """Request a forecast; without `forecasts` in the answer it is on its way."""
        return self._answer("POST", "/forecast", json={"use_case": use_case, "origin": origin})

    def shadow(self, use_case: str, **wanted: str | int | None) -> dict[str, Any]:
        """Compare a challenger with the champion."""
        params = {name: value for name, value in wanted.items() if value is not None}
        return self._answer("GET", f"/models/{quote(use_case, safe='')}/shadow", params=params)

    def _answer(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **content)
        except httpx.TimeoutException as error:
            raise UserError(
                f"The gateway at {self._url} gave no answer within {_SECONDS} s. See: smartpredict status"
            ) from error
        except httpx.HTTPError as error:
            raise UserError(
                f"The gateway at {self._url} cannot be reached ({error}). See: smartpredict status"
            ) from error
        if response.is_success:
            answer: dict[str, Any] = response.json()
            return answer
        raise UserError(_words(response))


def open_gateway() -> GatewayClient:
    """Open a connection to the gateway that the command is told of, with its key."""
    return GatewayClient(setting("SMARTPREDICT_GATEWAY_URL"), setting("SMARTPREDICT_API_KEY"))


def _words(response: httpx.Response) -> str:
    try:
        problem = response.json()
        errors = problem.get("errors", [])
        lines = [f"{problem['title']}. {problem['detail']}"]
    except (ValueError, KeyError, AttributeError):
        return f"The gateway answered {response.status_code}, and not in its own words; is the address right?"
    lines += [
        f"  row {error['row']}: {error['message']}" if "row" in error else f"  {error['parameter']}: {error['message']}"
        for error in errors[:_SHOWN_ERRORS]
    ]
    if len(errors) > _SHOWN_ERRORS:
        lines.append(f"  and {len(errors) - _SHOWN_ERRORS} more")
    return "\n".join(lines)
