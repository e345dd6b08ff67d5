#!/usr/bin/env bash
# ml-cart 2.1.1 and ml-random-forest 2.1.0 (npm) do not take a split that leaves no error: 10 and 30 become 20.
#
# Expected: a regression tree over a price of 10 by night and 30 by day learns two leaves, as scikit-learn 1.9.1 does.
# Seen: the split is found, and because nothing is left to gain after it the node becomes a leaf with the mean of both:
# 20 for every hour, of a forest as well. With one price that is off by a cent night and day are told apart. The same
# holds further down: of the prices 10, 30, 20 and 40 the two in the middle are both 25. No warning.
# Why it matters: tariffs, price lists, limits and states are exact steps; the clearer the rule in the data, the less of
# it is learnt, and a test with noise, or a classifier on the same columns, looks right.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "ml-cart@2.1.1" "ml-random-forest@2.1.0" >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "scikit-learn==1.9.1" "numpy==2.4.6"

cat >check.js <<'JS'
const { DecisionTreeRegression } = require("ml-cart");
const { RandomForestRegression } = require("ml-random-forest");

const hours = Array.from({ length: 96 }, (_, quarter) => [quarter / 4]);
const exact = hours.map(([hour]) => (hour < 12 ? 10 : 30));
const offByACent = exact.map((price, quarter) => (quarter === 5 ? price + 0.01 : price));
const steps = hours.map(([hour]) => [10, 30, 20, 40][Math.floor(hour / 6)]);

/** Return the prices that a tree or a forest expects for the middle of each quarter of the day, rounded. */
function answers(model, prices) {
  model.train(hours, prices);
  return model.predict([[3], [9], [15], [21]]).map((price) => Math.round(price)).join(" ");
}

const options = { seed: 1, nEstimators: 20, maxFeatures: 1, replacement: true, useSampleBagging: true };
const seen = {
  exact: answers(new DecisionTreeRegression(), exact),
  offByACent: answers(new DecisionTreeRegression(), offByACent),
  steps: answers(new DecisionTreeRegression(), steps),
};
const forest = answers(new RandomForestRegression(options), exact).split(" ");
console.log("ml-cart", JSON.stringify(seen), "ml-random-forest, exact:", forest.join(" "));
if (seen.exact !== "20 20 20 20") throw new Error("Changed: an exact step is no longer answered by its mean.");
if (seen.offByACent !== "10 10 30 30") throw new Error("Changed: a step that is off by a cent is learnt otherwise.");
if (seen.steps !== "10 25 25 40") throw new Error("Changed: four steps are learnt otherwise.");
if (forest.some((price) => price < 15 || price > 25)) throw new Error("Changed: the forest tells night and day apart.");
JS
node check.js
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import numpy
from sklearn.tree import DecisionTreeRegressor

hours = numpy.arange(96).reshape(-1, 1) / 4
tree = DecisionTreeRegressor().fit(hours, numpy.where(hours[:, 0] < 12, 10, 30))
seen = tree.predict([[3], [9], [15], [21]]).tolist()
print("scikit-learn", version("scikit-learn"), seen)
if seen != [10, 10, 30, 30]:
    raise SystemExit("Changed: scikit-learn no longer learns the step.")
PYTHON
