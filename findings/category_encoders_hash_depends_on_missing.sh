#!/usr/bin/env bash
# category_encoders 2.11.2: HashingEncoder puts 1 and 1.0 into different columns, so one missing value moves all the
# others.
#
# Expected: a category that is a whole number (a plant, a postcode, a shift) has one bucket. The other encoders of the
# library (ordinal, count, target) find 1.0 where they learnt 1.
# Seen: pandas reads a column of whole numbers as int64, and as float64 as soon as one value is missing; the hash is
# taken of the text, "1" or "1.0". A batch with one missing value sends nearly every category to another column than
# the batch before.
# Why it matters: the encoder has no state, so nothing can notice; the model sees other categories for a whole batch
# of predictions because of one row. Remedy: convert to text or to a nullable integer before encoding.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "category-encoders==2.11.2" "pandas==3.1.1" \
  "scikit-learn==1.9.1" "numpy==2.4.6"

venv/bin/python - <<'PY'
import io
import sys
import warnings
from importlib.metadata import version

import category_encoders
import pandas as pd

warnings.simplefilter("ignore")
whole = pd.read_csv(io.StringIO("plant\n" + "\n".join(str(number) for number in range(1, 21)) + "\n"))
holed = pd.read_csv(io.StringIO("plant\n" + "\n".join(str(number) for number in range(1, 21)) + '\n""\n'))
label = pd.Series([number % 2 for number in range(20)])

hashing = category_encoders.HashingEncoder(cols=["plant"], n_components=8, max_process=1).fit(whole)
first = hashing.transform(whole).to_numpy().argmax(axis=1)
second = hashing.transform(holed).to_numpy().argmax(axis=1)[:20]
print("category_encoders", version("category-encoders"), "pandas", version("pandas"))
print("types:", whole["plant"].dtype, holed["plant"].dtype)
print("columns without a missing value:", first.tolist())
print("columns with one:               ", second.tolist())
moved = int((first != second).sum())
print("moved categories:", moved, "of 20")
for name in ("OrdinalEncoder", "CountEncoder", "TargetEncoder"):
    encoder = getattr(category_encoders, name)(cols=["plant"]).fit(whole, label)
    if not (encoder.transform(whole).to_numpy() == encoder.transform(holed).to_numpy()[:20]).all():
        sys.exit(f"{name} tells 1 from 1.0 now.")
if moved < 12:
    sys.exit("Whole numbers have one bucket now, or nearly.")
PY
echo "Seen: one missing value in a batch moves most categories to other columns."
