{{/* A variable from a Secret: name, secret, key. */}}
{{- define "smartpredict.secretVariable" -}}
- name: {{ .name }}
  valueFrom: { secretKeyRef: { name: {{ .secret }}, key: {{ .key }} } }
{{- end }}

{{/* A setting that is a key of the Secret of this release, by the same name: root, name. */}}
{{- define "smartpredict.secretSetting" -}}
{{ include "smartpredict.secretVariable" (dict "name" .name "secret" .root.Values.secret "key" .name) }}
{{- end }}

{{/* One host or several, separated by commas, each with its port: hosts, port. */}}
{{- define "smartpredict.hosts" -}}
{{- $port := .port -}}
{{- $hosts := list -}}
{{- range splitList "," .hosts }}{{ $hosts = append $hosts (printf "%s:%v" (trim .) $port) }}{{ end -}}
{{- join "," $hosts -}}
{{- end }}

{{/* Where a database is and how to reach it: root, name, and hosts for those that are only read. Of several hosts the one that
     takes writes, or rather a standby, in the way that SQLAlchemy has it, for MLflow and Airflow read it too. */}}
{{- define "smartpredict.databaseAt" -}}
{{- $hosts := include "smartpredict.hosts" (dict "hosts" (.hosts | default .root.Values.database.host) "port" .root.Values.database.port) -}}
{{- $wanted := ternary "prefer-standby" "read-write" (not (empty .hosts)) -}}
{{- if contains "," $hosts -}}
{{- printf "/%s?host=%s&target_session_attrs=%s&sslmode=%s" .name (replace "," "&host=" $hosts) $wanted .root.Values.database.sslmode -}}
{{- else -}}
{{- printf "%s/%s?sslmode=%s" $hosts .name .root.Values.database.sslmode -}}
{{- end -}}
{{- end }}

{{- define "smartpredict.databaseAddress" -}}
{{- include "smartpredict.databaseAt" (dict "root" . "name" .Values.database.name) -}}
{{- end }}

{{/* The same for programs that ask libpq alone: root, name. */}}
{{- define "smartpredict.libpqAddress" -}}
- name: PGHOST
  value: {{ .root.Values.database.host | nospace | quote }}
- name: PGPORT
  value: {{ .root.Values.database.port | quote }}
{{- if contains "," .root.Values.database.host }}
- name: PGTARGETSESSIONATTRS
  value: read-write
{{- end }}
- name: PGSSLMODE
  value: {{ .root.Values.database.sslmode }}
- name: PGDATABASE
  value: {{ .name }}
{{- end }}

{{- define "smartpredict.brokerAddress" -}}
{{- printf "%s/%s" (include "smartpredict.hosts" (dict "hosts" .Values.broker.host "port" .Values.broker.port)) .Values.broker.virtualHost -}}
{{- end }}

{{/* Login at the database: root, account, and the setting's name where it is another one. The URL is put together where the
     container starts, so no password stands in any object but the Secret. */}}
{{- define "smartpredict.databaseLogin" -}}
{{- $password := printf "SMARTPREDICT_PASSWORD_%s" (upper .account) -}}
{{- $variable := printf "%s_DATABASE_PASSWORD" (upper .account) -}}
{{ include "smartpredict.secretVariable" (dict "name" $variable "secret" .root.Values.secret "key" $password) }}
- name: {{ .setting | default "SMARTPREDICT_DATABASE_URL" }}
  value: postgresql://smartpredict_{{ .account }}:$({{ $variable }})@{{ include "smartpredict.databaseAddress" .root }}
{{- end }}

{{/* The same at the broker. */}}
{{- define "smartpredict.brokerLogin" -}}
{{- $password := printf "SMARTPREDICT_PASSWORD_%s" (upper .account) -}}
{{- $variable := printf "%s_BROKER_PASSWORD" (upper .account) -}}
{{ include "smartpredict.secretVariable" (dict "name" $variable "secret" .root.Values.secret "key" $password) }}
- name: {{ .setting | default "SMARTPREDICT_BROKER_URL" }}
  value: amqp://{{ .account }}:$({{ $variable }})@{{ include "smartpredict.brokerAddress" .root }}
{{- end }}

{{/* Who makes schemas, logins and accounts. */}}
{{- define "smartpredict.databaseOwner" -}}
{{- with .Values.database.owner -}}
{{ include "smartpredict.secretVariable" (dict "name" "PGUSER" "secret" .secret "key" .usernameKey) }}
{{ include "smartpredict.secretVariable" (dict "name" "PGPASSWORD" "secret" .secret "key" .passwordKey) }}
{{- end }}
{{- end }}

{{- define "smartpredict.brokerOwner" -}}
{{- with .Values.broker.owner -}}
{{ include "smartpredict.secretVariable" (dict "name" "BROKER_OWNER" "secret" .secret "key" .usernameKey) }}
{{ include "smartpredict.secretVariable" (dict "name" "BROKER_OWNER_PASSWORD" "secret" .secret "key" .passwordKey) }}
{{- end }}
- name: SMARTPREDICT_BROKER_URL
  value: amqp://$(BROKER_OWNER):$(BROKER_OWNER_PASSWORD)@{{ include "smartpredict.brokerAddress" . }}
- name: SMARTPREDICT_BROKER_MANAGEMENT_URL
  value: {{ include "smartpredict.brokerManagement" . }}
{{- end }}

{{- define "smartpredict.brokerManagement" -}}
{{- printf "http://%s" (include "smartpredict.hosts" (dict "hosts" .Values.broker.host "port" .Values.broker.managementPort)) -}}
{{- end }}

{{/* Whoever changes which model is served signs in at MLflow. */}}
{{- define "smartpredict.mlflowLogin" -}}
- name: SMARTPREDICT_MLFLOW_URL
  value: {{ include "smartpredict.mlflowUrl" . }}
- name: MLFLOW_TRACKING_USERNAME
  value: {{ .Values.mlflow.username | quote }}
{{ include "smartpredict.secretVariable" (dict "name" "MLFLOW_TRACKING_PASSWORD" "secret" .Values.secret "key" "SMARTPREDICT_MLFLOW_PASSWORD") }}
{{- end }}

{{/* What people set, by names without their prefix. */}}
{{- define "smartpredict.settings" -}}
{{- range $name, $value := . }}
- name: SMARTPREDICT_{{ $name }}
  value: {{ kindIs "float64" $value | ternary (int64 $value) $value | quote }}
{{- end }}
{{- end }}

{{/* Health and metrics of a service without an HTTP side of its own. */}}
{{- define "smartpredict.metrics" -}}
- name: SMARTPREDICT_METRICS_HOST
  value: 0.0.0.0
- name: SMARTPREDICT_METRICS_PORT
  value: "9100"
{{- end }}
