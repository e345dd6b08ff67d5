"""What tritonclient makes of a server, by HTTP and by gRPC: one JSON object, what came back by what was asked."""

import json
import os
import sys
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

KEY = os.environ["SMARTPREDICT_API_KEY"]
COLUMNS = {name: np.array(values) for name, values in json.loads(os.environ["COLUMNS"]).items()}


def headers() -> dict[str, str]:
    """Make them anew for each request: the client adds what belongs to one, and leaves it there."""
    return {"x-api-key": KEY}


def inputs(library: Any, *, lacking: bool = False, **how: bool) -> list[Any]:
    columns = dict(COLUMNS)
    if lacking:
        columns["temperature_c"] = np.full(len(columns["temperature_c"]), np.nan)
    made = []
    for name, values in columns.items():
        tensor = library.InferInput(name, values.shape, np_to_triton_dtype(values.dtype))
        tensor.set_data_from_numpy(values, **how)
        made.append(tensor)
    return made


def about(client: Any) -> dict[str, Any]:
    return {
        "live": client.is_server_live(headers()),
        "ready": client.is_server_ready(headers()),
        "model ready": client.is_model_ready("pump", headers=headers()),
        "version ready": client.is_model_ready("pump", "1", headers=headers()),
    }


def error_of(client: Any, library: Any, **how: bool) -> str:
    try:
        client.infer("nobody", inputs(library, **how), headers=headers())
    except InferenceServerException as error:
        return str(error.message())
    return ""


http = tritonclient.http.InferenceServerClient(urlsplit(os.environ["SMARTPREDICT_GATEWAY_URL"]).netloc)
grpc = tritonclient.grpc.InferenceServerClient(os.environ["SMARTPREDICT_GRPC_ADDRESS"])
found: dict[str, Any] = {"about http": about(http), "about grpc": about(grpc)}
found["error http"] = error_of(http, tritonclient.http, binary_data=False)
found["error grpc"] = error_of(grpc, tritonclient.grpc)
found["metadata http"] = [one["name"] for one in http.get_model_metadata("pump", headers=headers())["inputs"]]
found["metadata grpc"] = [one.name for one in grpc.get_model_metadata("pump", headers=headers()).inputs]
scores: dict[str, Any] = {}
for is_binary, packing, answer in product((True, False), (None, "gzip", "deflate"), (True, False, None)):
    wanted = None if answer is None else [tritonclient.http.InferRequestedOutput("score", binary_data=answer)]
    result = http.infer(
        "pump",
        inputs(tritonclient.http, binary_data=is_binary),
        outputs=wanted,
        headers=headers(),
        request_compression_algorithm=packing,
        response_compression_algorithm=packing,
    )
    scores[f"http {is_binary} {packing} {answer}"] = result.as_numpy("score").tolist()
for packing in (None, "gzip", "deflate"):
    result = grpc.infer("pump", inputs(tritonclient.grpc), headers=headers(), compression_algorithm=packing)
    scores[f"grpc {packing}"] = result.as_numpy("score").tolist()
found["scores"] = scores
found["lacking"] = [
    http.infer("pump", inputs(tritonclient.http, lacking=True, binary_data=is_binary), headers=headers())
    .as_numpy("score")
    .tolist()
    for is_binary in (True, False)
]
sys.stdout.write(json.dumps(found))
