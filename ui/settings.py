"""What an operator may set, by environment variables that begin with SMARTPREDICT_."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx

MAX_UPLOAD_MEGABYTES = 5_000
"""Largest file the page takes; the gateway takes as much by default."""


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
        secrets = found.get("SMARTPREDICT_UI_SECRETS")
        return cls(
            url,
            key,
            found.get("SMARTPREDICT_UI_HOST", "127.0.0.1"),
            int(port),
            None if secrets is None else _with_sign_in(Path(secrets)),
        )


def _with_sign_in(path: Path) -> Path:
    """Refuse to start without the sign-in that was asked for: a page open to everybody would look just the same."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"Set SMARTPREDICT_UI_SECRETS to a TOML file that can be read: {error}") from None
    if not isinstance(found.get("auth"), dict):
        raise SettingsError(f"Set SMARTPREDICT_UI_SECRETS to a file with an [auth] section; {path} has none.")
    return path
