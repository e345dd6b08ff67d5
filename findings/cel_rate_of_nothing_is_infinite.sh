#!/usr/bin/env bash
# cel-python 0.5.0 divides by zero to plus infinity, whatever is divided, so 0.0 / 0.0 is above every limit.
#
# Expected: CEL computes doubles by IEEE 754: 0.0 / 0.0 is NaN, for which no comparison holds, -1.5 / 0.0 is minus
# infinity, and dividing by -0.0 turns the sign.
# Seen: all of them are plus infinity. "failed / total > 0.05" is true when nothing was counted at all, "0 / 0 equals
# 0 / 0" is true, and a loss divided by zero is the highest gain. NaN that comes in as data is treated as it should be.
# Why it matters: rates and relative errors over a window in which nothing happened are 0 / 0; the alert fires at each
# quiet hour, and a policy that is written once and run by CEL in Go or C++ elsewhere decides otherwise.
# Source: CEL's language definition, arithmetic of double; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "cel-python==0.5.0"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import celpy
from celpy.celtypes import DoubleType

environment = celpy.Environment()


def answer(text, **values):
    row = {name: DoubleType(value) for name, value in values.items()}
    return environment.program(environment.compile(text)).evaluate(row)


print("cel-python", version("cel-python"))
for failed, total in ((0.0, 0.0), (-1.5, 0.0), (1.5, -0.0), (1.5, 0.0)):
    ratio = answer("failed / total", failed=failed, total=total)
    above = answer("failed / total > 0.05", failed=failed, total=total)
    print(f"{failed} / {total} is {float(ratio)}, above 0.05: {bool(above)}")
    if float(ratio) != float("inf") or not above:
        raise SystemExit(f"Changed: {failed} / {total} is no longer plus infinity.")
if not answer("0.0 / 0.0 == 0.0 / 0.0"):
    raise SystemExit("Changed: 0.0 / 0.0 no longer equals itself.")
known = answer("rate > 0.05 || rate <= 0.05 || rate == rate", rate=float("nan"))
print("some comparison holds for NaN that comes as data:", bool(known))
if known or float(answer("failed / total", failed=1.0, total=4.0)) != 0.25:
    raise SystemExit("Changed: NaN as data is compared, or a quarter is no quarter.")
EOF
