#!/usr/bin/env bash
# pygam 0.12.0 gives a group that it has never seen the effect of the group whose number comes next.
#
# Expected: a factor term f() has a coefficient for each group of the training data; another group is refused. So it is
# for a number above the largest or below the smallest ("X data is out of domain for categorical feature").
# Seen: with groups 0, 10, 20 and 30 in training, 15 gets exactly the effect of group 20, and 11 the one of 10, or of 20
# above 15; only 40 and -1 are refused. The refusal makes it look as if unknown groups were noticed.
# Why it matters: groups are coded by number (a plant, a product, a postcode), and a new one usually lies between the
# old ones. Its forecast is that of a neighbour by number, which has nothing to do with it.
# Source: found by running; pygam documentation, factor terms.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pygam==0.12.0"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import numpy as np
from pygam import LinearGAM, f, s

random = np.random.default_rng(0)
groups = random.integers(0, 4, 500) * 10
rows = np.c_[random.uniform(0, 1, 500), groups]
target = rows[:, 0] * 3 + np.select([groups == 10, groups == 20, groups == 30], [5, -5, 10], 0)
model = LinearGAM(s(0) + f(1)).fit(rows, target)
seen = {group: float(model.predict([[0.5, group]])[0]) for group in (0, 10, 20, 30, 11, 15, 29)}
print("pygam", version("pygam"), {group: round(value, 3) for group, value in seen.items()})
if (seen[11], seen[15], seen[29]) != (seen[10], seen[20], seen[30]):
    raise SystemExit("Changed: unknown groups in between no longer get a neighbour's effect.")
for group in (40, -1):
    try:
        model.predict([[0.5, group]])
    except ValueError as error:
        print(group, "refused:", str(error)[:60])
    else:
        raise SystemExit(f"Changed: group {group} is no longer refused.")
EOF
