{{/* Name of an object of this release: root, component. */}}
{{- define "smartpredict.name" -}}
{{- $release := .root.Release.Name -}}
{{- $base := ternary $release (printf "%s-smartpredict" $release) (contains "smartpredict" $release) -}}
{{- printf "%s-%s" ($base | trunc 40 | trimSuffix "-") .component -}}
{{- end }}

{{/* Labels by which a component is selected; they never change. */}}
{{- define "smartpredict.selector" -}}
app.kubernetes.io/name: smartpredict
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .job | default .component }}
{{- with .lane }}
smartpredict/lane: {{ . }}
{{- end }}
{{- end }}

{{- define "smartpredict.labels" -}}
{{ include "smartpredict.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "smartpredict.metadata" -}}
name: {{ include "smartpredict.name" . }}
namespace: {{ .root.Release.Namespace }}
labels: {{- include "smartpredict.labels" . | nindent 2 }}
{{- end }}

{{/* An image: root, image. */}}
{{- define "smartpredict.image" -}}
{{- printf "%s:%s" .image.repository (.image.tag | default .root.Chart.AppVersion) | quote }}
{{- end }}

{{/* Where a service of this release answers: root, component, port. */}}
{{- define "smartpredict.url" -}}
{{- printf "http://%s:%v" (include "smartpredict.name" .) .port -}}
{{- end }}

{{- define "smartpredict.mlflowUrl" -}}
{{- if .Values.mlflow.enabled -}}
{{ include "smartpredict.url" (dict "root" . "component" "mlflow" "port" 5000) }}
{{- else -}}
{{ required "mlflow.url: the address of your MLflow, since mlflow.enabled is false" .Values.mlflow.url }}
{{- end -}}
{{- end }}

{{/* The volume claim that holds something: root, component, of (one of the storages). */}}
{{- define "smartpredict.claim" -}}
{{- .of.existingClaim | default (include "smartpredict.name" .) -}}
{{- end }}
