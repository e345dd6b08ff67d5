"""What kserve's clients make of a server, by HTTP and by gRPC: one JSON object, what came back by what was asked."""

import asyncio
import json
import os
import sys
from typing import Any

import httpx
import numpy as np
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput

KEY = os.environ["SMARTPREDICT_API_KEY"]
URL = os.environ["SMARTPREDICT_GATEWAY_URL"]
COLUMNS = {name: np.array(values) for name, values in json.loads(os.environ["COLUMNS"]).items()}
DATATYPES = {"float64": "FP64", "int64": "INT64"}


def headers() -> dict[str, str]:
    """Make them anew for each request: the client adds what belongs to one, and leaves it there."""
    return {"x-api-key": KEY}


def request(model: str = "pump", *, is_binary: bool, answer: bool | None = None) -> Any:
    inputs = []
    for name, values in COLUMNS.items():
        tensor = InferInput(name, list(values.shape), DATATYPES[str(values.dtype)])
        tensor.set_data_from_numpy(values, binary_data=is_binary)
        inputs.append(tensor)
    wanted = None if answer is None else [RequestedOutput("score", {"binary_data": answer})]
    return InferRequest(model, inputs, request_outputs=wanted)


def scores(answer: Any) -> Any:
    return next(output for output in answer.outputs if output.name == "score").as_numpy().tolist()


async def by_http() -> dict[str, Any]:
    found: dict[str, Any] = {}
    async with InferenceRESTClient(RESTConfig(protocol="v2")) as client:
        found["about http"] = [
            await client.is_server_live(URL),
            await client.is_server_ready(URL),
            await client.is_model_ready(URL, "pump", headers()),
        ]
        found["scores"] = {
            f"http {is_binary} {answer}": scores(
                await client.infer(URL, request(is_binary=is_binary, answer=answer), "pump", headers())
            )
            for is_binary in (True, False)
            for answer in (True, False, None)
        }
        try:
            await client.infer(URL, request("nobody", is_binary=False), "nobody", headers())
        except httpx.HTTPStatusError as error:
            found["error http"] = str(error)
    return found


async def by_grpc() -> dict[str, Any]:
    metadata = tuple(headers().items())
    async with InferenceGRPCClient(os.environ["SMARTPREDICT_GRPC_ADDRESS"]) as client:
        about = [
            await client.is_server_live(),
            await client.is_server_ready(),
            await client.is_model_ready("pump", headers=metadata),
        ]
        answer = await client.infer(request(is_binary=True), headers=metadata)
    return {"about grpc": about, "scores grpc": scores(answer)}


async def by_both() -> None:
    sys.stdout.write(json.dumps(await by_http() | await by_grpc()))


asyncio.run(by_both())
