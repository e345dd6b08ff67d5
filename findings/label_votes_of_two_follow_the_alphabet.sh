#!/usr/bin/env bash
# crowd-kit 1.4.2: when two people disagree about a label, the one that comes first in the alphabet wins, always.
#
# Expected: a tie is left open, drawn at random, or told.
# Seen: MajorityVote and DawidSkene both answer "no" for each row on which one said "no" and one "yes", whoever said
# which; among "apple" and "zebra" it is "apple". No warning, and nothing in the answer tells a tie from a unanimous
# vote.
# Why it matters: two labels for a row are the usual budget; a tenth of disputed rows turns into a tenth of negative
# rows, and after renaming the labels ("ok" and "defect") the same votes train another model.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "crowd-kit==1.4.2" "pandas==2.3.3" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import pandas
from crowdkit.aggregation import DawidSkene, MajorityVote


def decided(votes):
    """Return the labels that both methods give to rows with two votes each."""
    rows = [(row, person, label) for row, pair in enumerate(votes) for person, label in zip("ab", pair, strict=True)]
    table = pandas.DataFrame(rows, columns=["task", "worker", "label"])
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        answers = MajorityVote().fit_predict(table), DawidSkene(n_iter=20).fit_predict(table)
    return [answer.sort_index().tolist() for answer in answers]


tied = [("no", "yes"), ("yes", "no")] * 3
agreed = decided([("yes", "yes"), ("no", "no")])
words, fruit, renamed = decided(tied), decided([("zebra", "apple")]), decided([("ok", "defect"), ("defect", "ok")])
print("crowd-kit", version("crowd-kit"), "yes against no:", words, "zebra against apple:", fruit)
print("ok against defect:", renamed, "agreed:", agreed)
if agreed != [["yes", "no"]] * 2:
    raise SystemExit("Changed: rows without a dispute are decided otherwise.")
if words != [["no"] * 6] * 2 or fruit != [["apple"]] * 2 or renamed != [["defect"] * 2] * 2:
    raise SystemExit("Changed: ties no longer follow the alphabet.")
EOF
