#!/bin/bash
# Makes the cluster that POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB describe where there is none yet, then runs the command.
set -euo pipefail
export PGDATA=/var/lib/postgresql/data

if [ "$1" = postgres ] && [ ! -e "$PGDATA" ]; then
    # Under its name only once it is whole: whoever is killed meanwhile begins anew.
    new=/var/lib/postgresql/new
    rm -rf "$new"
    initdb --pgdata="$new" --username="${POSTGRES_USER:=postgres}" --pwfile=<(echo "$POSTGRES_PASSWORD") \
        --encoding=UTF8 --locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256
    echo "host all all all scram-sha-256" >>"$new/pg_hba.conf"
    echo "listen_addresses = '*'" >>"$new/postgresql.conf"
    if [ "${POSTGRES_DB:=$POSTGRES_USER}" != postgres ]; then
        echo "create database \"$POSTGRES_DB\"" | postgres --single -D "$new" postgres
    fi
    mv "$new" "$PGDATA"
fi
exec "$@"
