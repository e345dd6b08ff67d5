#!/usr/bin/env bash
# treelite 4.8.1 halves the certainty of a scikit-learn 1.9.1 gradient boosting with exponential loss.
#
# Expected: import_model() keeps predict_proba(), as it does for log_loss (1e-15), or refuses, as it does for an
# estimator as init. With loss="exponential" the probability is the logistic function of twice the score.
# Seen: treelite takes the score once: 0.020 becomes 0.126, all rows are drawn towards 0.5, by up to 0.15. Which side of
# 0.5 a row is on stays the same, so labels and the area under the curve agree. skl2onnx 1.20.0 converts it rightly.
# Why it matters: comparing labels or rankings after the export finds nothing, while thresholds other than 0.5, expected
# losses and calibration are wrong for every row.
# Source: scikit-learn, GradientBoostingClassifier, loss="exponential" (AdaBoost).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "treelite==4.8.1" "scikit-learn==1.9.1"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import numpy as np
import treelite
from sklearn.ensemble import GradientBoostingClassifier

random = np.random.default_rng(0)
rows = random.normal(size=(500, 3))
labels = (rows[:, 0] * 2 + rows[:, 1] > 1).astype(int)
print({name: version(name) for name in ("treelite", "scikit-learn")})
for loss in ("exponential", "log_loss"):
    model = GradientBoostingClassifier(loss=loss, n_estimators=20, random_state=0).fit(rows, labels)
    answers = np.squeeze(treelite.gtil.predict(treelite.sklearn.import_model(model), rows))
    wanted = model.predict_proba(rows)[:, 1]
    difference = np.abs(answers - wanted)
    print(f"{loss}: largest difference {difference.max():.3g}, row 0: {wanted[0]:.3f} and {answers[0]:.3f}")
    if loss == "log_loss" and difference.max() > 1e-6:
        raise SystemExit("Changed: log_loss is no longer right.")
    if loss == "exponential":
        once = 1 / (1 + np.exp(-model.decision_function(rows)))
        if not np.allclose(answers, once, atol=1e-6) or difference.max() < 0.05:
            raise SystemExit("Changed: the score is no longer taken once.")
        if ((answers > 0.5) != (wanted > 0.5)).any():
            raise SystemExit("Changed: labels differ now.")
EOF
