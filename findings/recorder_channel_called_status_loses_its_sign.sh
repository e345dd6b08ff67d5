#!/usr/bin/env bash
# mne 1.13.2 removes the sign of a channel of an EDF file because of its name.
#
# Expected: a channel called "Status" or "Trigger" of a plain EDF recorder is read like any other; -500 is -500.
# (In BDF, the 24-bit sister format, Status is a word of bits.)
# Seen: the two are taken for trigger channels and combined with 131071: -500 comes back as 130572, and what was
# scaled by the header is no longer. The same numbers under the name "State" are right.
# Why it matters: a recorder's status or trigger level becomes a feature that jumps to 130,000.
# Source: found by running; the parameter stim_channel="auto" goes by names.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "mne==1.13.2" "numpy==2.4.6"

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


values = [-500, -1, 0, 1, 500]
names = ["State", "Status", "Trigger"]
write_edf("log.edf", [{"label": name, "unit": "V", "rate": 5} for name in names], [[values] * 3])
raw = mne.io.read_raw_edf("log.edf", preload=True)
seen = {name: raw.get_data([name])[0].round(6).tolist() for name in names}
print("mne", mne.__version__, "written:", values)
for name, numbers in seen.items():
    print(f"{name} ({raw.get_channel_types([name])[0]}): {numbers}")
if seen["State"] != values:
    raise SystemExit("Changed: an ordinary channel is no longer read as it was written.")
if seen["Status"] != [130572.0, 131071.0, 0.0, 1.0, 500.0] or seen["Trigger"] != seen["Status"]:
    raise SystemExit("Changed: the names Status and Trigger no longer cost the sign.")
EOF
