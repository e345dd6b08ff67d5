#!/usr/bin/env bash
# mne 1.13.2 multiplies degrees by a million and invents readings between those of a slow EDF channel.
#
# Expected: to_data_frame gives a temperature in degC as it stands in the file, and rows between two readings of a
# channel that is recorded more slowly than the others are missing or repeat the last reading.
# Seen: every channel is typed as EEG, and the frame scales EEG from volts to microvolts whatever the unit says:
# 20 degC is 20000000. The slow channel is resampled to the fastest rate by Fourier transform: a step from 20 to 30
# swings below 20 and above 30 before and after it.
# Why it matters: sleep and vehicle recorders keep temperature and position beside fast signals; features
# made from this frame have values no sensor gave, and their scale depends on how they were read.
# Source: mne.io.read_raw_edf (channels of different rates are resampled) and Raw.to_data_frame (scalings).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "mne==1.13.2" "numpy==2.4.6" "pandas==3.1.1"

venv/bin/python - <<'EOF'
import mne
import numpy as np

mne.set_log_level("ERROR")


def write_edf(name, channels, records):
    """Write an EDF file of one-second records whose digital values are the physical ones."""
    def texts(key, width):
        return b"".join(str(channel[key]).encode().ljust(width) for channel in channels)

    count = len(channels)
    head = b"0".ljust(8) + b"X X X X".ljust(80) + b"Startdate 01-JAN-2024 X X X".ljust(80) + b"01.01.2412.00.00"
    head += str(256 * (count + 1)).encode().ljust(8) + b" " * 44 + str(len(records)).encode().ljust(8) + b"1".ljust(8)
    head += str(count).encode().ljust(4) + texts("label", 16) + b" " * 80 * count + texts("unit", 8)
    head += b"-32768".ljust(8) * count + b"32767".ljust(8) * count + b"-32768".ljust(8) * count
    head += b"32767".ljust(8) * count + b" " * 80 * count + texts("rate", 8) + b" " * 32 * count
    body = b"".join(np.array(part, dtype="<i2").tobytes() for record in records for part in record)
    with open(name, "wb") as file:
        file.write(head + body)


steps = [[20, 20], [20, 20], [30, 30], [30, 30]]
channels = [{"label": "Pressure", "unit": "mV", "rate": 10}, {"label": "Temp", "unit": "degC", "rate": 2}]
write_edf("log.edf", channels, [[[1] * 10, step] for step in steps])
raw = mne.io.read_raw_edf("log.edf", preload=True)
frame = raw.to_data_frame()
lowest, highest = frame["Temp"].min(), frame["Temp"].max()
print("mne", mne.__version__, "unit in the file: degC; written:", steps)
print("Temp in the frame:", frame["Temp"].round(-4).tolist())
print("lowest", lowest, "highest", highest, "rows", len(frame))
if not 19e6 < frame["Temp"].median() < 31e6:
    raise SystemExit("Changed: degrees are no longer multiplied by a million.")
if not (lowest < 19.5e6 and highest > 30.5e6):
    raise SystemExit("Changed: a slow channel no longer swings beyond its readings.")
EOF
