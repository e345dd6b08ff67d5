#!/usr/bin/env bash
# tritonclient 2.73.0 sends a missing text to the server as the word "None", or "nan", and numbers as their Python text.
#
# Expected: a tensor of the type BYTES holds texts; None, NaN, a number or a truth among them is refused, as a column of
# another type than the declared one is ("got unexpected datatype").
# Seen: for HTTP in both forms and for gRPC, None is the text "None", NaN "nan", 3 "3", 3.0 "3.0" and True "True".
# No warning.
# Why it matters: columns of words come out of a table with None or NaN where nothing is known. In training they were
# missing, for the served model they are a maker called None; and one missing number of a machine turns all others
# from 3 into 3.0, which no category of the model is called. The server answers with a usual score.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "tritonclient[http,grpc]==2.73.0" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import json
import struct
from importlib.metadata import version

import numpy
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException

column = numpy.array([["north"], [None], [float("nan")], [3], [3.0], [True]], dtype=object)
WANTED = ["north", "None", "nan", "3", "3.0", "True"]


def texts(body):
    """Return the texts of a binary tensor: each is its length in four bytes and then itself."""
    found = []
    while body:
        (length,) = struct.unpack_from("<I", body)
        found.append(body[4 : 4 + length].decode())
        body = body[4 + length :]
    return found


def sent(binary):
    """Return the texts of the column in the body of the HTTP request."""
    tensor = tritonclient.http.InferInput("site", list(column.shape), "BYTES")
    tensor.set_data_from_numpy(column, binary_data=binary)
    body, head = tritonclient.http.InferenceServerClient.generate_request_body([tensor])
    return texts(body[head:]) if binary else json.loads(body)["inputs"][0]["data"]


tensor = tritonclient.grpc.InferInput("site", list(column.shape), "BYTES")
tensor.set_data_from_numpy(column)
seen = {"HTTP, JSON": sent(False), "HTTP, binary": sent(True), "gRPC": texts(tensor._get_content())}
print("tritonclient", version("tritonclient"))
for name, values in seen.items():
    print(f"{name}: {values}")
    if values != WANTED:
        raise SystemExit(f"Changed: {name} sends something else for missing texts and for numbers.")
try:
    tritonclient.http.InferInput("site", [1, 1], "BYTES").set_data_from_numpy(numpy.array([[3.0]]))
except InferenceServerException as error:
    print("a column of numbers:", error)
else:
    raise SystemExit("Changed: a column of numbers is no longer refused.")
EOF
