#!/usr/bin/env bash
# pyod 3.6.7: three detectors call a reading a million times too high ordinary; one of them answers NaN.
#
# Expected: a fitted detector calls a row outlying that lies far from all training rows, as IForest, KNN and most of
# this library do, or it says that it cannot score a single row, as SOD does.
# Seen: for the row (1000000, 1000000, 1000000), training rows around 0: CD scores a row that is sent alone with NaN and
# calls it ordinary (0). LMDD scores it 0, ordinary. QMCD scores it far below all training rows, as the most ordinary
# row of all. There is no error.
# Why it matters: detectors are exchanged for one another by name, that is what the common interface is for. Behind a
# service that scores row by row these three never raise an alarm.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyod==3.6.7"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import numpy as np
from pyod.models.cd import CD
from pyod.models.iforest import IForest
from pyod.models.knn import KNN
from pyod.models.lmdd import LMDD
from pyod.models.qmcd import QMCD

warnings.filterwarnings("ignore", category=RuntimeWarning)
training = np.random.default_rng(0).normal(size=(300, 3))
far = np.full((1, 3), 1e6)
print("pyod", version("pyod"))
seen = {}
for detector in (IForest, KNN, CD, LMDD, QMCD):
    model = detector().fit(training)
    score, verdict = float(model.decision_function(far)[0]), int(model.predict(far)[0])
    seen[detector.__name__] = verdict
    print(f"{detector.__name__}: score {score:.4g}, threshold {model.threshold_:.4g}, verdict {verdict}")
    if detector is CD and not np.isnan(score):
        raise SystemExit("Changed: CD scores a single row now.")
    if detector is LMDD and score != 0:
        raise SystemExit("Changed: LMDD scores a single row now.")
    if detector is QMCD and score >= model.decision_scores_.min():
        raise SystemExit("Changed: QMCD no longer scores a far row below all others.")
if seen != {"IForest": 1, "KNN": 1, "CD": 0, "LMDD": 0, "QMCD": 0}:
    raise SystemExit("Changed: the verdicts are others now.")
EOF
