#!/usr/bin/env bash
# LightGBM 4.7.0: for boosting="rf" the raw score and the contributions are sums over the trees, the prediction is
# their mean.
#
# Expected: for a regression without a link, predict(raw_score=True) is the prediction, and predict(pred_contrib=True)
# sums to it, as they do for gbdt and dart.
# Seen: with a forest of 25 trees both are 25 times the prediction. shap 0.51.0 takes the contributions over as they
# are.
# Why it matters: contributions are shown in units of the target ("this feature adds 40 euros"); for a forest they are
# wrong by a factor that depends on the number of trees. For binary models the sigmoid of the raw score is not the
# probability.
# Source: LightGBM documentation, Booster.predict, raw_score and pred_contrib.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "lightgbm==4.7.0" "numpy==2.4.6" "scipy==1.17.1"

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import lightgbm
import numpy as np

random = np.random.default_rng(0)
rows = random.normal(size=(800, 3))
target = 5 + rows[:, 0] + random.normal(scale=0.3, size=800)
TREES = 25
KINDS = {
    "gbdt": {"boosting": "gbdt"},
    "dart": {"boosting": "dart", "drop_rate": 0.5},
    "rf": {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5},
}
print("LightGBM", version("lightgbm"))
for name, parameters in KINDS.items():
    fixed = {"objective": "regression", "verbose": -1, "num_threads": 2, "seed": 1}
    model = lightgbm.train({**fixed, **parameters}, lightgbm.Dataset(rows, target), TREES)
    answer = model.predict(rows)
    raw = model.predict(rows, raw_score=True)
    contributions = model.predict(rows, pred_contrib=True).sum(axis=1)
    print(f"{name}: prediction {answer[0]:.3f}, raw score {raw[0]:.3f}, sum of contributions {contributions[0]:.3f}")
    factor = TREES if name == "rf" else 1
    if not (np.allclose(raw, factor * answer) and np.allclose(contributions, factor * answer)):
        sys.exit(f"The raw score or the contributions of {name} are of another size now.")
PY
echo "Seen: raw score and contributions of a forest are larger than the prediction by the number of trees."
