#!/usr/bin/env bash
# ebcdic-parser 3.4.0 reads the positive numbers of a mainframe as negative, and blank ones as 0 and 404.04.
#
# Expected: a signed number in display form (COBOL PIC S9(3)V99) carries its sign in the last byte: C is plus, D minus,
# F none; +123.45 is F1 F2 F3 F4 C5, which coboljsonifier 1.0.8 reads as 123.45. Blanks are no number.
# Seen: zoned numbers are negative for every sign but F, so C gives -123.45 as D does. Packed numbers (COMP-3) with the
# same signs are right. Five blanks are 0.0 in a zoned field, three blanks are 404.04 in a packed one. No error.
# Why it matters: C is what COBOL writes for plus, so that every booking of a signed field becomes a debit; a test
# file that was typed by hand has F and looks right.
# Source: IBM Enterprise COBOL, language reference, "Data items with USAGE DISPLAY": the overpunched sign.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "ebcdic-parser==3.4.0" "coboljsonifier==1.0.8"

venv/bin/python - <<'PYTHON'
import json
import sys
from importlib.metadata import version
from pathlib import Path

from coboljsonifier.fields.field_numeric_ebcdic import FieldNumericEbcdic
from ebcdic_parser.convert import run

here = Path.cwd()
for name in ("rows", "log"):
    (here / name).mkdir()
FIELDS = [
    {"name": "sign", "type": "string", "size": 5},
    {"name": "zoned", "type": "zonedDecimal", "size": 5, "scale": 2},
    {"name": "packed", "type": "packedDecimal", "size": 3, "scale": 2},
]
(here / "layout.json").write_text(
    json.dumps({"description": "check", "layouts": [{"layouttype": "main", "layout": FIELDS}]})
)
NUMBERS = {
    "plus ": (bytes.fromhex("f1f2f3f4c5"), bytes.fromhex("12345c")),
    "minus": (bytes.fromhex("f1f2f3f4d5"), bytes.fromhex("12345d")),
    "none ": (bytes.fromhex("f1f2f3f4f5"), bytes.fromhex("12345f")),
    "blank": (b"\x40" * 5, b"\x40" * 3),
}
(here / "data.bin").write_bytes(b"".join(sign.encode("cp037") + b"".join(two) for sign, two in NUMBERS.items()))
failed = run(
    str(here / "data.bin"),
    str(here / "rows"),
    str(here / "layout.json"),
    outputDelimiter=",",
    logfolder=str(here / "log"),
    verbose=False,
)
sys.stdout = sys.__stdout__  # run() leaves its own log there
if failed:
    raise SystemExit("Changed: the file is refused.")
rows = [line.split(",")[:3] for line in (here / "rows" / "data_type_main.txt").read_text().splitlines()]
peer = FieldNumericEbcdic("zoned", "zoned", 5, 2)
peer.parse(NUMBERS["plus "][0])
print("ebcdic-parser", version("ebcdic-parser"), rows)
print("coboljsonifier", version("coboljsonifier"), "plus:", peer.value)
if str(peer.value["zoned"]) != "123.45":
    raise SystemExit("Changed: coboljsonifier reads the number otherwise.")
SEEN = [
    ["plus", "-123.45", "123.45"],
    ["minus", "-123.45", "-123.45"],
    ["none", "123.45", "123.45"],
    ["blank", "0.0", "404.04"],
]
if rows != SEEN:
    raise SystemExit(f"Changed: the numbers are no longer read as {SEEN}.")
PYTHON
