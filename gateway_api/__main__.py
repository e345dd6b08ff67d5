"""Run the gateway: `python -m gateway_api`."""

from __future__ import annotations

import contextlib
import gc
import sys
from types import FrameType

import uvicorn
from pydantic import ValidationError
from typing_extensions import override
from uvicorn.config import STARTUP_FAILURE

from broker.service.logs import configure_logging
from broker.service.stopping import END_SECONDS, end_within
from gateway_api.app import build_app, with_fast_path
from gateway_api.door.accounts import ApiKeysError
from gateway_api.door.slow_senders import BoundedArrival
from gateway_api.settings import Settings

KEPT_SECONDS = 130
"""
How long an idle connection is kept: longer than clients and proxies keep theirs (httpx 5 s, .NET 60, Go 90, Caddy 120), for a
request sent while the server closes gets no answer. A timer that ran out while the process hung closes with the request unread.
"""


class Server(uvicorn.Server):
    """A server that ends in time when it is told to stop."""

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            end_within(END_SECONDS)
        super().handle_exit(sig, frame)


def main() -> None:
    """Serve until told to stop."""
    configure_logging("gateway")
    try:
        settings = Settings()
        app = with_fast_path(build_app(settings))
    except ValidationError as error:
        wrong = (f"SMARTPREDICT_{str(problem['loc'][0]).upper()}: {problem['msg']}" for problem in error.errors())
        sys.exit(f"The gateway cannot start. {'; '.join(wrong)}")
    except ApiKeysError as error:
        sys.exit(f"The gateway cannot start: {error}")
    # What is loaded by now stays for good; without this every full collection walks through all of it.
    gc.collect()
    gc.freeze()
    config = uvicorn.Config(
        app,
        host=settings.gateway_host,
        port=settings.gateway_port,
        loop="uvloop",
        http=BoundedArrival,
        ws="none",
        lifespan="on",
        access_log=False,  # the metrics count requests; a line for each would cost a tenth of the speed
        log_config=None,
        server_header=False,
        proxy_headers=False,  # nothing here asks for the address of a caller
        timeout_keep_alive=KEPT_SECONDS,
        timeout_graceful_shutdown=15,
    )
    server = Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


if __name__ == "__main__":
    main()
