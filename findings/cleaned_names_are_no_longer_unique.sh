#!/usr/bin/env bash
# pyjanitor 0.32.60 cleans two column names into one, and the frame then has two columns of that name.
#
# Expected: clean_names() gives each column a name of its own, with a number behind it where names would be equal, as
# its model janitor for R does (a_b, a_b_2), or it refuses.
# Seen: "Temp C", "temp_c" and "temp-c" all become temp_c. df["temp_c"] is then a frame of three columns, to_dict()
# keeps the last value only (with a warning), and to_json() refuses the frame. clean_names itself says nothing.
# Why it matters: set point and reading of a machine often differ by such signs only. Rows that go out as
# dictionaries, to a queue or a service, lose columns, and the value that is kept is the other quantity.
# Source: janitor for R, clean_names(): "resulting names are unique".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyjanitor==0.32.60" "pandas==3.1.1"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import pandas as pd
import janitor  # noqa: F401, adds the methods

frame = pd.DataFrame([[20.5, 21.0, 19.5]], columns=["Temp C", "temp_c", "temp-c"])
with warnings.catch_warnings():
    warnings.simplefilter("error")
    cleaned = frame.clean_names()
print("pyjanitor", version("pyjanitor"), "names:", cleaned.columns.tolist())
if cleaned.columns.tolist() != ["temp_c"] * 3:
    raise SystemExit("Changed: names are kept apart now.")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    rows = cleaned.to_dict("records")
print("as dictionaries:", rows)
if rows != [{"temp_c": 19.5}]:
    raise SystemExit("Changed: another value is kept.")
try:
    cleaned.to_json(orient="records")
except ValueError as error:
    print("to_json:", error)
else:
    raise SystemExit("Changed: to_json takes equal names.")
EOF
