#!/usr/bin/env bash
# pyuff 2.5.8 writes a missing reading into a universal file as 0.
#
# Expected: NaN is refused, or written so that it is read back as NaN; data set 58 of the Universal File Format has no
# mark for a missing value.
# Seen: NaN among the readings is read back as 0.0, in text form; the other values come back as they were. No error and
# no warning.
# Why it matters: vibration and modal tests are exchanged in this format; a gap becomes a sharp return to zero, which
# raises kurtosis, crest factor and the high part of the spectrum: the very features that tell a broken bearing.
# Source: found by running; the format's definition of data set 58.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyuff==2.5.8" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import numpy
import pyuff

readings = numpy.array([5.0, 5.1, numpy.nan, 5.2, -4.9])
described = {
    "type": 58, "func_type": 1, "rsp_node": 1, "rsp_dir": 1, "ref_node": 1, "ref_dir": 1, "id1": "bearing",
    "rsp_ent_name": "a", "ref_ent_name": "b", "data": readings, "x": numpy.arange(5) * 0.1, "abscissa_spacing": 1,
    "abscissa_spec_data_type": 17, "ordinate_spec_data_type": 12, "orddenom_spec_data_type": 0,
}
with warnings.catch_warnings():
    warnings.simplefilter("error", UserWarning)
    warnings.simplefilter("error", RuntimeWarning)
    pyuff.UFF("bearing.uff").write_sets([described], mode="overwrite")
    seen = pyuff.UFF("bearing.uff").read_sets()["data"].tolist()
print("pyuff", version("pyuff"), "written:", readings.tolist(), "read:", seen)
if [seen[place] for place in (0, 1, 3, 4)] != [5.0, 5.1, 5.2, -4.9]:
    raise SystemExit("Changed: readings no longer come back as they were.")
if seen[2] != 0.0:
    raise SystemExit("Changed: a missing reading is no longer 0.")
EOF
