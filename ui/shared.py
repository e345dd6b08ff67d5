"""What all sessions of this process share, built once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ui.gateway.client import Gateway
from ui.settings import Settings
from ui.transfers.downloads import Downloads
from ui.transfers.large_uploads import LargeUploads


@dataclass(frozen=True, slots=True)
class Shared:
    """The collaborators of the pages."""

    settings: Settings
    gateway: Gateway
    large_uploads: LargeUploads
    downloads: Downloads


@cache
def shared() -> Shared:
    """Build what the pages share, once.

    Raises
    ------
    ui.settings.SettingsError
        If the configuration cannot be used.
    """
    settings = Settings.from_environment()
    return Shared(settings, Gateway(settings.gateway_url, settings.api_key), LargeUploads(), Downloads())


def gateway() -> Gateway:
    """Return the client of the gateway."""
    return shared().gateway
