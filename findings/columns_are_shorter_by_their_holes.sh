#!/usr/bin/env bash
# data-forge 1.10.5 (npm) hands over a column without its missing values, so that columns no longer stand side by side.
#
# Expected: a column of four rows has four values, null among them; or the same column has one length everywhere.
# Seen: getSeries(name).toArray() leaves out null and undefined, keeps NaN, and count() still says four; toArray() and
# toRows() of the whole frame keep all. Columns with holes in other rows get other lengths, and their values of one
# position come from other rows. mean() leaves the missing ones out. No warning.
# Why it matters: features and labels are taken out of a frame column by column and paired by position; from the first
# hole on, each label belongs to another row, and equal counts of holes hide it.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "data-forge@1.10.5" >/dev/null

cat >check.js <<'EOF'
const { DataFrame, fromCSV } = require("data-forge");

const frame = new DataFrame([
  { load: 1, price: 10 },
  { load: null, price: 20 },
  { load: 3, price: undefined },
  { load: 4, price: 40 },
]);
const [load, price] = ["load", "price"].map((name) => frame.getSeries(name));
const pairs = load.toArray().map((value, index) => [value, price.toArray()[index]]);
console.log("pairs:", JSON.stringify(pairs), "count:", load.count(), "rows:", JSON.stringify(frame.toRows()));
if (JSON.stringify(pairs) !== "[[1,10],[3,20],[4,40]]") throw new Error("Changed: columns keep their holes now.");
if (load.count() !== 4 || frame.toRows().length !== 4) throw new Error("Changed: rows are counted otherwise.");

const read = fromCSV("load,price\n1,10\n,20\n3,30\n", { dynamicTyping: true });
const loads = read.getSeries("load").toArray();
console.log("of a CSV file:", JSON.stringify(loads), "with", read.count(), "rows; NaN:", frame.count());
if (JSON.stringify(loads) !== "[1,3]" || read.count() !== 3) throw new Error("Changed: an empty cell is kept now.");
EOF
node check.js
