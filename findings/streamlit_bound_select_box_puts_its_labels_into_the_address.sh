#!/usr/bin/env bash
# Streamlit 1.67.0: a select box that is bound to the address takes and writes what it shows, not what it returns.
#
# Expected: with bind="query-params" the address carries the option, `?source=file`, as st.query_params and the value in
# the session do; format_func is for the eye.
# Seen: the option's own value in an address is dropped without a word, and the box stands at its first option. What is
# taken is the text of format_func, `?source=Dropped file`. Of two machines that are shown alike the address of either
# opens the last.
# Why it matters: links into a page of monitoring are written by other programs, which know the value; they open the page
# on another choice. Bookmarks break when a title is reworded, and a shared link may show somebody else's machine.
# Source: Streamlit's documentation of st.selectbox, bind, which says nothing of format_func.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "streamlit==1.67.0"

venv/bin/python - 2>/dev/null <<'PY'
import sys

import streamlit
from streamlit.testing.v1 import AppTest


PAGE = """
import streamlit as st

titles = {"api": "HTTP request", "file": "Dropped file", "press-7": "Press, hall 2", "press-9": "Press, hall 2"}
st.selectbox("Source", list(titles), format_func=titles.get, key="source", bind="query-params")
"""


def opened(address: str) -> str:
    test = AppTest.from_string(PAGE)
    test.query_params["source"] = address
    return test.run().selectbox[0].value


print("Streamlit", streamlit.__version__)
found = {address: opened(address) for address in ("file", "Dropped file", "press-9", "Press, hall 2")}
for address, value in found.items():
    print(f"?source={address} chooses {value}")
if list(found.values()) != ["api", "file", "api", "press-9"]:
    sys.exit("A bound select box reads its address in another way now.")
PY
echo "Seen: the address of a bound select box holds the texts that are shown, and values are dropped."
