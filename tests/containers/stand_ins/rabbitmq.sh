#!/bin/bash
# Hands RABBITMQ_DEFAULT_USER and RABBITMQ_DEFAULT_PASS to the server, as the official image does, and runs the command.
set -euo pipefail

if [ "$1" = rabbitmq-server ]; then
    cat >/etc/rabbitmq/rabbitmq.conf <<END
default_user = ${RABBITMQ_DEFAULT_USER:-guest}
default_pass = ${RABBITMQ_DEFAULT_PASS:-guest}
loopback_users = none
END
fi
exec "$@"
