#!/usr/bin/env bash
# venn-abers 1.5.4 answers probabilities of -4 and 5 for outcomes that are coded 1 and 2, or -1 and 1.
#
# Expected: a calibration library sorts the two labels and calls the larger one positive, as scikit-learn 1.9.1 and
# betacal 1.1.0 do for any two numbers, or it refuses all but 0 and 1; texts are refused here.
# Seen: VennAbersCalibrator and VennAbers count with the labels themselves. With 0 and 1 the answer is right; with 1
# and 2, or -1 and 1, single "probabilities" are far below 0 and above 1, in rows that still sum to 1, and others look
# right. Nothing is said.
# Why it matters: 1 and 2 are how surveys, SAS, SPSS and R code an outcome, and -1 and 1 how margin methods do. The
# result has the right shape, so that a pipeline goes on with it, and a threshold at 0.5 still gives classes.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "venn-abers==1.5.4" "scikit-learn==1.9.1" "betacal==1.1.0"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import numpy
from betacal import BetaCalibration
from venn_abers import VennAbers, VennAbersCalibrator

random = numpy.random.default_rng(0)
scores = random.random(500)
outcome = (random.random(500) < scores**2).astype(int)
known = numpy.c_[1 - scores, scores]
given = numpy.array([[0.9, 0.1], [0.1, 0.9]])
print("venn-abers", version("venn-abers"), "for a score of 0.1 and one of 0.9")
seen = {}
for name, labels in {"0 and 1": outcome, "1 and 2": outcome + 1, "-1 and 1": 2 * outcome - 1}.items():
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        first = VennAbersCalibrator().predict_proba(p_cal=known, y_cal=labels, p_test=given)
        second = VennAbers()
        second.fit(known, labels)
        second = second.predict_proba(given)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = BetaCalibration("abm").fit(scores.reshape(-1, 1), labels).predict(given[:, 1:])
    seen[name] = numpy.round(first[:, 1], 2).tolist(), numpy.round(peer, 2).tolist()
    print(f"labels {name}: venn-abers {seen[name][0]}, betacal {seen[name][1]}, warnings {len(said)}")
    if not numpy.allclose(first, second) or not numpy.allclose(first.sum(axis=1), 1):
        raise SystemExit("Changed: the two ways into the library no longer agree, or rows do not sum to 1.")
    if said:
        raise SystemExit("Changed: the library warns now.")
if len({str(peer) for _, peer in seen.values()}) != 1:
    raise SystemExit("Changed: betacal no longer treats the three codings alike.")
if not all(0 <= value <= 1 for value in seen["0 and 1"][0]):
    raise SystemExit("Changed: the labels 0 and 1 are no longer handled as expected.")
for name in ("1 and 2", "-1 and 1"):
    if min(seen[name][0]) > -1 and max(seen[name][0]) < 2:
        raise SystemExit(f"Changed: the labels {name} no longer lead out of the range of probabilities.")
EOF
