#!/usr/bin/env bash
# NGBoost 0.5.11: early stopping finds the best round, and predict() uses all of them.
#
# Expected: with early_stopping_rounds and validation data, predict() and pred_dist() use the best round, as the
# scikit-learn interfaces of XGBoost, LightGBM and CatBoost do.
# Seen: the model keeps the trees grown after the best round and predicts with all of them; the best round is only
# used by those who pass max_iter=model.best_val_loss_itr. The negative log likelihood on the validation data is
# clearly worse than the one that early stopping reported.
# Why it matters: NGBoost is chosen for its distributions; the rounds after the best one make them too narrow, so
# intervals miss more often than the validation said.
# Source: NGBoost documentation, early stopping.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "ngboost==0.5.11" "scikit-learn==1.9.1" "numpy==2.4.6" \
  "pandas==3.1.1"

venv/bin/python - <<'PY'
import sys
import warnings
from importlib.metadata import version

import numpy as np
from ngboost import NGBRegressor

warnings.simplefilter("ignore")
random = np.random.default_rng(0)
rows = random.normal(size=(600, 4))
target = rows[:, 0] + rows[:, 1] * rows[:, 2] + random.normal(scale=0.3, size=600)
train, check = slice(0, 300), slice(300, 600)
model = NGBRegressor(n_estimators=300, learning_rate=0.2, early_stopping_rounds=10, random_state=0, verbose=False)
model.fit(rows[train], target[train], X_val=rows[check], Y_val=target[check])
best, grown = model.best_val_loss_itr, len(model.base_models)


def loss(**options: int) -> float:
    return float(-model.pred_dist(rows[check], **options).logpdf(target[check]).mean())


print("NGBoost", version("ngboost"), "- best round", best, "of", grown)
print(f"loss on the validation data: predict as documented {loss():.3f}, cut at the best round {loss(max_iter=best):.3f}")
if grown <= best + 1:
    sys.exit("No round was grown after the best one; the comparison says nothing.")
if np.allclose(model.predict(rows), model.predict(rows, max_iter=best)):
    sys.exit("predict() uses the best round now.")
if loss() < loss(max_iter=best) + 0.05:
    sys.exit("The later rounds no longer make the distributions worse.")
PY
echo "Seen: the rounds after the best one are used, and the distributions are worse for it."
