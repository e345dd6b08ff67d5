#!/usr/bin/env bash
# pyreadstat 1.3.7 turns SPSS durations into times of day: thirty hours become six, two days become nothing.
#
# Expected: SPSS formats TIME (hh:mm:ss, any number of hours) and DTIME (days and hours) hold durations in
# seconds; they come back as durations or as seconds.
# Seen: datetime.time, wrapped at midnight without a word: 30 h -> 06:00, 48 h -> 00:00, minus one hour -> 23:00.
# pandas.read_spss (3.1.1), which stands on it, gives the same. MTIME, minutes and seconds, stays a number.
# Why it matters: run times and waiting times above a day, usually the interesting ones, become short ones,
# and thirty hours cannot be told from six.
# Source: IBM SPSS Statistics command syntax reference, date and time formats.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyreadstat==1.3.7" "pandas==3.1.1" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import pandas
import pyreadstat

hours = [6, 30, 48, -1]
seconds = [hour * 3600.0 for hour in hours]
frame = pandas.DataFrame({"TIME": seconds, "DTIME": seconds, "MTIME": seconds})
pyreadstat.write_sav(frame, "runs.sav", variable_format={"TIME": "TIME11", "DTIME": "DTIME14", "MTIME": "MTIME11"})
read, meta = pyreadstat.read_sav("runs.sav")
by_pandas = pandas.read_spss("runs.sav")
print("pyreadstat", pyreadstat.__version__, "formats in the file:", meta.original_variable_types)
print("hours written:", hours)
seen = {name: [str(value) for value in read[name]] for name in frame}
for name, values in seen.items():
    print(f"{name}: {values}")
wrapped = ["06:00:00", "06:00:00", "00:00:00", "23:00:00"]
if seen["TIME"] != wrapped or seen["DTIME"] != wrapped:
    raise SystemExit("Changed: durations no longer wrap at midnight.")
if [str(value) for value in by_pandas["TIME"]] != wrapped or read["MTIME"].tolist() != seconds:
    raise SystemExit("Changed: pandas.read_spss or MTIME no longer behave as they did.")
EOF
