#!/usr/bin/env bash
# chemparse 0.3.2 reads copper sulphate with five waters as one without any, chemformula 1.5.1 as one with 46 oxygen.
#
# Expected: CuSO4·5H2O, the common blue salt, has 9 oxygen and 10 hydrogen, as chempy 0.10.2 says; a form that is not
# understood is refused.
# Seen: chemparse leaves out what follows the dot in the middle, without a word. Written with a point, CuSO4.5H2O, as
# most tables of chemicals have it, chemparse and chempy take 4.5 for a number (5.5 oxygen, 2 hydrogen; chempy wants
# two points), and chemformula reads 45 and adds one (46 oxygen). No error.
# Why it matters: models of solubility, melting points and prices take masses and shares of elements from the formula;
# they are off for hydrates alone, the mass by a third, and a test with salts that are dry is right.
# Source: IUPAC, Nomenclature of Inorganic Chemistry 2005, formulas of addition compounds; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "chemparse==0.3.2" "chemformula==1.5.1" "chempy==0.10.2"

venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from chemformula import ChemFormula
from chemparse import parse_formula
from chempy import Substance

DOT, POINT = "CuSO4·5H2O", "CuSO4.5H2O"


def with_chempy(formula):
    elements = Substance.from_formula(formula).composition
    return elements.get(8, 0), elements.get(1, 0)


def counts(elements):
    return elements.get("O", 0), elements.get("H", 0)


seen = {
    "chempy, dot": with_chempy(DOT),
    "chemparse, dot": counts(parse_formula(DOT)),
    "chempy, point": with_chempy(POINT),
    "chemparse, point": counts(parse_formula(POINT)),
    "chemformula, point": counts(ChemFormula(POINT).element),
}
print({name: version(name) for name in ("chemparse", "chemformula", "chempy")}, "oxygen and hydrogen:", seen)
SEEN = [(9, 10), (4.0, 0), (5.5, 2), (5.5, 2.0), (46, 2)]
if list(seen.values()) != SEEN:
    raise SystemExit(f"Changed: oxygen and hydrogen are no longer counted as {SEEN}.")
PYTHON
