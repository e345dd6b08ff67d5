"""An S3-compatible server in the process of the tests, which notes what is put there and can hold a file up."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

BUCKET = "exports"


@dataclass
class ObjectStore:
    """A running server with a bucket.

    Attributes
    ----------
    put
        Paths that were put, in order.
    held_up
        End of the path of a file that does not arrive: its sender waits, until it ends or `go_on` is set.
    waiting
        Set once a sender waits.
    """

    address: str
    put: list[str] = field(default_factory=list)
    held_up: str | None = None
    waiting: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def settings(self) -> dict[str, str]:
        """What a program has to know to use it."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": "key-of-the-test",
            "AWS_SECRET_ACCESS_KEY": "secret-of-the-test",
            "AWS_DEFAULT_REGION": "eu-central-1",
        }

    def takes(self, method: str, path: str) -> bool:
        """Note what comes; return whether it is stored."""
        if method != "PUT":
            return True
        if self.held_up is not None and path.endswith(self.held_up):
            self.waiting.set()
            self.go_on.wait(120)
            return False
        self.put.append(path)
        return True


@contextlib.contextmanager
def object_store() -> Iterator[ObjectStore]:
    """Run the server while the block runs."""
    store = ObjectStore("")
    behind = DomainDispatcherApplication(create_backend_app)

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if store.takes(environ["REQUEST_METHOD"], environ["PATH_INFO"]):
            answered: Iterable[bytes] = behind(environ, start)
            return answered
        start("503 Service Unavailable", [("Content-Length", "0")])
        return []

    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    store.address = f"http://127.0.0.1:{server.server_port}"
    httpx.put(f"{store.address}/{BUCKET}").raise_for_status()
    store.put.clear()
    try:
        yield store
    finally:
        store.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()
