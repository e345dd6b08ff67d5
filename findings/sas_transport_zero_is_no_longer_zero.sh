#!/usr/bin/env bash
# pandas 3.1.1 reads every zero of a SAS transport file as 5.4e-79.
#
# Expected: 0 in an XPT file, the format of clinical and public health data, is 0.0 in the frame.
# Seen: 5.397605346934028e-79 for each zero; "== 0" finds none, and counts, flags and group codes that are
# zero are "positive". pyreadstat 1.3.7 reads 0.0 from the same bytes. Other numbers agree.
# Why it matters: share of zeros, log(x + ...), one-hot and boolean columns made by "!= 0", and the drift of all
# of them are wrong, while printed with a few digits the frame looks right.
# Source: found by running; all bytes zero is zero in the IBM floating-point numbers of SAS TS-140.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyreadstat==1.3.7" "pandas==3.1.1" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import pandas
import pyreadstat

values = [0.0, 1.0, -2.5, 0.1, 0.0]
pyreadstat.write_xport(pandas.DataFrame({"X": values}), "x.xpt", file_format_version=5, table_name="T")
by_pandas = pandas.read_sas("x.xpt")["X"]
by_pyreadstat = pyreadstat.read_xport("x.xpt")[0]["X"]
print("pandas", pandas.__version__, "pyreadstat", pyreadstat.__version__)
print("written:   ", values)
print("pandas:    ", by_pandas.tolist(), "zeros:", int((by_pandas == 0).sum()))
print("pyreadstat:", by_pyreadstat.tolist(), "zeros:", int((by_pyreadstat == 0).sum()))
if by_pyreadstat.tolist() != values or by_pandas.tolist()[1:4] != values[1:4]:
    raise SystemExit("Changed: the numbers that used to agree no longer do.")
if (by_pandas == 0).any() or not (by_pandas.iloc[[0, 4]].between(1e-80, 1e-78)).all():
    raise SystemExit("Changed: pandas now reads a zero of a transport file as zero.")
EOF
