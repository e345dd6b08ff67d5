#!/usr/bin/env bash
# quantities 0.16.4 converts 20 degrees Celsius into 20 K, and 68 degrees Fahrenheit into 37.8 degrees Celsius.
#
# Expected: 293.15 K and 20 degrees Celsius, or a refusal, since pint 0.25.3 either converts with the offset or refuses.
# Seen: the units degC and degF are multiples of the kelvin without their zero point, so that rescale() multiplies:
# 20 degC is 20 K, 68 degF is 37.8 degC, and 0 degC lies at absolute zero. No warning. Pressures and energies are
# right.
# Why it matters: gas laws, Arrhenius factors, ageing of insulation and radiation need kelvins; the features are off by
# a factor of fifteen or, with Fahrenheit, by 18 degrees, which looks like a plausible temperature.
# Source: found by running; the library is the one that electrophysiology's neo stores signals with.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "quantities==0.16.4" "pint==0.25.3"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import pint
import quantities

registry = pint.UnitRegistry()
expected = {
    ("degC", "K", 20): (20.0, 293.15),
    ("degF", "degC", 68): (37.7778, 20.0),
    ("degC", "K", 0): (0.0, 273.15),
    ("psi", "Pa", 1): (6894.7573, 6894.7573),
    ("kWh", "J", 1): (3600000.0, 3600000.0),
}
print("quantities", version("quantities"), "pint", version("pint"))
for (unit, target, value), (wanted, right) in expected.items():
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        seen = float(quantities.Quantity(value, unit).rescale(target).magnitude)
    peer = registry.Quantity(value, unit).to(target).magnitude
    print(f"{value} {unit} in {target}: quantities {seen:.6g}, pint {peer:.6g}")
    if said:
        raise SystemExit("Changed: quantities warns now.")
    if abs(seen - wanted) > 1e-3:
        raise SystemExit(f"Changed: {value} {unit} is no longer {wanted} {target}.")
    if abs(peer - right) > 1e-3:
        raise SystemExit(f"Changed: pint no longer says {right} {target}.")
EOF
