#!/usr/bin/env bash
# Runs `make demo` and `make test` in a clone of the last commit on a Debian 13 of its own: deploy/on-debian13.sh [TESTS]
# The system is made from Debian's packages in a folder that goes afterwards; processes and mounts live in namespaces that end
# with the script. Packages come in over the machine's network, tests have one with nothing but loopback in it. Needs root.
# Where package clients look and whom they trust is the machine's: its environment, and copies of its files.
set -euo pipefail
cd "$(dirname "$0")/.."
tests=${1:-tests}

[ "$(id -u)" = 0 ] || { echo "Only root can make another Debian. Run: sudo make test-debian13" >&2; exit 1; }
deploy/setup.sh git debootstrap ip:iproute2

# The outer folder is closed to others of this machine, the inner one open to the accounts of the other system.
folder=$(mktemp -d /var/tmp/smartpredict-debian13.XXXXXX)
root=$folder/system
inside=
end() {
    # With it dies the first process of its namespace, and with that all the others, though not at the same moment.
    [ -z "$inside" ] || { kill -KILL "$inside" && wait "$inside"; } 2>/dev/null || true
    rm -rf --one-file-system "$folder" 2>/dev/null || { sleep 5 && rm -rf --one-file-system "$folder"; }
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a command in the checkout of the other system: enter OPTION-OF-UNSHARE COMMAND...
enter() {
    unshare --mount --propagation private --pid --fork --kill-child "$1" bash -c '
        set -e
        root=$1
        shift
        ip link set lo up
        # Only below a mount point can network namespaces be made.
        mount --bind "$root" "$root"
        mount -t proc proc "$root/proc"
        mount -t sysfs sysfs "$root/sys"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs tmpfs "$root/dev/shm"
        mount -t tmpfs tmpfs "$root/run"
        exec env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
            chroot "$root" bash -c "cd /srv/smartpredict; \"\$@\"; exit \$?" bash "$@"' bash "$root" "${@:2}" &
    inside=$!
    wait "$inside"
    inside=
}

echo "Making a Debian 13"
deploy/make-debian.sh trixie "$root" ca-certificates,git,make,python3
# What is thrown away need not reach the disk.
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/thrown-away"
home=${HOME:-/root}
for known in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/npmrc /usr/local/share/ca-certificates "$home"/{.npmrc,.config/pip,.config/uv}; do
    copy=$root${known/#$home\//\/root\/}
    if [ -e "$known" ]; then mkdir -p "$(dirname "$copy")" && cp -rLT "$known" "$copy"; fi
done
# Not below /root: a test starts the stack as an ordinary user.
git clone -q --no-hardlinks . "$root/srv/smartpredict"
enter --mount update-ca-certificates >/dev/null 2>&1

time enter --mount make demo
enter --mount make setup-all
time enter --net make test "TESTS=$tests"
