#!/usr/bin/env bash
# ONNX Runtime 1.32.0 turns the numbers 1234567890 and 1234567891 into one text, and so into one category.
#
# Expected: a Cast of a 64-bit float to a string keeps the value, as for a 64-bit integer; the reference evaluator of
# onnx 1.23.2 writes 1234567890.0 and 1234567891.0.
# Seen: at most eight digits are written: both become "1.2345679e+09", 100000001 becomes "1e+08", and 52.520008123
# becomes "52.520008". Below that a whole number is "300" in the runtime and "300.0" in the reference evaluator, so
# that a LabelEncoder behind the Cast finds the key in one of the two only, and the default in the other.
# Why it matters: an id (a customer, an account, a meter) is a float as soon as one in its column is missing; looked
# up as text in a model, neighbours share their code and targets, and a check with the reference says all is well.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "onnx==1.23.2" "onnxruntime==1.32.0"

venv/bin/python - <<'EOF'
import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator


def answers(nodes, kind, result, values):
    graph = helper.make_graph(
        nodes,
        "ids",
        [helper.make_tensor_value_info("x", kind, [None])],
        [helper.make_tensor_value_info("y", result, [None])],
    )
    operators = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=operators, ir_version=10)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": values})[0].tolist(), ReferenceEvaluator(model).run(None, {"x": values})[0].tolist()


print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__)
cast = helper.make_node("Cast", ["x"], ["y"], to=TensorProto.STRING)
floats = numpy.array([1234567890.0, 1234567891.0, 100000001.0, 52.520008123, 300.0])
runtime, reference = answers([cast], TensorProto.DOUBLE, TensorProto.STRING, floats)
print("floats:", floats.tolist(), "runtime", runtime, "reference", reference)
if runtime != ["1.2345679e+09", "1.2345679e+09", "1e+08", "52.520008", "300"]:
    raise SystemExit("Changed: the runtime writes other texts for 64-bit floats.")
if reference != ["1234567890.0", "1234567891.0", "100000001.0", "52.520008123", "300.0"]:
    raise SystemExit("Changed: the reference evaluator writes other texts.")
whole = numpy.array([1234567890, 1234567891], dtype=numpy.int64)
runtime, reference = answers([cast], TensorProto.INT64, TensorProto.STRING, whole)
print("integers: runtime", runtime, "reference", reference)
if runtime != ["1234567890", "1234567891"] or reference != runtime:
    raise SystemExit("Changed: 64-bit integers are no longer written exactly.")
lookup = [
    helper.make_node("Cast", ["x"], ["text"], to=TensorProto.STRING),
    helper.make_node(
        "LabelEncoder", ["text"], ["y"], domain="ai.onnx.ml",
        keys_strings=["300", "1.2345679e+09"], values_int64s=[1, 2], default_int64=-1,
    ),
]
runtime, reference = answers(lookup, TensorProto.DOUBLE, TensorProto.INT64, floats)
print("codes: runtime", runtime, "reference", reference)
if (runtime, reference) != ([2, 2, -1, -1, 1], [-1, -1, -1, -1, -1]):
    raise SystemExit("Changed: the two find the same keys now, or two ids no longer share a code.")
EOF
