#!/usr/bin/env bash
# sav-reader 2.0.8 (npm) reads a missing answer of an SPSS file as -1.8e+308, and 99, which means "refused", as 99.
#
# Expected: the system missing value of SPSS is no number: null, undefined or NaN; values that the file declares as
# missing are told from answers, as pyreadstat 1.3.7 (Python) does for both by default.
# Seen: an empty number, an empty date and an empty time are -1.7976931348623157e+308, the lowest double; 99 stays 99,
# though the reader has read the declaration (meta.sysvars). Numbers and texts are right; dates are seconds since 1582.
# Why it matters: surveys and panel data have holes in every row; one of them makes a sum -Infinity and a mean
# nonsense, a filter "below 18" takes it, and an age of 99 is a fine age.
# Source: SPSS system file format, the system missing value (SYSMIS); found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyreadstat==1.3.7" "pandas==3.1.1"
npm install --silent --no-audit --no-fund --prefix "$folder" "sav-reader@2.0.8" >/dev/null

venv/bin/python - <<'EOF'
from datetime import date
from importlib.metadata import version

import pandas
import pyreadstat

answers = pandas.DataFrame({"age": [41.5, None, 99.0], "day": [date(2026, 2, 1), None, date(2026, 2, 3)]})
pyreadstat.write_sav(answers, "answers.sav", missing_ranges={"age": [99]})
read, _ = pyreadstat.read_sav("answers.sav")
print("pyreadstat", version("pyreadstat"), read["age"].tolist(), read["day"].tolist())
if read["age"].isna().tolist() != [False, True, True] or not pandas.isna(read["day"][1]):
    raise SystemExit("Changed: pyreadstat no longer reads missing answers as missing.")
EOF
cat >check.js <<'EOF'
const { readFileSync } = require("node:fs");
const { SavBufferReader } = require("sav-reader");

(async () => {
  const reader = new SavBufferReader(readFileSync("answers.sav"));
  await reader.open();
  const rows = await reader.readAllRows();
  console.log("sav-reader", JSON.stringify(rows), "declared as missing:", reader.meta.sysvars[0].missing);
  if (rows[0].age !== 41.5 || rows[0].day !== 13989283200) throw new Error("Changed: answers are read otherwise.");
  const lowest = -Number.MAX_VALUE;
  if (rows[1].age !== lowest || rows[1].day !== lowest) throw new Error("Changed: missing is not the lowest number.");
  if (rows[2].age !== 99) throw new Error("Changed: a value that is declared as missing is no longer handed over.");
})();
EOF
node check.js
