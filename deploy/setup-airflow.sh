#!/usr/bin/env bash
# Installs Airflow beside the product, into an environment of its own from its own lock: it pins another FastAPI.
# Run after deploy/setup.sh. Safe to run again; does nothing where everything is there.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=$(sha256sum requirements/airflow.txt | cut -c1-16)
if [ "$(cat .venv-airflow/.installed 2>/dev/null || true)" != "$wanted" ]; then
    echo "Installing Airflow's environment"
    [ -x .venv-airflow/bin/python ] || python3 -m venv --without-pip .venv-airflow
    .venv/bin/uv pip sync -q --python .venv-airflow/bin/python --require-hashes requirements/airflow.txt
    echo "$wanted" > .venv-airflow/.installed
fi
