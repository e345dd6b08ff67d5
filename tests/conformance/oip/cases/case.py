"""What a case is: what is sent, what has to come back, and what another server is known to do instead."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx
import numpy as np

from tests.conformance.oip.cases.binary import decode_binary
from tests.conformance.oip.targets import Target

__all__ = ["Call", "Case", "Difference", "Reply"]

JSON = {"content-type": "application/json"}
JSON_LENGTH = "inference-header-content-length"


_PACK: dict[str, Callable[[bytes], bytes]] = {"": bytes, "gzip": gzip.compress, "deflate": zlib.compress}


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A request; `{model}`, `{label}` and `{score}` in it are what the server calls the model and its outputs."""

    path: str
    method: str = "GET"
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    behind: bytes | None = None
    """Tensors behind the JSON, whose length is then said, as it is before it is packed."""
    length: str = ""
    """What is said of the length instead."""
    packing: str = ""
    """Encoding of the body: gzip or deflate."""
    kind: str = ""
    """Kind of the request, where the server has another model for it."""

    def send(self, target: Target) -> Reply:
        """Send it to a server."""
        headers = {**target.headers, **self.headers}
        content = self.content
        for name, named in (("{label}", target.label), ("{score}", target.score)):
            content = content and content.replace(name.encode(), named.encode())
        if content is not None and self.behind is not None:
            headers[JSON_LENGTH] = self.length or str(len(content))
            content += self.behind
        if content is not None and self.packing:
            headers["content-encoding"] = self.packing
            content = _PACK[self.packing](content)
        path = self.path.replace("{model}", target.models.get(self.kind, "pump"))
        with httpx.Client(base_url=target.url, timeout=30) as client:
            return Reply(client.request(self.method, path, content=content, headers=headers))


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    response: httpx.Response

    @property
    def status(self) -> int:
        """Return the status of HTTP."""
        return self.response.status_code

    @cached_property
    def content(self) -> Any:
        """Return the JSON of the answer, without tensors behind it."""
        length = self.response.headers.get(JSON_LENGTH)
        return json.loads(self.response.content[: None if length is None else int(length)])

    @cached_property
    def outputs(self) -> dict[str, dict[str, Any]]:
        """Return the tensors of the answer by their names, each of which may stand there once."""
        found = {output["name"]: output for output in self.content["outputs"]}
        assert len(found) == len(self.content["outputs"])
        return found

    def values(self, name: str) -> Any:
        """Return the values of a tensor, which has to hold as many as its shape says, of its datatype."""
        length = self.response.headers.get(JSON_LENGTH)
        behind = memoryview(self.response.content)[0 if length is None else int(length) :]
        for output in self.outputs.values():
            size = output.get("parameters", {}).get("binary_data_size")
            if output["name"] == name:
                values = np.array(output["data"]) if size is None else decode_binary(output["datatype"], behind[:size])
                return values.reshape(output["shape"])
            behind = behind[size or 0 :]
        raise AssertionError(f"no output {name} in {[*self.outputs]}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What a server does instead of what is specified."""

    says: str
    """What it does, as the table of differences says it."""
    status: int | str
    """The status by which the test knows that it still does so: of HTTP, or the name of one of gRPC."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One thing that the protocol, or the extension for binary tensors, asks of a server."""

    name: str
    asks: str
    """Section that asks for it."""
    call: Call
    expect: Callable[[Reply, Target], None]
    mlserver: Difference | None = None
