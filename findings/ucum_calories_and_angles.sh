#!/usr/bin/env bash
# ucumvert 0.3.2 reads the UCUM codes of food calories and of angles as other units.
#
# Expected: in UCUM [Cal] is the calorie of food labels, 4184 J, ' and '' are minute and second of an angle, and g% is
# a gram in a decilitre (of blood); ucumvert hands them to pint as these, or refuses them, as it refuses [pH].
# Seen: [Cal] is the small calorie, 4.184 J, like cal. ' is a minute of time (60 s) and '' a second, which can be
# added to durations. g% is a gram times a hundredth, 1e-5 kg, a mass and no concentration. Other codes with the same
# pattern ([lb_av], mm[Hg], [bbl_us], deg) are right. No warning.
# Why it matters: laboratory and health data (FHIR, OMOP, LOINC) carry their units in UCUM; energies from [Cal] and
# from kcal differ by a thousand in one column, and an angle passes where a duration is expected.
# Source: found by running; the table of UCUM (ucum-essence) defines [Cal], ', '' and g%.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "ucumvert==0.3.2" "pint==0.25.3"

venv/bin/python - <<'EOF'
import math
import warnings
from importlib.metadata import version

from ucumvert import PintUcumRegistry

registry = PintUcumRegistry()
expected = {
    "[Cal]": (4.184, "[length] ** 2 * [mass] / [time] ** 2"),
    "cal": (4.184, "[length] ** 2 * [mass] / [time] ** 2"),
    "kcal": (4184.0, "[length] ** 2 * [mass] / [time] ** 2"),
    "'": (60.0, "[time]"),
    "''": (1.0, "[time]"),
    "deg": (math.pi / 180, "[]"),
    "g%": (1e-5, "[mass]"),
    "g/dL": (10.0, "[mass] / [length] ** 3"),
    "[lb_av]": (0.45359237, "[mass]"),
    "mm[Hg]": (133.322387415, "[mass] / [length] / [time] ** 2"),
}
print("ucumvert", version("ucumvert"), "pint", version("pint"))
for code, (factor, dimension) in expected.items():
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        quantity = registry.from_ucum(code)
    base = quantity.to_base_units()
    print(f"{code} is {quantity.units}: {base.magnitude:.6g} {base.units}")
    if said:
        raise SystemExit(f"Changed: {code} is warned of now.")
    if not math.isclose(base.magnitude, factor, rel_tol=1e-6) or not quantity.check(dimension):
        raise SystemExit(f"Changed: {code} is no longer read as {factor:g} of {dimension}.")
print("ten minutes of time and one of an angle:", registry.from_ucum("min") * 10 + registry.from_ucum("'"))
EOF
