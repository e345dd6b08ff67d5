#!/usr/bin/env bash
# lifelines 0.30.3 predicts for a group that the training did not have as for the reference group.
#
# Expected: a model of lifetimes with a category (the maker of a bearing) refuses a maker that it never saw, or
# answers NaN for it; so does its own predict for a stratum that is not known, which is an error.
# Seen: CoxPHFitter and WeibullAFTFitter with formula="maker" answer for the unseen maker exactly what they answer for
# the first one in the alphabet. The warning of the formula library says the values are "cast to nan", but no NaN is
# seen. A value that really is missing gives NaN with Weibull, and with Cox an error about lengths if it stands beside
# other rows. For a category column there is no warning at all, and it stays the reference group.
# Why it matters: new machines and new customers are the rows that one asks about; they all get the expected lifetime
# of an arbitrary known group, for instance the most durable one.
# Source: found by running; formulaic 1.2.2 does the encoding.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "lifelines==0.30.3" "formulaic==1.2.2" "pandas==2.3.3"

venv/bin/python - <<'EOF'
import math
import warnings
from importlib.metadata import version

import numpy
import pandas
from lifelines import CoxPHFitter, WeibullAFTFitter

random = numpy.random.default_rng(0)
makers = random.choice(["alpha", "beta", "gamma"], 300)
factor = pandas.Series(makers).map({"alpha": 1.0, "beta": 3.0, "gamma": 0.3})
lives = pandas.DataFrame({"hours": random.exponential(10, 300) * factor + 0.1, "failed": 1, "maker": makers})
print("lifelines", version("lifelines"), "formulaic", version("formulaic"))


def medians(model, names, kind):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        answers = model.predict_median(pandas.DataFrame({"maker": pandas.Series(names, dtype=kind)}))
    told = sorted({str(warning.message).split(":")[0] for warning in said})
    return [round(float(answer), 2) for answer in numpy.ravel(answers)], told


for fitter in (CoxPHFitter, WeibullAFTFitter):
    for kind in (object, "category"):
        model = fitter().fit(lives.astype({"maker": kind}), "hours", "failed", formula="maker")
        known, _ = medians(model, ["alpha", "beta", "gamma"], kind)
        new, told = medians(model, ["omega", "gamma"], kind)
        print(fitter.__name__, kind, "alpha, beta, gamma:", known, "omega, gamma:", new, told)
        if new[0] != known[0] or new[1] != known[2] or math.isnan(new[0]):
            raise SystemExit("Changed: an unseen group is no longer taken for the reference group.")
    model = fitter().fit(lives, "hours", "failed", formula="maker")
    try:
        missing, _ = medians(model, ["gamma", None], object)
    except ValueError as error:
        missing = str(error)
    print(fitter.__name__, "gamma, missing:", missing)
    if fitter is CoxPHFitter and "length" not in str(missing):
        raise SystemExit("Changed: a missing group no longer ends in an error with the Cox model.")
    if fitter is WeibullAFTFitter and not math.isnan(missing[1]):
        raise SystemExit("Changed: a missing group no longer gives NaN with the Weibull model.")
EOF
