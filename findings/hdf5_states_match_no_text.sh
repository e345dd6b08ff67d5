#!/usr/bin/env bash
# jsfive 0.4.2 (npm) reads the state "ok" of an HDF5 file as "ok" and two zero characters, which equals no text.
#
# Expected: texts of a fixed length are filled with zero bytes in the file, and readers leave the filling out, as h5py
# 3.16.0 (Python) and h5wasm 0.10.3 (npm) do; a chunk that was never written has the fill value of the data set.
# Seen: "ok" of a column of four characters is "ok\0\0", which looks like "ok" when printed; only texts as long as the
# column are equal. A chunk that is not there has undefined values instead of -9999. The id 2^53 + 1 is rounded. Texts
# of variable length, numbers up to 2^53 and written chunks are right. No error.
# Why it matters: states and batch names of laboratory and machine data are such columns; a comparison, a join or the
# code of a category finds nothing, and a page counts 0 rows that are ok.
# Source: HDF5 file format, string padding "null pad"; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "h5py==3.16.0" "numpy==2.4.6"
npm install --silent --no-audit --no-fund --prefix "$folder" "jsfive@0.4.2" "h5wasm@0.10.3" >/dev/null

venv/bin/python - <<'EOF'
import h5py
import numpy

with h5py.File("run.h5", "w", libver="earliest") as file:
    file["state"] = numpy.array([b"ok", b"warn", b"ok"], "S4")
    file["name"] = numpy.array(["ok", "warn", "ok"], h5py.string_dtype())
    file["id"] = numpy.array([2**53 + 1, 7], "i8")
    flow = file.create_dataset("flow", (4,), "f4", chunks=(2,), fillvalue=-9999.0)
    flow[0:2] = [1.5, 2.5]
with h5py.File("run.h5") as file:
    print("h5py", h5py.__version__, file["state"][:].tolist(), file["flow"][:].tolist())
    if file["state"][:].tolist() != [b"ok", b"warn", b"ok"] or file["flow"][:].tolist() != [1.5, 2.5, -9999, -9999]:
        raise SystemExit("Changed: h5py no longer reads what it wrote.")
EOF
cat >check.mjs <<'EOF'
import { readFileSync } from "node:fs";
import h5wasm from "h5wasm/node";
import * as jsfive from "jsfive";

await h5wasm.ready;
const bytes = readFileSync("run.h5");
const file = new jsfive.File(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length), "run.h5");
const peer = new h5wasm.File("run.h5", "r");
const read = (source, name) => JSON.stringify(Array.from(source.get(name).value, (value) => `${value}`));
const expected = {
  state: ['["ok\\u0000\\u0000","warn","ok\\u0000\\u0000"]', '["ok","warn","ok"]'],
  name: ['["ok","warn","ok"]', '["ok","warn","ok"]'],
  id: ['["9007199254740992","7"]', '["9007199254740993","7"]'],
  flow: ['["1.5","2.5","undefined","undefined"]', '["1.5","2.5","-9999","-9999"]'],
};
for (const [name, [wanted, right]] of Object.entries(expected)) {
  const [seen, other] = [read(file, name), read(peer, name)];
  console.log(`${name}: jsfive ${seen}, h5wasm ${other}`);
  if (seen !== wanted) throw new Error(`Changed: jsfive no longer reads ${name} as ${wanted}.`);
  if (other !== right) throw new Error(`Changed: h5wasm no longer reads ${name} as ${right}.`);
}
EOF
node check.mjs
