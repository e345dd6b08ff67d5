#!/usr/bin/env bash
# fairlearn 0.15.0: ThresholdOptimizer refuses everybody of a group that it did not see in training.
#
# Expected: predict() refuses a group without a threshold with an error, as it does for a missing one, or falls back
# to the model that it wraps.
# Seen: the answer is 0 for each row of the unknown group, also for those to whom the wrapped model gives a
# probability of more than 0.99, and whichever draw of the random numbers. The answer looks like any other, there is
# no warning; even the spelling "B" for the known group "b" is enough.
# Why it matters: the tool is there to treat groups alike. A new region, or a code written otherwise in the live
# system, gets no loan and no inspection at all, and the fairness that was measured in training says nothing of it.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "fairlearn==0.15.0" "scikit-learn==1.9.1" "pandas==3.1.1"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import numpy
import pandas
from fairlearn.postprocessing import ThresholdOptimizer
from sklearn.linear_model import LogisticRegression

random = numpy.random.default_rng(0)
rows = random.normal(size=(600, 2))
repaid = (rows[:, 0] + 0.3 * random.normal(size=600) > 0).astype(int)
groups = pandas.Series(random.choice(["a", "b"], 600))
optimizer = ThresholdOptimizer(
    estimator=LogisticRegression(), constraints="demographic_parity", prefit=False, predict_method="predict_proba"
)
optimizer.fit(rows, repaid, sensitive_features=groups)
good = numpy.column_stack([numpy.full(50, 3.0), numpy.zeros(50)])
probability = optimizer.estimator_.predict_proba(good)[:, 1].min()
print("fairlearn", version("fairlearn"), f"rows to which the model gives at least {probability:.3f}")


def share(group):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        answers = [
            optimizer.predict(good, sensitive_features=pandas.Series([group] * 50), random_state=seed).mean()
            for seed in range(5)
        ]
    told = [str(warning.message) for warning in said if not issubclass(warning.category, FutureWarning)]
    print(f"group {group!r}: accepted {numpy.mean(answers):.0%}, warnings {told}")
    return numpy.mean(answers), told


if probability < 0.99:
    raise SystemExit("Changed: the wrapped model is no longer sure of these rows.")
for known in ("a", "b"):
    if share(known)[0] < 0.9:
        raise SystemExit("Changed: good rows of a known group are no longer accepted.")
for unknown in ("c", "B"):
    accepted, told = share(unknown)
    if accepted != 0 or told:
        raise SystemExit("Changed: an unknown group is no longer refused without a word.")
try:
    optimizer.predict(good[:2], sensitive_features=pandas.Series(["a", None]), random_state=0)
except ValueError as error:
    print("a missing group:", error)
else:
    raise SystemExit("Changed: a missing group is no longer an error.")
EOF
