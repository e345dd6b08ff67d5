#!/usr/bin/env bash
# mlcroissant 1.1.1 reads the article numbers 001 and 1.10 of a column that is declared as text as 1 and 1.1.
#
# Expected: Croissant describes the fields of a data set for machine learning by their types, and sc:Text keeps what the
# file holds.
# Seen: the texts 001 and 002 come as b'1' and b'2', 1.10 and 2 as b'1.1' and b'2.0', and the country NA as None. Texts
# with letters are right. Values that do not fit their type are not refused either: sc:Boolean makes True of yes and of
# no, sc:Integer makes 2 of 2.7. No error and no warning about it.
# Why it matters: article numbers, postal codes and versions no longer join with the data that is to be predicted, and
# a label column of yes and no has one class; the declared types suggest that all this was looked after.
# Source: Croissant format 1.0, data types; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "mlcroissant==1.1.1" "pandas==3.1.1"

cat >check.py <<'EOF'
import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import mlcroissant


def values(kind, lines):
    """Return what a data set with one column of this type holds."""
    text = "\n".join(["v", *lines]) + "\n"
    Path("d.csv").write_text(text)
    names = "column dataType extract field fileObject recordSet source".split()
    context = {"@vocab": "https://schema.org/", "sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/"}
    context |= {"@language": "en", "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo"}
    context |= {name: f"cr:{name}" for name in names}
    context["dataType"] = {"@id": "cr:dataType", "@type": "@vocab"}
    source = {"fileObject": {"@id": "f"}, "extract": {"column": "v"}}
    field = {"@type": "cr:Field", "@id": "r/v", "name": "v", "dataType": kind, "source": source}
    file = {"@type": "cr:FileObject", "@id": "f", "name": "f", "contentUrl": "d.csv", "encodingFormat": "text/csv"}
    file["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    record_set = {"@type": "cr:RecordSet", "@id": "r", "name": "r", "field": [field]}
    described = {"@context": context, "@type": "sc:Dataset", "name": "d", "description": "d", "version": "1.0.0"}
    described |= {"license": "CC0", "url": "d", "datePublished": "2026-01-01", "distribution": [file]}
    described |= {"conformsTo": "http://mlcommons.org/croissant/1.0", "recordSet": [record_set]}
    Path("d.json").write_text(json.dumps(described))
    return [record["r/v"] for record in mlcroissant.Dataset(jsonld="d.json").records(record_set="r")]


print("mlcroissant", version("mlcroissant"))
for kind, lines, wanted in (
    ("sc:Boolean", ["yes", "no"], [True, True]),
    ("sc:Boolean", ["True", "False"], [True, False]),
    ("sc:Text", ["001", "002"], [b"1", b"2"]),
    ("sc:Text", ["1.10", "2"], [b"1.1", b"2.0"]),
    ("sc:Text", ["NA", "DE"], [None, b"DE"]),
    ("sc:Text", ["A-001", "A-002"], [b"A-001", b"A-002"]),
    ("sc:Integer", ["5", "2.7"], [5, 2]),
):
    seen = values(kind, lines)
    print(f"{kind} of {lines}: {seen}")
    if seen != wanted:
        raise SystemExit(f"Changed: {kind} of {lines} is no longer {wanted}.")
EOF
venv/bin/python check.py 2>errors.txt || { cat errors.txt; exit 1; }
