#!/usr/bin/env bash
# frictionless 5.21.0: describe() calls a column an integer when 95 of 100 values are; extract() then empties the others.
#
# Expected: a type is inferred that all the values have, so a column of numbers and a few codes is text.
# Seen: with 95 whole numbers and the codes A1 to A5 within the first hundred rows the type is integer (the detector wants 90
# percent), and extract() returns None for the five codes, without an error or a warning. A code that comes after
# the hundredth row has the same fate. Only validate() tells.
# Why it matters: batch identifiers or article numbers with a few letters lose exactly the unusual values; a model sees
# missing values where the source had none. Remedy: Detector(field_confidence=1) and a schema that is kept.
# Source: frictionless documentation, Detector: sample_size 100 and field_confidence 0.9.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "frictionless==5.21.0"

venv/bin/python - <<'PY'
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import frictionless

warnings.simplefilter("error")
articles = [str(number) for number in range(95)] + ["A1", "A2", "A3", "A4", "A5"]
Path("articles.csv").write_text("article\n" + "\n".join(articles) + "\n")
print("frictionless", version("frictionless"))
kind = frictionless.describe("articles.csv").schema.get_field("article").type
values = [row["article"] for row in frictionless.extract("articles.csv")["articles"]]
print("type:", kind, "- last values:", values[-6:])
if kind != "integer":
    sys.exit(f"The inferred type is {kind} now.")
if values != [*range(95), None, None, None, None, None]:
    sys.exit("The codes are no longer replaced by None.")
careful = frictionless.describe("articles.csv", detector=frictionless.Detector(field_confidence=1))
print("with field_confidence=1:", careful.schema.get_field("article").type)
if careful.schema.get_field("article").type == "integer":
    sys.exit("Full confidence still says integer.")
PY
echo "Seen: five codes of a hundred values became None without a word."
