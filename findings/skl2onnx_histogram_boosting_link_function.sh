#!/usr/bin/env bash
# skl2onnx 1.20.0 converts a histogram boosting for counts into a model that answers logarithms.
#
# Expected: HistGradientBoostingRegressor(loss="poisson") and "gamma" of scikit-learn 1.9.1 predict expected values, the
# exponential of the sum of their trees; the ONNX model predicts the same, as it does for PoissonRegressor and
# GammaRegressor, or the conversion is refused.
# Seen: the ONNX model answers the sum of the trees, below 0 where the expected value is below 1; its exponential is the
# right prediction. The other losses (squared error, absolute error, quantile) are right. No warning.
# Why it matters: demand, claims and durations are modelled by these losses. Values near 1 look plausible, and large
# ones are far too small.
# Source: scikit-learn documentation, HistGradientBoostingRegressor, loss (log-link for gamma and poisson).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    "skl2onnx==1.20.0" "onnx==1.22.0" "protobuf==6.33.6" "onnxruntime==1.32.0" "scikit-learn==1.9.1"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.ensemble import HistGradientBoostingRegressor

random = np.random.default_rng(0)
rows, others = (random.normal(size=(400, 3)).astype("float32") for _ in range(2))
target = np.abs(rows[:, 0] * 2 + rows[:, 1]) + 0.1
print({name: version(name) for name in ("skl2onnx", "onnxruntime", "scikit-learn")})
for loss in ("poisson", "gamma", "squared_error"):
    model = HistGradientBoostingRegressor(loss=loss, max_iter=20).fit(rows, target)
    onnx = to_onnx(model, rows[:1]).SerializeToString()
    session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
    answers = session.run(None, {session.get_inputs()[0].name: others})[0].ravel()
    wanted = model.predict(others)
    largest = int(wanted.argmax())
    print(f"{loss}: scikit-learn {wanted[largest]:.3f}, ONNX {answers[largest]:.3f}, smallest {answers.min():.3f}")
    if loss == "squared_error":
        if not np.allclose(answers, wanted, atol=1e-4):
            raise SystemExit("Changed: the squared error is no longer right.")
    elif not np.allclose(np.exp(answers), wanted, rtol=1e-4) or answers.min() > 0:
        raise SystemExit(f"Changed: the answer for {loss} is no longer the logarithm.")
EOF
