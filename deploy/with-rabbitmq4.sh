#!/usr/bin/env bash
# Runs a command with the RabbitMQ 4 of Debian 13 in place of the system's own: deploy/with-rabbitmq4.sh COMMAND...
# Packages of Debian 13 are unpacked once, beside the system, and never installed; a mount that only the command and its
# children see lays them over /usr/lib/rabbitmq and /usr/lib/erlang. When the command ends nothing is left of it but the
# unpacked packages, which may be deleted. Needs a Debian 12 on which RabbitMQ is installed, and root.
set -euo pipefail

folder=/var/cache/smartpredict/debian13

[ "$(id -u)" = 0 ] || { echo "Only root can lay one folder over another. Run: sudo make test-rabbitmq4" >&2; exit 1; }

programs=()
for program in debootstrap patchelf; do command -v "$program" >/dev/null || programs+=("$program"); done
if [ "${#programs[@]}" -gt 0 ]; then
    echo "Installing system packages: ${programs[*]}"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${programs[@]}"; } >/dev/null
fi

if [ ! -e "$folder/complete" ]; then
    echo "Unpacking RabbitMQ 4 and Erlang of Debian 13 into $folder"
    rm -rf "$folder"
    mkdir -p "$folder"
    "$(dirname "$0")/make-debian.sh" trixie "$folder/download" rabbitmq-server --download-only
    for package in "$folder"/download/var/cache/apt/archives/*.deb; do dpkg-deb --extract "$package" "$folder"; done
    rm -rf "$folder/download"
    # Programs and libraries of Erlang were built for a newer C library: they get the one that was unpacked with them.
    libraries=$(echo "$folder"/usr/lib/*-linux-gnu)
    loader=$(echo "$libraries"/ld-linux*.so.?)
    find "$folder/usr/lib/erlang" -type f | while read -r file; do
        [ "$(head -c 4 "$file" | tr -d '\0')" = $'\x7fELF' ] || continue
        patchelf --force-rpath --set-rpath "$libraries" "$file"
        if patchelf --print-interpreter "$file" >/dev/null 2>&1; then patchelf --set-interpreter "$loader" "$file"; fi
    done
    touch "$folder/complete"
fi

echo "RabbitMQ: $(basename "$folder"/usr/lib/rabbitmq/lib/*) instead of $(basename /usr/lib/rabbitmq/lib/*)"
exec unshare --mount --propagation private bash -c '
    for name in rabbitmq erlang; do mount --bind "$0/usr/lib/$name" "/usr/lib/$name"; done
    exec "$@"' "$folder" "$@"
