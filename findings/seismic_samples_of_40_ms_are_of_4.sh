#!/usr/bin/env bash
# segyio 1.9.14 writes a seismic record with a sample every 40 ms and reads it with one every 4 ms.
#
# Expected: a sample interval of 40000 microseconds fits the two bytes of a SEG-Y header (65535 at most, revision 2), or
# it is refused when it is written.
# Seen: it is written as the signed number -25536; on reading, an interval below zero counts as unknown and becomes the
# default of 4 ms: the samples are at 0, 4, 8 and 12. 2 ms, 0.125 ms and 32 ms are right. No warning.
# Why it matters: depth sections (40 m a sample are 40000), and long records of earthquakes and of the sea floor have
# such steps; frequencies of the features are ten times too high, and depths a tenth.
# Source: SEG-Y revision 2.0, binary file header bytes 3217-3218; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "segyio==1.9.14" "numpy==2.4.6"

venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

import numpy
import segyio

warnings.simplefilter("error")
CASES = {0.125: [0, 0.125, 0.25, 0.375], 2.0: [0, 2, 4, 6], 32.0: [0, 32, 64, 96], 40.0: [0, 4, 8, 12]}
"""Milliseconds between the samples that are written, and the times that are read."""

print("segyio", version("segyio"))
for step, seen in CASES.items():
    spec = segyio.spec()
    spec.format, spec.tracecount, spec.samples = 5, 1, numpy.arange(4) * step
    with segyio.create("record.sgy", spec) as file:
        file.trace[0] = numpy.array([1, 2, 3, 4], dtype=numpy.float32)
    with segyio.open("record.sgy", ignore_geometry=True) as file:
        read, header = file.samples.tolist(), file.bin[segyio.BinField.Interval]
    print(f"every {step} ms: header {header}, read at {read}")
    if read != seen:
        raise SystemExit(f"Changed: samples every {step} ms are no longer read at {seen}.")
    if step == 40 and header != -25536:
        raise SystemExit("Changed: 40000 is no longer written as -25536.")
PYTHON
