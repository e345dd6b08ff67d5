#!/usr/bin/env bash
# Prints settings for compose.yaml with generated passwords: deploy/make-env.sh > .env
set -euo pipefail
umask 077
secret() { python3 -c 'import secrets; print(secrets.token_urlsafe(24))'; }
for account in OWNER GATEWAY WORKER INGESTION ORCHESTRATION TRAINER AIRFLOW MLFLOW REGISTRAR READER UPSTREAM MQTT DOWNSTREAM GRAFANA; do
    echo "SMARTPREDICT_PASSWORD_$account=$(secret)"
done
admin=$(secret)
webapp=$(secret)
schedules=$(secret)
echo "SMARTPREDICT_ADMIN_KEY=$admin"
echo "SMARTPREDICT_WEBAPP_KEY=$webapp"
echo "SMARTPREDICT_SCHEDULES_KEY=$schedules"
echo "SMARTPREDICT_API_KEYS=admin:admin:$admin,api:api:$(secret),webapp:webapp:$webapp,schedules:api:$schedules"
echo "SMARTPREDICT_MLFLOW_PASSWORD=$(secret)"
echo "SMARTPREDICT_MLFLOW_SECRET=$(secret)"
echo "SMARTPREDICT_AIRFLOW_SECRET=$(python3 -c 'import secrets; print(secrets.token_hex(64))')"
echo "SMARTPREDICT_AIRFLOW_FERNET_KEY=$(python3 -c 'import base64, secrets; print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())')"
# Schedules make up for nothing before this: Airflow runs each for the time just gone by as soon as it sees it.
echo "SMARTPREDICT_SCHEDULES_SINCE=$(date -u +%Y-%m-%dT%H:%M:%S+00:00)"
