#!/usr/bin/env bash
# Sets a checkout up: system packages, the Python environment from the lock, the product itself.
# Safe to run again; does nothing where everything is there.
# With --test as the first argument it installs, beside what the product needs, what tests and lint need.
# Further arguments are programs to install, with the package where it is called otherwise: deploy/setup.sh wrk javac:default-jdk
set -euo pipefail
cd "$(dirname "$0")/.."

with_tests=false
if [ "${1:-}" = --test ]; then
    with_tests=true
    shift
fi

# What does not fit is said before anything is installed.
release() { (. /etc/os-release && echo "${!1:-}") 2>/dev/null || true; }
case "$(release ID) $(release VERSION_ID) $(uname -m)" in
    "debian 12 x86_64" | "debian 13 x86_64") ;;
    *)
        system=$(release PRETTY_NAME)
        echo "SmartPredict installs itself on Debian 12 and Debian 13 on x86_64; this is ${system:-$(uname -s)} on $(uname -m)." >&2
        echo "Nothing was installed. Elsewhere run its containers: docker compose up -d; see docs/operations.md." >&2
        exit 1 ;;
esac
version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true)
case "$version" in
    3.11 | 3.13) ;;
    *)
        echo "SmartPredict runs on Python 3.11 and 3.13, those of Debian 12 and 13; python3 is ${version:-missing}. Nothing was installed." >&2
        echo "Debian's own: apt-get install python3   and, where another one is found first: PATH=/usr/bin:\$PATH make" >&2
        exit 1 ;;
esac

packages=()
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || packages+=(rabbitmq-server)
command -v prometheus >/dev/null || packages+=(prometheus)
python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
# LightGBM brings no OpenMP of its own.
/sbin/ldconfig -p | grep -q 'libgomp\.so\.1' || packages+=(libgomp1)
# Hosts that vanish are tested with networks of their own, and pages of docs/ by the commands that stand on them.
[ "$with_tests" = false ] || [ -x /usr/sbin/ip ] || [ -x /sbin/ip ] || packages+=(iproute2)
[ "$with_tests" = false ] || command -v curl >/dev/null || packages+=(curl)
for program in "$@"; do command -v "${program%%:*}" >/dev/null || packages+=("${program##*:}"); done

if [ "${#packages[@]}" -gt 0 ]; then
    if [ "$(id -u)" = 0 ]; then
        as_root=()
    elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        as_root=(sudo)
    else
        echo "These system packages are missing and only root can install them: ${packages[*]}" >&2
        echo "Ask an administrator to run: apt-get install ${packages[*]}   and then run make again." >&2
        exit 1
    fi
    echo "Installing system packages: ${packages[*]}"
    # An installed server must not start by itself; the stack runs its own node.
    policy=/usr/sbin/policy-rc.d
    made_policy=false
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
        made_policy=true
    fi
    status=0
    { "${as_root[@]}" apt-get update -qq &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"; } \
        >/dev/null || status=$?
    if [ "$made_policy" = true ]; then "${as_root[@]}" rm -f "$policy"; fi
    [ "$status" = 0 ] || { echo "apt-get failed; run it by hand to see why: apt-get install ${packages[*]}" >&2; exit 1; }
fi

# One digest over what decides an environment; unchanged means nothing to do. The one for tests has all of the product's.
digest() { { echo "$version"; cat requirements/bootstrap.txt "$@" pyproject.toml; } | sha256sum | cut -c1-16; }
product="product $(digest requirements/product.txt)"
tests="test $(digest requirements/product.txt requirements/test.txt)"
locks=(requirements/bootstrap.txt requirements/product.txt)
marks=("$product")
if [ "$with_tests" = true ]; then
    locks+=(requirements/test.txt)
    marks+=("$tests")
fi
if ! grep -qsx "${marks[-1]}" .venv/.installed; then
    echo "Installing the Python environment"
    # A machine that was upgraded has another Python than the environment was made with.
    [ -d ".venv/lib/python$version" ] || rm -rf .venv
    [ -x .venv/bin/python ] || python3 -m venv .venv
    [ -x .venv/bin/uv ] || .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
    .venv/bin/uv pip sync -q --python .venv/bin/python --require-hashes "${locks[@]}"
    .venv/bin/uv pip install -q --python .venv/bin/python --no-deps --no-build-isolation --no-index -e .
    printf '%s\n' "${marks[@]}" > .venv/.installed
fi
