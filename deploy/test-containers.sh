#!/usr/bin/env bash
# Builds the images of compose.yaml and runs tests with them in podman: deploy/test-containers.sh PYTEST-ARGUMENTS...
# Base images are made from Debian's packages, and so is what stands in for the images of others (tests/containers/stand_ins).
# Images stay in /var/cache/smartpredict/containers, which may be deleted. Containers live in namespaces of processes, mounts and
# network that end with the script, so that neither ports nor another podman of this machine are touched. Needs root.
# What package clients have to be told on this machine is mounted while images are built, and ends in none of them.
set -euo pipefail
cd "$(dirname "$0")/.."

[ "$(id -u)" = 0 ] || { echo "Only root can make containers with networks of their own. Run: sudo make test-containers" >&2; exit 1; }
deploy/setup.sh --test podman runc debootstrap iptables ip:iproute2 \
    /usr/lib/podman/netavark:netavark /usr/lib/podman/aardvark-dns:aardvark-dns
deploy/setup-environment.sh peers/podman

store=/var/cache/smartpredict/containers
folder=$(mktemp -d /var/tmp/smartpredict-containers.XXXXXX)
inside=
end() {
    # With it dies the first process of its namespace, and with that all the others.
    [ -z "$inside" ] || { kill -KILL "$inside" && wait "$inside"; } 2>/dev/null || true
    rm -rf --one-file-system "$folder"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

at_most() { if [ "$2" = unlimited ] || [ "$2" -gt "$1" ]; then echo "$1"; else echo "$2"; fi; }
nofile=$(at_most 65536 "$(ulimit -Hn)")
# podman 4.3 ends builds whose limit is higher.
nproc=$(at_most 8192 "$(ulimit -Hu)")
mkdir -p "$store"
cat >"$folder/containers.conf" <<END
[containers]
default_ulimits = ["nofile=$nofile:$nofile", "nproc=$nproc:$nproc"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = "$folder/networks"
END
cat >"$folder/storage.conf" <<END
[storage]
driver = "overlay"
graphroot = "$store"
runroot = "/run/containers/storage"
END
deploy/make-env.sh >"$folder/settings"
export CONTAINERS_CONF=$folder/containers.conf CONTAINERS_STORAGE_CONF=$folder/storage.conf
# No systemd runs health checks here: whoever wants to know asks.
export DISABLE_HC_SYSTEMD=true
export SMARTPREDICT_BASE_IMAGE=localhost/debian-12 SMARTPREDICT_TEST_SETTINGS=$folder/settings
export SMARTPREDICT_TEST_POSTGRES_IMAGE=localhost/stand-in-postgres SMARTPREDICT_TEST_RABBITMQ_IMAGE=localhost/stand-in-rabbitmq

# Runs a command beside nobody else's processes and mounts: enter OPTION-OF-UNSHARE COMMAND...
enter() {
    unshare --mount --propagation private --pid --fork --kill-child "$1" bash -c '
        set -e
        mount -t proc proc /proc
        mount -t tmpfs tmpfs /run
        mount -t tmpfs tmpfs /dev/shm
        ip link set lo up
        "$@"
        exit $?' bash "${@:2}" &
    inside=$!
    wait "$inside"
    inside=
}

# Makes a base image from Debian's packages: base SUITE IMAGE PACKAGE,PACKAGE
base() {
    podman image exists "$2" && return
    echo "Making the base image $2"
    deploy/make-debian.sh "$1" "$folder/$1" "ca-certificates,$3"
    # As in Docker's images: what is installed does not start.
    printf '#!/bin/sh\nexit 101\n' >"$folder/$1/usr/sbin/policy-rc.d"
    chmod 755 "$folder/$1/usr/sbin/policy-rc.d"
    rm -rf "$folder/$1"/var/cache/apt/archives/*.deb "$folder/$1"/var/lib/apt/lists/*
    tar -C "$folder/$1" --one-file-system -cf - . | podman import -q - "$2" >/dev/null
    rm -rf --one-file-system "${folder:?}/$1"
}

build() {
    # Of a run that was ended before it came to that.
    podman rm --all --force >/dev/null
    podman volume prune --force >/dev/null
    base bookworm localhost/debian-12 python3,python3-venv
    base trixie localhost/debian-13 procps
    local name
    for name in postgres rabbitmq prometheus; do
        podman build -q --network=host --build-arg BASE=localhost/debian-13 --target "$name" \
            -t "localhost/stand-in-$name" tests/containers/stand_ins >/dev/null
    done
    mkdir "$folder/uv"
    echo "system-certs = true" >"$folder/uv/uv.toml"
    local mounts=(--network=host -v "$folder/uv:/etc/uv:ro") known
    for known in /etc/pip.conf /etc/ssl/certs /usr/local/share/ca-certificates; do
        [ ! -e "$known" ] || mounts+=(-v "$known:$known:ro")
    done
    echo "Building the images of compose.yaml"
    .venv-peers/podman/bin/podman-compose --parallel 1 --env-file "$folder/settings" --podman-build-args="${mounts[*]}" \
        build migrate airflow >"$folder/log" 2>&1 || { tail -n 40 "$folder/log" >&2; return 1; }
    podman image prune -f >/dev/null
}
export -f base build
export folder

# Otherwise all containers together get as much of the processors as one process beside them does.
group=/sys/fs/cgroup/cpu/libpod_parent
if [ -w /sys/fs/cgroup/cpu/cpu.shares ]; then mkdir -p "$group" && echo 4096 >"$group/cpu.shares"; fi

# All is built before anything runs: podman 4.3 can stand still when it builds beside running containers.
time enter --mount build
time enter --net .venv/bin/python -m pytest -n 0 "$@"
