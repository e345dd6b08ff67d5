#!/usr/bin/env bash
# fhirpathpy 2.2.4: a laboratory value of 5.4 does not equal 5.4, and 5 mmol/L does not equal 0.005 mol/L.
#
# Expected: Observation.value.value = 5.4 is true for a value of 5.4, as in fhirpath 5.2.2 (npm), and FHIRPath compares
# quantities after conversion by UCUM.
# Seen: "= 5.4" is false, "!= 5.4" true and "in (5.4 | 9.9)" false, while ">= 5.4", "<= 5.4" and "~ 5.4" are true and
# 5.5 (which is exact in binary) is equal. 1 'g' = 1000 'mg' is true, but 5 'mmol/L' = 0.005 'mol/L' is false, and
# -7 mod 2 is 1. No error.
# Why it matters: cohorts, labels and features are selected by such expressions; patients with 5.4 are left out, those
# with 5.5 are in, and glucose in the unit of another laboratory never matches.
# Source: FHIRPath specification, "Equality"; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "fhirpathpy==2.2.4"
npm install --silent --no-audit --no-fund --prefix "$folder" "fhirpath@5.2.2" >/dev/null

cat >ask.js <<'EOF'
const fhirpath = require("fhirpath");
const model = require("fhirpath/fhir-context/r4");
const [value, texts] = JSON.parse(process.argv[2]);
const resource = { resourceType: "Observation", valueQuantity: { value, unit: "mmol/L" } };
console.log(JSON.stringify(texts.map((text) => fhirpath.evaluate(resource, text, {}, model)[0])));
EOF
cat >check.py <<'EOF'
import json
import subprocess
from importlib.metadata import version

from fhirpathpy import evaluate
from fhirpathpy.models import models

cases = {
    5.4: {
        "Observation.value.value = 5.4": (False, True),
        "Observation.value.value != 5.4": (True, False),
        "Observation.value.value in (5.4 | 9.9)": (False, True),
        "Observation.value.value >= 5.4": (True, True),
        "Observation.value.value <= 5.4": (True, True),
        "1 'g' = 1000 'mg'": (True, True),
        "5 'mmol/L' = 0.005 'mol/L'": (False, True),
        "(0 - 7) mod 2": (1, -1),
    },
    5.5: {"Observation.value.value = 5.5": (True, True)},
}
print("fhirpathpy", version("fhirpathpy"))
for value, texts in cases.items():
    resource = {"resourceType": "Observation", "valueQuantity": {"value": value, "unit": "mmol/L"}}
    request = json.dumps([value, list(texts)])
    run = subprocess.run(["node", "ask.js", request], check=True, capture_output=True, text=True)
    for (text, (wanted, original)), javascript in zip(texts.items(), json.loads(run.stdout), strict=True):
        python = evaluate(resource, text, {}, model=models["r4"])[0]
        print(f"value {value}, {text}: Python {python}, JavaScript {javascript}")
        if python != wanted or javascript != original:
            raise SystemExit(f"Changed: {text} is no longer {wanted} in Python and {original} in JavaScript.")
EOF
venv/bin/python check.py
