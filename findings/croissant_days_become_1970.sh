#!/usr/bin/env bash
# mlcroissant 1.1.1 reads the day 20260210 of a data set as 1 January 1970, though the data set declares its form.
#
# Expected: a date field whose transform declares the form "%Y%m%d" is read by that form; the dates of a column without
# one are read in one order.
# Seen: the number is taken for nanoseconds since 1970, and the form is only used to write that day down again, so all
# days of the column are 1970-01-01. Without a form the years 2025 and 2026 are 1970 too, and in a column with the day
# first 10/02/2026 is 2 October and 13/02/2026, in the next row, 13 February. Days such as 2026-02-10 are right. No
# error and no warning.
# Why it matters: training and test sets are split by time and lags are taken by date; all rows have one time, or the
# first twelve days of a month are spread over the year, some of them in the future.
# Source: Croissant format 1.0 (transform, format); found by running.
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


def days(lines, form=None):
    """Return the days of a data set with one column of dates, of this form if it is declared."""
    text = "\n".join(["day", *lines]) + "\n"
    Path("d.csv").write_text(text)
    names = "column dataType extract field fileObject format recordSet source transform".split()
    context = {"@vocab": "https://schema.org/", "sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/"}
    context |= {"@language": "en", "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo"}
    context |= {name: f"cr:{name}" for name in names} | {"dataType": {"@id": "cr:dataType", "@type": "@vocab"}}
    source = {"fileObject": {"@id": "f"}, "extract": {"column": "day"}}
    if form:
        source["transform"] = {"format": form}
    field = {"@type": "cr:Field", "@id": "r/day", "name": "day", "dataType": "sc:Date", "source": source}
    file = {"@type": "cr:FileObject", "@id": "f", "name": "f", "contentUrl": "d.csv", "encodingFormat": "text/csv"}
    file["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    record_set = {"@type": "cr:RecordSet", "@id": "r", "name": "r", "field": [field]}
    described = {"@context": context, "@type": "sc:Dataset", "name": "d", "description": "d", "version": "1.0.0"}
    described |= {"license": "CC0", "url": "d", "datePublished": "2026-01-01", "distribution": [file]}
    described |= {"conformsTo": "http://mlcommons.org/croissant/1.0", "recordSet": [record_set]}
    Path("d.json").write_text(json.dumps(described))
    return [f"{record['r/day']:%Y-%m-%d}" for record in mlcroissant.Dataset(jsonld="d.json").records(record_set="r")]


print("mlcroissant", version("mlcroissant"))
for lines, form, wanted in (
    (["20260210", "20260213"], "%Y%m%d", ["1970-01-01", "1970-01-01"]),
    (["2025", "2026"], None, ["1970-01-01", "1970-01-01"]),
    (["10/02/2026", "13/02/2026"], None, ["2026-10-02", "2026-02-13"]),
    (["2026-02-10", "2026-02-13"], None, ["2026-02-10", "2026-02-13"]),
):
    seen = days(lines, form)
    print(f"{lines}, form {form}: {seen}")
    if seen != wanted:
        raise SystemExit(f"Changed: {lines} is no longer {wanted}.")
EOF
venv/bin/python check.py 2>errors.txt || { cat errors.txt; exit 1; }
