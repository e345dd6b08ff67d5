#!/usr/bin/env bash
# sdmx1 2.28.0 turns the months of official statistics into the first seconds of the year.
#
# Expected: SDMX writes reporting months as 2024-M01 to 2024-M12 and thirds of a year as 2024-T1 to T3; asked for times,
# to_pandas(..., datetime="TIME_PERIOD") gives the first of each month, and January, May and September, or it refuses,
# as it does half-years (2024-S1).
# Seen: 2024-M02 is 2024-01-01 00:00:02, twelve months are twelve seconds; 2024-T2 is February. Quarters are right.
# Why it matters: an economic series joined by month finds its January value in every row of January and none later;
# lags and seasons are gone, and nothing was raised.
# Source: SDMX 2.1, technical notes, reporting time periods.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "sdmx1==2.28.0" "pandas==3.1.1" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import io
import warnings

import pandas
import sdmx

warnings.simplefilter("ignore")
SDMX = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/"


def read(*periods):
    observations = "".join(
        f'<g:Obs><g:ObsDimension value="{period}"/><g:ObsValue value="{number}"/></g:Obs>'
        for number, period in enumerate(periods, 1)
    )
    message = (
        f'<?xml version="1.0"?><m:GenericData xmlns:m="{SDMX}message" xmlns:g="{SDMX}data/generic" '
        f'xmlns:c="{SDMX}common"><m:Header><m:ID>x</m:ID><m:Test>false</m:Test>'
        "<m:Prepared>2024-01-01T00:00:00</m:Prepared><m:Sender id=\"A\"/>"
        '<m:Structure structureID="S" dimensionAtObservation="TIME_PERIOD"><c:Structure>'
        '<Ref agencyID="A" id="D" version="1.0"/></c:Structure></m:Structure></m:Header>'
        '<m:DataSet structureRef="S"><g:Series><g:SeriesKey><g:Value id="GEO" value="DE"/></g:SeriesKey>'
        f"{observations}</g:Series></m:DataSet></m:GenericData>"
    )
    frame = sdmx.to_pandas(sdmx.read_sdmx(io.BytesIO(message.encode())), datetime="TIME_PERIOD")
    return [str(stamp) for stamp in frame.index]


seen = {
    "months": read("2024-M01", "2024-M02", "2024-M12"),
    "trimesters": read("2024-T1", "2024-T2", "2024-T3"),
    "quarters": read("2024-Q1", "2024-Q4"),
}
try:
    seen["half-years"] = read("2024-S1")
except ValueError as error:
    seen["half-years"] = type(error).__name__
print("sdmx1", sdmx.__version__, "pandas", pandas.__version__)
for kind, stamps in seen.items():
    print(f"{kind}: {stamps}")
if seen["quarters"] != ["2024-01-01 00:00:00", "2024-10-01 00:00:00"] or isinstance(seen["half-years"], list):
    raise SystemExit("Changed: quarters or half-years are no longer read as they were.")
if seen["months"] != ["2024-01-01 00:00:01", "2024-01-01 00:00:02", "2024-01-01 00:00:12"]:
    raise SystemExit("Changed: reporting months are no longer seconds.")
if seen["trimesters"] != ["2024-01-01 00:00:00", "2024-02-01 00:00:00", "2024-03-01 00:00:00"]:
    raise SystemExit("Changed: reporting trimesters are no longer January, February and March.")
EOF
