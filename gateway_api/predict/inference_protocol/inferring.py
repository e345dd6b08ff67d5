"""An inference, whatever carries it: from tensors to rows that are predicted and committed, and back to tensors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pyarrow as pa
from sqlalchemy import Engine

from gateway_api.door.problems import MalformedBody
from gateway_api.gateway import Gateway, Online
from gateway_api.predict.asking import ask, with_key
from gateway_api.predict.columns import checked_rows
from gateway_api.predict.inference_protocol.columns import table_of
from gateway_api.predict.inference_protocol.models import output_tensors, wanted_outputs
from gateway_api.predict.inference_protocol.tensors import Tensor
from gateway_api.predict.online import OnlineRequest
from gateway_api.predict.problems import VersionNotServed
from sql.registry.workers import alive_workers
from usecases.checking.json_size import LARGE_BODY
from usecases.contract.arriving import brought_contract

Read = TypeVar("Read")

IDEMPOTENT = "idempotent"
"""Parameter of a request that makes its `id` a key: clients send ids of their own making, and not all are new each time."""


@dataclass(frozen=True, slots=True)
class Inference:
    """What a request asks for.

    Attributes
    ----------
    inputs, outputs
        Its tensors, and the names of the outputs it wants; all where it names none.
    id
        Its name for itself; none where it has none.
    is_idempotent
        Whether that name is a key, under which it is predicted once however often it comes.
    """

    inputs: Sequence[Tensor]
    outputs: Sequence[str] = ()
    id: str | None = None
    is_idempotent: bool = False


@dataclass(frozen=True, slots=True)
class Inferred:
    """What became of a request: committed."""

    request: OnlineRequest
    model_version: int
    outputs: Sequence[Tensor]


async def infer(
    gateway: Gateway,
    online: Online,
    wanted: Inference,
    ask_for: Callable[[pa.RecordBatch], OnlineRequest],
    *,
    account: str,
    key: str | None,
    content: bytes,
) -> Inferred:
    """Have the rows of a request predicted and committed.

    Parameters
    ----------
    gateway, online
        What predicts.
    wanted
        What is asked for.
    ask_for
        Returns the request for a worker, with the rows, once these are checked.
    account, key
        Who asks, and the key that came beside the request; none where none did.
    content
        The request as it came, for its key.

    Raises
    ------
    gateway_api.door.problems.Problem
        If nothing was predicted.
    """
    outputs = wanted_outputs(online.use_case, wanted.outputs)
    if wanted.is_idempotent and wanted.id is None:
        raise MalformedBody(f"The parameter `{IDEMPOTENT}` makes the `id` a key. Send an `id`, or leave it out.")
    asked = ask_for(await off_the_loop(content, _rows, online, wanted.inputs))
    key = wanted.id if wanted.is_idempotent and key is None else key
    if key is not None:
        named = f"infer\0{online.use_case.name}\0".encode()
        asked = await with_key(gateway, asked, account, key, named + content)
    asked, predicted = await ask(gateway, online, asked, may_be_repeated=key is not None)
    tensors = output_tensors(online.use_case, asked, predicted, outputs)
    return Inferred(asked, predicted.model_version, tensors)


async def off_the_loop(content: bytes, read: Callable[..., Read], *arguments: Any) -> Read:
    """Read a request; in a thread where it is large, so that no other caller waits for it, as /predict does."""
    return read(*arguments) if len(content) <= LARGE_BODY else await asyncio.to_thread(read, *arguments)


def version_of(text: str) -> int:
    """Read the version of a model that a request names.

    Raises
    ------
    VersionNotServed
        If it is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004  # the database counts in 32 bits
        raise VersionNotServed(f"Versions are numbers, such as 3; found {text[:60]!r}.")
    return int(text)


def served_versions(engine: Engine, use_case: str, version: str | None = None) -> list[int]:
    """Return which versions of a model the workers serve that are alive; none where they serve none.

    Parameters
    ----------
    engine, use_case
        The database, and whose model.
    version
        The only one of interest; any where it is none.

    Raises
    ------
    VersionNotServed
        If that one is not served.
    """
    served = sorted({worker.models[use_case] for worker in alive_workers(engine) if use_case in worker.models})
    if version is None:
        return served
    if version_of(version) not in served:
        listed = ", ".join(map(str, served)) or "none"
        raise VersionNotServed(f"Version {version} of {use_case} is not served; served: {listed}.")
    return [int(version)]


def _rows(online: Online, inputs: Sequence[Tensor]) -> pa.RecordBatch:
    contract = brought_contract(online.use_case)
    return checked_rows(contract, table_of(contract, inputs))
