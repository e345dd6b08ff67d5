#!/usr/bin/env bash
# pint 0.25.3 reads common unit symbols of data sheets as other units, off by up to twenty orders of magnitude.
#
# Expected: Nm is newton metre (torque), cfm is cubic feet per minute (fans), bbl the barrel of oil of 159 litres, mil a
# thousandth of an inch (coatings), pH no picohenry; or a symbol that is not known is refused, as sccm and ppb are.
# Seen: Nm is "number_meter", a unit of yarn, 1000 m/kg; cfm is 0.01 fermi, 1e-17 m; bbl is 119 litres, a quarter
# too few; mil is an angle; PS is 1e15 siemens; pH is 1e-12 henry. Each parses without a warning, because
# prefixes go before any symbol, and many symbols are known.
# Why it matters: columns with units in their heads are converted to SI for models; a wrong factor is a constant
# and passes every check of type and range that was made from the same data.
# Source: found by running; pint's default_en.txt.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pint==0.25.3"

venv/bin/python - <<'EOF'
import math

import pint

registry = pint.UnitRegistry()
expected = {
    "Nm": (1000.0, "meter / kilogram"),
    "cfm": (1e-17, "meter"),
    "bbl": (0.119240471, "meter ** 3"),
    "mil": (2 * math.pi / 64000, "radian"),
    "PS": (1e15, "ampere ** 2 * second ** 3 / kilogram / meter ** 2"),
    "pH": (1e-12, "kilogram * meter ** 2 / ampere ** 2 / second ** 2"),
}
refused = []
for symbol in ("sccm", "ppb", "gpm"):
    try:
        registry.parse_units(symbol)
    except pint.UndefinedUnitError:
        refused.append(symbol)
print("pint", pint.__version__, "refused:", refused)
for symbol, (factor, units) in expected.items():
    quantity = registry.Quantity(1.0, registry.parse_units(symbol))
    base = quantity.to_base_units()
    print(f"1 {symbol} is {quantity.units}: {base.magnitude:.6g} {base.units}")
    if not math.isclose(base.magnitude, factor, rel_tol=1e-4) or str(base.units) != units:
        raise SystemExit(f"Changed: pint no longer takes {symbol} for this unit.")
if refused != ["sccm", "ppb", "gpm"]:
    raise SystemExit("Changed: symbols that used to be refused no longer are.")
EOF
