"""What all sessions of this process share, built once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ui.downloads import Downloads
from ui.gateway import Gateway
from ui.settings import Settings
from ui.spool import Spool


@dataclass(frozen=True, slots=True)
class Shared:
    """The collaborators of the pages."""

    settings: Settings
    gateway: Gateway
    spool: Spool
    downloads: Downloads


@cache
def shared() -> Shared:
    """Give the collaborators.

    Raises
    ------
    ui.settings.SettingsError
        If the configuration cannot be used.
    """
    settings = Settings.from_environment()
    return Shared(settings, Gateway(settings.gateway_url, settings.api_key), Spool(), Downloads())
