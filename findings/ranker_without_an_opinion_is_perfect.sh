#!/usr/bin/env bash
# pytrec-eval-terrier 0.5.11 gives a ranker with one score for all a perfect NDCG if the right item has the last name.
#
# Expected: where all scores are equal there is no ranking; the measure is a mean over the orders, or it says so.
# Seen: equal scores are put in order by name, backwards: of a, b, c and d the ranker has an NDCG of 1.0 if d is right
# and of 0.43 if a is. The order of the run and its ranks are not looked at. No warning.
# Why it matters: newer items have higher numbers and are clicked more, so a model that answers one constant, or one
# of few steps, looks good; renaming the items changes the winner.
# Source: the sorting of trec_eval by score and document number; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pytrec-eval-terrier==0.5.11"

venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import pytrec_eval


def ndcg(right, run):
    evaluator = pytrec_eval.RelevanceEvaluator({"query": {right: 1}}, {"ndcg"})
    return round(evaluator.evaluate({"query": run})["query"]["ndcg"], 3)


seen = {right: ndcg(right, dict.fromkeys("abcd", 0.5)) for right in "abcd"}
turned = {right: ndcg(right, dict.fromkeys("dcba", 0.5)) for right in "abcd"}
print("pytrec-eval-terrier", version("pytrec-eval-terrier"), "NDCG of one score for all:", seen)
if seen != {"a": 0.431, "b": 0.5, "c": 0.631, "d": 1.0}:
    raise SystemExit("Changed: equal scores are put in another order.")
if turned != seen:
    raise SystemExit("Changed: the order of the run is looked at.")
if ndcg("a", {"a": 0.9, "b": 0.5, "c": 0.5, "d": 0.5}) != 1.0:
    raise SystemExit("Changed: the best score no longer comes first.")
PYTHON
