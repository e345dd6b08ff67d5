#!/usr/bin/env bash
# treelite 4.8.1 takes all rounds of an XGBoost 3.2.0 model that stopped early, and only the best ones of a LightGBM
# 4.7.0 one.
#
# Expected: an exchange library treats early stopping alike: the exported model answers as the estimator does, which
# predicts with the best round.
# Seen: XGBClassifier and XGBRegressor predict with the best round; treelite.frontend.from_xgboost() takes the rounds
# after it too, so nearly every row gets another answer. LightGBM's booster is cut at its best iteration. onnxmltools
# cuts both.
# Why it matters: with a high learning rate or a small validation set the rounds after the best are the ones that
# overfit; the served model is worse than the measured one, by an amount that no error reports. Remedy: save booster[:
# best_iteration + 1].
# Source: XGBoost documentation, "Early Stopping" (the scikit-learn interface predicts with the best iteration).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "treelite==4.8.1" "xgboost-cpu==3.2.0" "lightgbm==4.7.0" \
  "scikit-learn==1.9.1" "numpy==2.4.6" "pandas==3.1.1"

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import lightgbm
import numpy as np
import treelite
import xgboost

random = np.random.default_rng(0)
rows = np.round(random.normal(size=(1200, 4)), 1)
target = rows[:, 0] + random.normal(size=1200)
train, check = slice(0, 600), slice(600, 1200)

booster = xgboost.XGBRegressor(n_estimators=100, max_depth=6, learning_rate=0.5, early_stopping_rounds=5, n_jobs=2)
booster.fit(rows[train], target[train], eval_set=[(rows[check], target[check])], verbose=False)
whole = treelite.frontend.from_xgboost(booster.get_booster())
cut = treelite.frontend.from_xgboost(booster.get_booster()[: booster.best_iteration + 1])

stop = lightgbm.early_stopping(5, verbose=False)
parameters = {"objective": "regression", "learning_rate": 0.5, "verbose": -1, "num_threads": 2, "seed": 1}
sets = lightgbm.Dataset(rows[train], target[train]), lightgbm.Dataset(rows[check], target[check])
light = lightgbm.train(parameters, sets[0], 100, valid_sets=[sets[1]], callbacks=[stop])


def difference(model, own: np.ndarray, kind: type) -> float:
    return float(np.abs(treelite.gtil.predict(model, rows.astype(kind)).squeeze() - own).max())


seen = {
    "XGBoost": difference(whole, booster.predict(rows), np.float32),
    "XGBoost, cut by hand": difference(cut, booster.predict(rows), np.float32),
    "LightGBM": difference(treelite.frontend.from_lightgbm(light), light.predict(rows), np.float64),
}
print("treelite", version("treelite"), "XGBoost", version("xgboost-cpu"), "LightGBM", version("lightgbm"))
print("best", booster.best_iteration, "of", booster.get_booster().num_boosted_rounds(), "treelite:", whole.num_tree)
print("largest difference from the library's own prediction:", seen)
if booster.get_booster().num_boosted_rounds() == booster.best_iteration + 1:
    sys.exit("Early stopping left no later rounds; the comparison says nothing.")
if seen["XGBoost"] < 0.01 or seen["XGBoost, cut by hand"] > 1e-4 or seen["LightGBM"] > 1e-6:
    sys.exit("Early stopping is treated in another way now.")
PY
echo "Seen: all rounds of XGBoost are taken, LightGBM is cut at the best one."
