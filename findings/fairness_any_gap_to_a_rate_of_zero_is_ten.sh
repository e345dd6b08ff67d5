#!/usr/bin/env bash
# aequitas 1.1.0 says that a group is ten times as badly off, whatever its rate, if the reference group's rate is 0.
#
# Expected: a disparity is the rate of a group divided by that of the reference group; where that is 0 it is infinite or
# not defined.
# Seen: false positive rates of 0.1 and of 0.9 against 0 both have a disparity of 10.0, as a measured one could have.
# Against 0.1 they are 1 and 9. No warning.
# Why it matters: 10.0 is plotted, ranked and compared with limits like any other; a group with one false alarm in ten
# looks worse than one that is nine times as badly off as a group with few.
# Source: found by running; a parameter of the functions has 10.00 as its default (fill_divbyzero).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "aequitas==1.1.0" "pandas==2.3.3"

venv/bin/python - 2>errors.txt <<'EOF' || { cat errors.txt; exit 1; }
import warnings
from importlib.metadata import version

import pandas
from aequitas.bias import Bias
from aequitas.group import Group


def disparities(alarms):
    """Return the disparities of false alarms to group a, each of ten negative cases."""
    rows = [(int(place < count), 0, name) for name, count in alarms.items() for place in range(10)]
    table = pandas.DataFrame(rows, columns=["score", "label_value", "group"])
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        counted, _ = Group().get_crosstabs(table)
        result = Bias().get_disparity_predefined_groups(counted, original_df=table, ref_groups_dict={"group": "a"})
    if any("zero" in str(warning.message) for warning in said):
        raise SystemExit("Changed: division by zero is warned of now.")
    return dict(zip(result["attribute_value"], result["fpr_disparity"].astype(float), strict=True))


against_none, against_one = disparities({"a": 0, "b": 1, "c": 9}), disparities({"a": 1, "b": 1, "c": 9})
print("aequitas", version("aequitas"), "reference without false alarms:", against_none, "with one:", against_one)
if (round(against_one["b"], 6), round(against_one["c"], 6)) != (1.0, 9.0):
    raise SystemExit("Changed: disparities to a rate above 0 are no longer ratios.")
if (against_none["b"], against_none["c"]) != (10.0, 10.0):
    raise SystemExit("Changed: the disparity to a rate of 0 is no longer 10.")
EOF
