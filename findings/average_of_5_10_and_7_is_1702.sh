#!/usr/bin/env bash
# alasql 4.19.0 (npm) says that the average of 5, 10 and 7 is 1702.33, and that a running sum is 0 in every row.
#
# Expected: SQL adds numbers, and refuses texts or reads them as numbers; NULL and values that are not there stay out of
# averages and medians; SUM() OVER (ORDER BY ...) is a running sum, and a window that is not known is an error.
# Seen: texts among numbers, as CSV and forms give them, are put side by side before they are divided: "5", "10" and 7
# make 5107 / 3. One NaN counts as 0 in AVG. A row without the field counts in MEDIAN as the largest value. SUM() OVER
# is 0 in every row, and ROW_NUMBER() OVER (ORDER BY v DESC) numbers the rows as they stand. The group null takes in the
# rows of the word "null". No error.
# Why it matters: features are computed in the browser or in a Node.js service by the SQL that was written for the
# database of the training; each of these statements runs there and gives another number.
# Source: ISO/IEC 9075-2, aggregate and window functions; SQLite 3 for comparison; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "alasql@4.19.0" >/dev/null

cat >check.js <<'JS'
const fs = require("node:fs");
const { inspect } = require("node:util");
const alasql = require("alasql");

const loads = [{ t: 1, v: 3 }, { t: 2, v: 1 }, { t: 3, v: 2 }];
const sites = [{ k: null, v: 1 }, { k: "null", v: 2 }];
const CASES = [
  ["SELECT AVG(v) AS a FROM ?", [{ v: 5 }, { v: 10 }, { v: 7 }], "7.333"],
  ["SELECT AVG(v) AS a FROM ?", [{ v: "5" }, { v: "10" }, { v: 7 }], "1702.333"],
  ["SELECT AVG(v) AS a FROM ?", [{ v: NaN }, { v: 5 }, { v: 7 }], "4.000"],
  ["SELECT AVG(v) AS a FROM ?", [{ v: null }, { v: 5 }, { v: 7 }], "6.000"],
  ["SELECT MEDIAN(v) AS a FROM ?", [{ v: 1 }, { v: 2 }, { v: 3 }, { v: null }, { v: null }], "2.000"],
  ["SELECT MEDIAN(v) AS a FROM ?", [{ v: 1 }, { v: 2 }, { v: 3 }, {}, {}], "3.000"],
  ["SELECT SUM(v) OVER (ORDER BY t) AS a FROM ?", loads, "0.000 0.000 0.000"],
  ["SELECT ROW_NUMBER() OVER (ORDER BY v DESC) AS a FROM ?", loads, "1.000 2.000 3.000"],
  ["SELECT SUM(v) AS a FROM ? GROUP BY k", sites, "3.000"],
];
console.log("alasql", JSON.parse(fs.readFileSync("node_modules/alasql/package.json", "utf8")).version);
for (const [query, rows, wanted] of CASES) {
  const seen = alasql(query, [rows]).map((row) => Number(row.a).toFixed(3)).join(" ");
  console.log(`${query} of ${inspect(rows.map((row) => row.v))}: ${seen}`);
  if (seen !== wanted) throw new Error(`Changed: ${query} gave ${wanted}.`);
}
JS
node check.js
python3 - <<'EOF'
import sqlite3

database = sqlite3.connect(":memory:")
database.execute("create table loads (t, v)")
database.executemany("insert into loads values (?, ?)", [(1, 3), (2, 1), (3, 2)])
sums = [row[0] for row in database.execute("select sum(v) over (order by t) from loads order by t")]
ranks = [row[0] for row in database.execute("select row_number() over (order by v desc) from loads order by t")]
texts = database.execute("select avg(column1) from (values ('5'), ('10'), (7))").fetchone()[0]
print("SQLite", sqlite3.sqlite_version, sums, ranks, round(texts, 3))
if (sums, ranks, round(texts, 3)) != ([3, 4, 6], [1, 3, 2], 7.333):
    raise SystemExit("Changed: SQLite answers otherwise.")
EOF
