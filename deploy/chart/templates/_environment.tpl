{{/* A variable from a Secret: name, secret, key. */}}
{{- define "smartpredict.secretVariable" -}}
- name: {{ .name }}
  valueFrom: { secretKeyRef: { name: {{ .secret }}, key: {{ .key }} } }
{{- end }}

{{/* A setting that is a key of the Secret of this release, by the same name: root, name. */}}
{{- define "smartpredict.secretSetting" -}}
{{ include "smartpredict.secretVariable" (dict "name" .name "secret" .root.Values.secret "key" .name) }}
{{- end }}

{{- define "smartpredict.databaseAddress" -}}
{{- printf "%s:%v/%s?sslmode=%s" .Values.database.host .Values.database.port .Values.database.name .Values.database.sslmode -}}
{{- end }}

{{- define "smartpredict.brokerAddress" -}}
{{- printf "%s:%v/%s" .Values.broker.host .Values.broker.port .Values.broker.virtualHost -}}
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
{{- printf "http://%s:%v" .Values.broker.host .Values.broker.managementPort -}}
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
