#!/usr/bin/env bash
# perpetual 2.3.0 answers 0 and 1 for the labels that it was trained with, 1 and 2, or "no" and "yes".
#
# Expected: predict() of a classifier answers with the labels of fit(), as in scikit-learn, XGBoost's, LightGBM's and
# CatBoost's classifiers; or fit() refuses all but 0 and 1.
# Seen: PerpetualBooster(objective="LogLoss") takes the labels 1 and 2, and the texts "no" and "yes", and learns them
# right (the probabilities are those of the larger label), but predict() gives 0 and 1. Compared with the labels 1 and 2
# the accuracy is far below a half, since every 2 is called 1. No warning.
# Why it matters: 1 and 2 is how surveys and older systems code an outcome. The positive class is then called by the
# name of the negative one, and a report of the accuracy says that the model is worse than chance.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "perpetual==2.3.0" "pandas==3.1.1" "scikit-learn==1.9.1"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import numpy as np
from perpetual import PerpetualBooster

random = np.random.default_rng(0)
rows = random.normal(size=(1500, 3))
positive = rows[:, 0] * 2 + rows[:, 1] > 0
print("perpetual", version("perpetual"))
for low, high in ((0, 1), (1, 2), ("no", "yes")):
    labels = np.where(positive, high, low)
    model = PerpetualBooster(objective="LogLoss", budget=0.5)
    model.fit(rows, labels)
    answers = np.asarray(model.predict(rows))
    sure = np.asarray(model.predict_proba(rows))[:, 1] > 0.5
    accuracy = float((answers == labels).mean()) if not isinstance(low, str) else 0.0
    print(f"trained with {low}, {high}: predicts {np.unique(answers).tolist()}, accuracy {accuracy:.2f}")
    if np.unique(answers).tolist() != [0, 1]:
        raise SystemExit("Changed: the answers are no longer 0 and 1.")
    if (sure == positive).mean() < 0.95:
        raise SystemExit("Changed: the probabilities are no longer those of the larger label.")
    if (accuracy > 0.95) != (low == 0):
        raise SystemExit("Changed: the answers agree with other labels now.")
EOF
