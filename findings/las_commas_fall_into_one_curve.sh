#!/usr/bin/env bash
# lasio 0.32 reads a comma-delimited well log so that all values stand in the first curve.
#
# Expected: a LAS 3.0 file says "DLM . COMMA", and its three curves come back as three columns.
# Seen: where no blank follows the commas, the number of columns is counted by blanks: one. All values
# land one below the other in the depth curve, three times as many rows as the file has, and the other
# curves are NaN. Only a log line tells of it. With a blank after each comma the same values are read
# correctly, and so is a file of a few rows that ends with an empty line, so a small test file hides it.
# Why it matters: the frame has the expected columns and numeric types; a model that takes missing
# values predicts from depths that are gamma rays, without an error.
# Source: found by running; lasio reader.inspect_data_section splits its sample by blanks.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "lasio==0.32" "numpy==2.4.6" "pandas==3.1.1"

venv/bin/python - <<'EOF'
import lasio

HEADER = """~VERSION INFORMATION
 VERS. 3.0 : CWLS LOG ASCII STANDARD
 WRAP. NO : ONE LINE PER DEPTH
 DLM . COMMA : DELIMITER
~WELL
 STRT.M 1.0 :
 STOP.M 30.0 :
 STEP.M 1.0 :
 NULL. -999.25 :
~CURVE
 DEPT.M : depth
 GR.API : gamma ray
 RES.OHMM : resistivity
~ASCII
"""


def read(separator):
    lines = [separator.join((f"{depth}.0", f"{depth + 50}.5", f"{depth * 2}.25")) for depth in range(1, 31)]
    with open("log.las", "w") as file:
        file.write(HEADER + "\n".join(lines) + "\n")
    return lasio.read("log.las").df().reset_index()


plain = read(",")
blanks = read(", ")
print("lasio", lasio.__version__)
print("commas:", plain.shape, plain["DEPT"].tolist()[:6], "GR missing:", int(plain["GR"].isna().sum()))
print("commas and blanks:", blanks.shape, blanks.iloc[0].tolist())

if blanks.shape != (30, 3) or blanks.iloc[0].tolist() != [1.0, 51.5, 2.25]:
    raise SystemExit("Changed: a log with blanks after its commas is no longer read correctly.")
if plain.shape != (90, 3) or plain["DEPT"].tolist()[:3] != [1.0, 51.5, 2.25] or not plain["GR"].isna().all():
    raise SystemExit("Changed: a comma-delimited log no longer falls into the first curve.")
EOF
