#!/usr/bin/env bash
# knx 2.5.4 and knxultimate 5.4.0 (npm) read "invalid" from a KNX sensor as 670760.96 degrees.
#
# Expected: in KNX's two-byte floats (data point types 9.xxx) 7FFFh says that the value is invalid; a decoder gives null
# or refuses it, as xknx 4.0.0 (Python) does.
# Seen: both give 670760.96, for temperature and for light. -30 degrees is read as -30. No error.
# Why it matters: thermostats and weather stations send 7FFFh when a sensor is torn off; a mean over a building, a
# heating curve and a model get a temperature beyond all scales, on one side of a system only.
# Source: KNX standard 3/7/2, data point types with a two-byte float: 7FFFh denotes invalid data.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "xknx==4.0.0"
npm install --silent --no-audit --no-fund --prefix "$folder" "knx@2.5.4" "knxultimate@5.4.0" >/dev/null

cat >check.js <<'EOF'
const libraries = { knx: require("knx/src/dptlib"), knxultimate: require("knxultimate/build/dptlib") };
for (const [name, library] of Object.entries(libraries)) {
  const types = library.default || library;
  const read = (type, ...bytes) => types.fromBuffer(Buffer.from(bytes), types.resolve(type));
  const seen = [read("DPT9.001", 0x7f, 0xff), read("DPT9.004", 0x7f, 0xff), read("DPT9.001", 0x8a, 0x24)];
  console.log(`${name}: invalid temperature ${seen[0]}, invalid light ${seen[1]}, frost ${seen[2]}`);
  if (seen[2] !== -30) throw new Error(`Changed: ${name} no longer reads -30 degrees.`);
  if (seen[0] !== 670760.96 || seen[1] !== 670760.96) throw new Error(`Changed: ${name} no longer says 670760.96.`);
}
EOF
node check.js
venv/bin/python - <<'EOF'
from importlib.metadata import version

from xknx.dpt import DPTArray, DPTTemperature
from xknx.exceptions import ConversionError

frost = DPTTemperature.from_knx(DPTArray((0x8A, 0x24)))
try:
    answer = DPTTemperature.from_knx(DPTArray((0x7F, 0xFF)))
except ConversionError:
    answer = "refused"
print("xknx", version("xknx"), "invalid temperature:", answer, "frost:", frost)
if (answer, frost) != ("refused", -30):
    raise SystemExit("Changed: xknx no longer refuses an invalid temperature.")
EOF
