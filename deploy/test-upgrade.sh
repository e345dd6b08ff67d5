#!/usr/bin/env bash
# Fills a stack of an earlier version with data and brings it up by this one: deploy/test-upgrade.sh COMMIT
# The earlier version runs from a clone with an environment of its own, in a folder that goes afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."

git cat-file -e "$1^{commit}" 2>/dev/null || { echo "There is no commit $1 here. In a shallow clone: git fetch --unshallow" >&2; exit 1; }
folder=$(mktemp -d /var/tmp/smartpredict-upgrade.XXXXXX)
# The accounts of servers run programs of the environment in it.
chmod 755 "$folder"
trap 'rm -rf "$folder"' EXIT
git clone -q --no-checkout . "$folder/before"
git -C "$folder/before" checkout -q --detach "$1"
echo "Setting up $(git -C "$folder/before" log -1 --format='%h of %as')"
env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS "$folder/before/deploy/setup.sh"
SMARTPREDICT_TEST_BEFORE=$folder/before .venv/bin/python -m pytest -n 0 tests/end_to_end/upgrading.py
