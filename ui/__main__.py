"""Serve the page: `python -m ui`."""

from __future__ import annotations

import logging
import sys

from ui.server import build_app, options
from ui.settings import SettingsError
from ui.shared import shared


def main() -> None:
    """Serve until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # It would log every single request to the gateway, with its query.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        everything = shared()
    except SettingsError as error:
        sys.exit(f"The page cannot start. {error}")
    # Streamlit would take them for arguments of the script.
    del sys.argv[1:]
    build_app(everything).run(config=options(everything.settings))


if __name__ == "__main__":
    main()
