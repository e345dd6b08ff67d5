#!/usr/bin/env bash
# Installs what does not fit into the product's environment beside it, into .venv-NAME from requirements/NAME.txt:
# airflow, which pins another FastAPI, or clients, the programs of other people that tests of the broker run; peers/NAME goes to .venv-peers/NAME.
# Run after deploy/setup.sh. Safe to run again; does nothing where everything is there.
set -euo pipefail
cd "$(dirname "$0")/.."

lock="requirements/$1.txt"
environment=".venv-$1"
version=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
wanted=$({ echo "$version"; cat "$lock"; } | sha256sum | cut -c1-16)
if [ "$(cat "$environment/.installed" 2>/dev/null || true)" != "$wanted" ]; then
    echo "Installing the environment of $1"
    [ -d "$environment/lib/python$version" ] || rm -rf "$environment"
    [ -x "$environment/bin/python" ] || .venv/bin/python -m venv --without-pip "$environment"
    .venv/bin/uv pip sync -q --python "$environment/bin/python" --require-hashes "$lock"
    echo "$wanted" > "$environment/.installed"
fi
