"""What an operator may set, by environment variables that begin with SMARTPREDICT_."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx

from ui.access import AllowedPeople, AllowedPeopleError

MAX_SESSION_HOURS = 720
"""Thirty days: as long as Streamlit's cookie lasts."""

MAX_UPLOAD_MEGABYTES = 5_000
"""Largest file the page takes; the gateway takes as much by default."""


MEGABYTE = 1024**2

MAX_INFER_MEGABYTES, MAX_TRAINING_MEGABYTES = 64, 1024
"""What the gateway takes by default, where it reads a file as a whole."""


class SettingsError(ValueError):
    """The page cannot start like this; the message says what to set."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the gateway is, and where the page is served."""

    gateway_url: str
    api_key: str = field(repr=False)
    """Of role `webapp`; stays in this process and never reaches a browser."""
    host: str = "127.0.0.1"
    port: int = 8501
    secrets: Path | None = None
    """File with an `[auth]` section, where people have to sign in."""
    allowed: AllowedPeople = field(default_factory=AllowedPeople)
    """Who of them may use the page."""
    session_hours: float = 12.0
    """How long after signing in they have to sign in again."""
    max_infer_megabytes: int = MAX_INFER_MEGABYTES
    """Largest file of which the gateway makes a use case, or that it takes with outcomes or repaired rows."""
    max_training_megabytes: int = MAX_TRAINING_MEGABYTES
    """Largest file on which a model is trained over HTTP."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read the settings.

        Raises
        ------
        SettingsError
            If one is missing or cannot be used.
        """
        found = os.environ if environment is None else environment
        url = found.get("SMARTPREDICT_GATEWAY_URL", "").rstrip("/")
        if httpx.URL(url).scheme not in {"http", "https"}:
            raise SettingsError("Set SMARTPREDICT_GATEWAY_URL to the address of the gateway, as http://HOST:PORT.")
        key = found.get("SMARTPREDICT_API_KEY", "")
        if not key.isascii() or not key.isprintable() or not key:
            raise SettingsError("Set SMARTPREDICT_API_KEY to a key of role webapp that the gateway knows.")
        port = found.get("SMARTPREDICT_UI_PORT", "8501")
        if not port.isdecimal() or not 0 < int(port) < 65_536:  # noqa: PLR2004  # what TCP has
            raise SettingsError(f"Set SMARTPREDICT_UI_PORT to a port between 1 and 65535; found {port!r}.")
        secrets, allowed = None, found.get("SMARTPREDICT_UI_ALLOWED", "")
        if "SMARTPREDICT_UI_SECRETS" in found:
            secrets = Path(found["SMARTPREDICT_UI_SECRETS"])
        elif allowed:
            raise SettingsError("Set SMARTPREDICT_UI_SECRETS too: SMARTPREDICT_UI_ALLOWED is about people who sign in.")
        return cls(
            url,
            key,
            found.get("SMARTPREDICT_UI_HOST", "127.0.0.1"),
            int(port),
            secrets,
            AllowedPeople() if secrets is None else _allowed(allowed, secrets),
            _session_hours(found.get("SMARTPREDICT_UI_SESSION_HOURS", "12")),
            _megabytes(found, "SMARTPREDICT_MAX_INFER_BYTES", MAX_INFER_MEGABYTES),
            _megabytes(found, "SMARTPREDICT_MAX_TRAINING_BYTES", MAX_TRAINING_MEGABYTES),
        )


def _allowed(text: str, secrets: Path) -> AllowedPeople:
    try:
        return AllowedPeople.parse(text, str(_sign_in(secrets).get("server_metadata_url", "")))
    except AllowedPeopleError as error:
        raise SettingsError(f"Set SMARTPREDICT_UI_ALLOWED: {error}.") from None


def _session_hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= MAX_SESSION_HOURS:
        raise SettingsError(
            f"Set SMARTPREDICT_UI_SESSION_HOURS to hours between 0 and {MAX_SESSION_HOURS}; found {text!r}."
        )
    return hours


def _megabytes(found: Mapping[str, str], name: str, standard: int) -> int:
    """Read a limit that is the gateway's; the page only says it where files are chosen."""
    text = found.get(name, str(standard * MEGABYTE))
    if not text.isdecimal() or not int(text):
        raise SettingsError(f"Set {name} to a number of bytes, as the gateway has it; found {text!r}.")
    return min(max(1, int(text) // MEGABYTE), MAX_UPLOAD_MEGABYTES)


def _sign_in(path: Path) -> dict[str, object]:
    """Refuse to start without the sign-in that was asked for: a page open to everybody would look just the same."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"Set SMARTPREDICT_UI_SECRETS to a TOML file that can be read: {error}") from None
    sign_in = found.get("auth")
    if not isinstance(sign_in, dict):
        raise SettingsError(f"Set SMARTPREDICT_UI_SECRETS to a file with an [auth] section; {path} has none.")
    return sign_in
