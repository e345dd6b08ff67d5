"""The page's server, put together in one place."""

from __future__ import annotations

import logging
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from ui.parts.theme import THEME
from ui.settings import MAX_UPLOAD_MEGABYTES, Settings
from ui.shared import Shared
from ui.transfers.downloads import DOWNLOAD_PATH, DownloadRoute
from ui.transfers.large_uploads import LargeUploadMiddleware

log = logging.getLogger(__name__)


def build_app(shared: Shared) -> st.App:
    """Build the application: Streamlit, with downloads beside it and large uploads kept out of its memory."""
    return st.App(
        Path(__file__).parent / "frame" / "app.py",
        routes=[Route(DOWNLOAD_PATH + "/{token}", DownloadRoute(shared.settings, shared.downloads).serve)],
        middleware=[
            Middleware(
                LargeUploadMiddleware, large_uploads=shared.large_uploads, limit=MAX_UPLOAD_MEGABYTES * 1024 * 1024
            )
        ],
        on_script_error=log_script_error,
    )


def options(settings: Settings) -> dict[str, object]:
    """Return Streamlit's options; none of them sends anything to other machines."""
    sign_in = {} if settings.secrets is None else {"secrets.files": [str(settings.secrets)]}
    return {
        **sign_in,
        "server.address": settings.host,
        "server.port": settings.port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.maxUploadSize": MAX_UPLOAD_MEGABYTES,
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "runner.magicEnabled": False,
        **THEME,
    }


def log_script_error(error: Exception) -> bool:
    """Log an error of our own, and show that there was one, without a traceback."""
    log.error("Page failed", exc_info=error)
    st.error(
        "**Something went wrong on this page.** Reload it; if it happens again, tell the operator, "
        "who finds the reason in the log of the page.",
        icon=":material/error:",
    )
    return True
