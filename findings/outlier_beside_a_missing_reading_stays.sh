#!/usr/bin/env bash
# outliers 0.0.3 (npm) finds no outlier as soon as one reading is NaN, and keeps NaN while it drops ordinary rows.
#
# Expected: a missing reading is left out of the quartiles, or refused.
# Seen: of 10, 11, 9, 10, 12, 11, 100 the outlier is 100; with NaN or undefined for one reading there is none. For rows
# with a key ({ v: NaN }), the filter drops 11 and 12 and keeps NaN. null, which counts as 0, is itself an outlier. No
# error.
# Why it matters: the function is written for filter(), so that series with a dropout, which need it most, go on with
# their outlier, or lose their ordinary rows.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "outliers@0.0.3" >/dev/null

cat >check.js <<'EOF'
const outliers = require("outliers");

const series = (value) => [10, 11, 9, value, 12, 11, 100];
const rows = [10, 11, NaN, 9, 100, 10, 12].map((v) => ({ v }));
const [whole, gap, absent, empty] = [10, NaN, undefined, null].map((value) => outliers(series(value)).join());
const kept = rows.filter(outliers("v")).map((row) => row.v).join();
console.log(`whole: ${whole}; NaN: ${gap}; undefined: ${absent}; null: ${empty}; rows that are kept: ${kept}`);
if (whole !== "100") throw new Error("Changed: the outlier of a whole series is no longer found.");
if (gap !== "" || absent !== "") throw new Error("Changed: the outlier beside a missing reading is found.");
if (empty !== ",100") throw new Error("Changed: null is no longer an outlier itself.");
if (kept !== "10,NaN,9,10") throw new Error("Changed: the filter keeps other rows beside NaN.");
EOF
node check.js
