{{/* Volumes that services share, as a map for smartpredict.deployment: root, names. */}}
{{- define "smartpredict.volumes" -}}
{{- range .names }}
{{- if eq . "models" }}
{{ . }}: { path: /models, source: { emptyDir: { sizeLimit: 10Gi } } }
{{- else if eq . "mlflow" }}
{{ . }}: { path: /data, source: { persistentVolumeClaim: { claimName: {{ include "smartpredict.claim" (dict "root" $.root "component" . "of" $.root.Values.mlflow.storage) }} } } }
{{- else if eq . "airflow" }}
{{ . }}: { path: /airflow, source: { persistentVolumeClaim: { claimName: {{ include "smartpredict.claim" (dict "root" $.root "component" . "of" $.root.Values.airflow.storage) }} } } }
{{- else }}
{{ . }}: { path: /{{ . }}, source: { persistentVolumeClaim: { claimName: {{ include "smartpredict.claim" (dict "root" $.root "component" . "of" (get $.root.Values.storage .)) }} } } }
{{- end }}
{{- end }}
{{- end }}
