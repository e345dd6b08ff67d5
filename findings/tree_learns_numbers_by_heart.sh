#!/usr/bin/env bash
# decision-tree 1.0.0 (npm) learns numbers by heart: a load of 75.25 between 75 and 75.5 is a load it has never seen.
#
# Expected: a tree splits a column of numbers at a limit, or refuses numbers, since its rule (ID3) is for categories.
# Seen: each number is a category of its own. The training rows are all predicted right (accuracy 1); of loads between
# them none above the limit is, and neither is 1000: all get the class that is most frequent. No error.
# Why it matters: measured values hardly ever repeat to the last digit; the model passes its test on known rows and says
# in operation what it says of everything.
# Source: found by running; the documentation names the rule.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "decision-tree@1.0.0" >/dev/null

cat >check.mjs <<'EOF'
import DecisionTree from "decision-tree";

const rows = Array.from({ length: 200 }, (_, index) => ({ load: index / 2, alarm: index / 2 >= 60 ? "yes" : "no" }));
const tree = new DecisionTree("alarm", ["load"]);
tree.train(rows);
const between = rows.filter((row) => row.alarm === "yes").map((row) => row.load + 0.25);
const found = between.filter((load) => tree.predict({ load }) === "yes").length;
const seen = [75, 75.25, 1000].map((load) => tree.predict({ load }));
console.log("accuracy on known rows:", tree.evaluate(rows), "75, 75.25, 1000:", seen.join(", "));
console.log(`alarms between known rows: ${found} of ${between.length}`);
if (tree.evaluate(rows) !== 1) throw new Error("Changed: known rows are no longer all predicted.");
if (seen.join() !== "yes,no,no" || found !== 0) throw new Error("Changed: numbers are no longer categories.");
EOF
node check.mjs
