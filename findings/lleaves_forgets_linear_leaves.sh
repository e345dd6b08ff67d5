#!/usr/bin/env bash
# lleaves 1.3.0, which compiles LightGBM 4.6.0 models, answers constants for models whose leaves are linear.
#
# Expected: a model of linear_tree=true is refused, as lleaves refuses multiclassova, or gives LightGBM's predictions.
# Seen: it is compiled without a word and predicts the constants of the leaves; of its own training rows, whose target
# has a standard deviation of 3.2, one is off by 5.6. Plain, categorical, dart, random forest, zero_as_missing, Poisson,
# binary and multiclass models are right to the last digits.
# Why it matters: who compiles for speed checks one model and then deploys the next; linear leaves are one parameter of
# a training away.
# Source: found by running; LightGBM's parameter linear_tree.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "lleaves==1.3.0" "lightgbm==4.6.0" "llvmlite==0.44.0"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import lightgbm
import lleaves
import numpy

random = numpy.random.default_rng(0)
rows = random.normal(size=(400, 2))
target = 3 * rows[:, 0] + rows[:, 1] + random.normal(scale=0.1, size=400)


def largest_difference(parameters):
    """Return how far the compiled model is from LightGBM at most, over the training rows."""
    parameters = {"verbose": -1, "num_threads": 1, "num_leaves": 4, **parameters}
    lightgbm.train(parameters, lightgbm.Dataset(rows, target), 20).save_model("model.txt")
    compiled = lleaves.Model("model.txt")
    compiled.compile()
    return float(numpy.abs(compiled.predict(rows) - lightgbm.Booster(model_file="model.txt").predict(rows)).max())


plain, linear = largest_difference({}), largest_difference({"linear_tree": True})
print("lleaves", version("lleaves"), "LightGBM", lightgbm.__version__, "plain:", plain, "linear:", linear)
if plain > 1e-9:
    raise SystemExit("Changed: plain models are no longer predicted as by LightGBM.")
if linear < 0.1:
    raise SystemExit("Changed: linear leaves are no longer taken for constants.")
EOF
