#!/usr/bin/env bash
# pandas 3.1.1 drops the last rows of a SAS transport file when a text column beside the numbers is blank there.
#
# Expected: a table of ten measurements with a comment column that is filled in one row only has ten rows.
# Seen: seven. pandas takes every blank piece of eight characters in the last 80 bytes for padding, wherever it stands,
# and shortens the table by as much, without a word; the lost rows had numbers. pyreadstat 1.3.7 reads all ten.
# With one single-letter column and blank rows at the end pandas reads eight rows out of four, and pyreadstat two.
# Why it matters: the newest rows of a clinical or survey table are missing in the training set and in what is
# predicted; the count is off by a few, which nobody sees.
# Source: SAS TS-140: observations are padded with blanks to 80 bytes, and their number is not stored.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyreadstat==1.3.7" "pandas==3.1.1" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import pandas
import pyreadstat


def read_back(frame):
    pyreadstat.write_xport(frame, "x.xpt", file_format_version=5, table_name="T")
    return pyreadstat.read_xport("x.xpt")[0], pandas.read_sas("x.xpt", encoding="utf-8")


measured = pandas.DataFrame({"N": [float(number) for number in range(1, 11)], "NOTE": ["first of the lot"] + [""] * 9})
by_pyreadstat, by_pandas = read_back(measured)
print("pandas", pandas.__version__, "pyreadstat", pyreadstat.__version__)
print("written:   ", measured["N"].tolist())
print("pyreadstat:", by_pyreadstat["N"].tolist())
print("pandas:    ", by_pandas["N"].tolist())
letters = [len(frame) for frame in read_back(pandas.DataFrame({"CODE": ["a", "b", "", ""]}))]
print("four rows of one letter or blank: pyreadstat and pandas read", letters)
if by_pyreadstat["N"].tolist() != measured["N"].tolist():
    raise SystemExit("Changed: pyreadstat no longer reads all rows.")
if by_pandas["N"].tolist() != [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]:
    raise SystemExit("Changed: pandas no longer drops the last three of ten rows.")
if letters != [2, 8]:
    raise SystemExit("Changed: two and eight rows are no longer what the readers make of four.")
EOF
