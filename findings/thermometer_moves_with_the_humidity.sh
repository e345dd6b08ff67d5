#!/usr/bin/env bash
# govee-bt-client 1.0.14 (npm) takes half of a thermometer's temperature out of the humidity: 27.26 degrees are 26.06.
#
# Expected: a Govee H5179 sends temperature and humidity as two bytes each, the low one first; govee-ble 1.5.2 (Python),
# which Home Assistant uses, reads 27.26 degrees and 46.54 % as such.
# Seen: the temperature is put together of its own high byte and the humidity's low byte. It is up to 2.55 degrees off,
# and moves when the humidity does: the same 27.26 degrees are 26.92 at 47.40 %. Humidity and battery are right, and so
# are the other models of the maker. No error.
# Why it matters: the error is small enough to pass for a cheap sensor; a model of a cold store or of comfort learns
# that temperature saws up and down with the humidity.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" "govee-bt-client@1.0.14" >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "govee-ble==1.5.2"

cat >check.js <<'JS'
const { decodeAny } = require("govee-bt-client/dist/decode");

// Degrees and percent that are sent, and the degrees that are read.
const CASES = [[27.26, 46.54, 26.06], [27.26, 47.4, 26.92], [-5, 46.54, -4.66]];
for (const [degrees, percent, seen] of CASES) {
  const sent = Buffer.from("0188ec0001010000000064", "hex");
  sent.writeInt16LE(Math.round(degrees * 100), 6);
  sent.writeUInt16LE(Math.round(percent * 100), 8);
  const read = decodeAny(sent.toString("hex"));
  console.log(`govee-bt-client: ${degrees} degrees at ${percent} % are read as ${read.tempInC} at ${read.humidity} %`);
  if (read.humidity !== percent || read.battery !== 100) throw new Error("Changed: the humidity is read otherwise.");
  if (read.tempInC !== seen) throw new Error(`Changed: ${degrees} degrees are no longer read as ${seen}.`);
}
JS
node check.js
venv/bin/python - <<'PYTHON'
import struct
from importlib.metadata import version

from govee_ble import GoveeBluetoothDeviceData
from home_assistant_bluetooth import BluetoothServiceInfo

sent = BluetoothServiceInfo(
    name="Govee_H5179_0000",
    address="00:00:00:00:00:00",
    rssi=-60,
    manufacturer_data={0x8801: bytes.fromhex("ec000101") + struct.pack("<hHB", 2726, 4654, 100)},
    service_data={},
    service_uuids=["0000ec88-0000-1000-8000-00805f9b34fb"],
    source="",
)
update = GoveeBluetoothDeviceData().update(sent)
read = {device.key: value.native_value for device, value in update.entity_values.items()}
print("govee-ble", version("govee-ble"), read)
if (read["temperature"], read["humidity"], read["battery"]) != (27.26, 46.54, 100):
    raise SystemExit("Changed: govee-ble reads the thermometer otherwise.")
PYTHON
