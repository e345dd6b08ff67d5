{{/* What every pod has in common: no rights, no token, a file system that it cannot write to. */}}
{{- define "smartpredict.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user | default 10001 }}
  runAsGroup: {{ .user | default 10001 }}
  fsGroup: {{ .user | default 10001 }}
  # Else the owner of every file of a large volume is looked at whenever a pod starts.
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.images.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "smartpredict.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{/* Memory for sockets and the like; what may be large goes to `scratch`, see TMPDIR in the image. */}}
{{- define "smartpredict.temporaryVolumes" -}}
- name: tmp
  emptyDir: { medium: Memory, sizeLimit: 64Mi }
- name: scratch
  emptyDir: { sizeLimit: {{ .scratch }} }
{{- end }}

{{- define "smartpredict.temporaryMounts" -}}
- { name: tmp, mountPath: /tmp }
- { name: scratch, mountPath: /scratch }
{{- end }}

{{/* A deployment: root, component, command, replicas, of (its values), environment, and where it has them: job and lane (of a
     group of workers), image, ports, probe (path and port), volumes (name: claim or emptyDir), graceSeconds, scaled (by KEDA). */}}
{{- define "smartpredict.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata: {{- include "smartpredict.metadata" . | nindent 2 }}
spec:
  {{- if not .scaled }}
  replicas: {{ .replicas }}
  {{- end }}
  # Two versions at once are not supported: the old pods go before new ones come.
  strategy: { type: Recreate }
  selector:
    matchLabels: {{- include "smartpredict.selector" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "smartpredict.labels" . | nindent 8 }}
      {{- with .root.Values.podAnnotations }}
      annotations: {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      {{- include "smartpredict.podSecurity" . | nindent 6 }}
      terminationGracePeriodSeconds: {{ .graceSeconds | default 30 }}
      {{- if .root.Values.spread.enabled }}
      topologySpreadConstraints:
        {{- range .root.Values.spread.topologyKeys }}
        - maxSkew: 1
          topologyKey: {{ . }}
          # A node too few must not keep a pod from running.
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- include "smartpredict.selector" $ | nindent 14 }}
        {{- end }}
      {{- end }}
      containers:
        - name: {{ .component }}
          image: {{ include "smartpredict.image" (dict "root" .root "image" (.image | default .root.Values.images.product)) }}
          imagePullPolicy: {{ .root.Values.images.pullPolicy }}
          {{- include "smartpredict.containerSecurity" . | nindent 10 }}
          command: {{- toYaml .command | nindent 12 }}
          env: {{- .environment | trim | nindent 12 }}
          {{- with .of.envFrom }}
          envFrom: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with .ports }}
          ports:
            {{- range $name, $port := . }}
            - { name: {{ $name }}, containerPort: {{ $port }} }
            {{- end }}
          {{- end }}
          {{- with .probe }}
          {{- $look := printf "{ path: %s, port: %v, httpHeaders: [{ name: Host, value: localhost }] }" .path .port }}
          # A model may be large and a first start compiles nothing: a minute and a half.
          startupProbe: { httpGet: {{ $look }}, periodSeconds: 3, timeoutSeconds: 5, failureThreshold: 30 }
          # Whether it lives, not whether all is well behind it: callers are told what is missing, which a service without pods
          # could not; and before the first model is trained nothing would ever be ready.
          readinessProbe: { httpGet: {{ $look }}, periodSeconds: 5, timeoutSeconds: 5 }
          livenessProbe: { httpGet: {{ $look }}, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 }
          {{- end }}
          resources: {{- toYaml .of.resources | nindent 12 }}
          volumeMounts:
            {{- include "smartpredict.temporaryMounts" . | nindent 12 }}
            {{- range $name, $volume := .volumes }}
            - { name: {{ $name }}, mountPath: {{ $volume.path }}{{ if $volume.readOnly }}, readOnly: true{{ end }} }
            {{- end }}
      volumes:
        {{- include "smartpredict.temporaryVolumes" .of | nindent 8 }}
        {{- range $name, $volume := .volumes }}
        - name: {{ $name }}
          {{- toYaml $volume.source | nindent 10 }}
        {{- end }}
{{- end }}

{{/* A service: root, component, ports. */}}
{{- define "smartpredict.service" -}}
apiVersion: v1
kind: Service
metadata: {{- include "smartpredict.metadata" . | nindent 2 }}
spec:
  selector: {{- include "smartpredict.selector" . | nindent 4 }}
  {{- if .headless }}
  clusterIP: None
  {{- end }}
  ports:
    {{- range $name, $port := .ports }}
    - { name: {{ $name }}, port: {{ $port }}, targetPort: {{ $name }} }
    {{- end }}
{{- end }}
