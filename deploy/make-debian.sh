#!/usr/bin/env bash
# Makes a Debian in a new folder, from where this machine's apt takes its packages:
# deploy/make-debian.sh SUITE FOLDER PACKAGE,PACKAGE [OPTION-OF-DEBOOTSTRAP...]
# Needs debootstrap, and root.
set -euo pipefail
suite=$1 folder=$2 packages=$3

mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' 'Component: main' | head -n 1)
[ -n "$mirror" ] || { echo "apt has no list of Debian's packages. Run: apt-get update" >&2; exit 1; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
debootstrap --variant=minbase "${@:4}" --include="$packages" "$suite" "$folder" "$mirror" >"$log" \
    || { tail -n 20 "$log" >&2; exit 1; }
