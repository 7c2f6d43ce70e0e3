{{- define "workload-api.selectorLabels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
{{- end }}

{{/* Takes root and name: the labels of the agent's or the driver's objects. */}}
{{- define "workload-api.labels" -}}
{{ include "workload-api.selectorLabels" . }}
app.kubernetes.io/part-of: {{ .root.Chart.Name }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Takes image and tag, which stands in where the image has none. */}}
{{- define "workload-api.image" -}}
{{ .image.repository }}{{ if .image.digest }}@{{ .image.digest }}{{ else }}:{{ .image.tag | default .tag }}{{ end }}
{{- end }}

{{/* The configuration file of tbot, version v2. */}}
{{- define "workload-api.tbotConfig" -}}
version: v2
proxy_server: {{ .Values.tbot.proxyServer | quote }}
onboarding:
  join_method: kubernetes
  token: {{ .Values.tbot.token | quote }}
# What tbot knows is worth nothing after a restart: it joins again.
storage:
  type: memory
diag_addr: 0.0.0.0:{{ int .Values.tbot.diagPort }}
credential_ttl: {{ .Values.tbot.credentialTTL }}
renewal_interval: {{ .Values.tbot.renewalInterval }}
services:
  - type: workload-identity-api
    name: workload-identity-api
    listen: {{ printf "unix://%s/%s" .Values.socket.directory .Values.socket.file | quote }}
    selector:
      name: {{ .Values.teleport.workloadIdentity | quote }}
    attestors:
      kubernetes:
        enabled: true
        kubelet:
          secure_port: {{ int .Values.tbot.kubelet.securePort }}
          token_path: /var/run/secrets/kubernetes.io/serviceaccount/token
          {{- if .Values.tbot.kubelet.skipVerify }}
          skip_verify: true
          {{- else }}
          ca_path: {{ ternary "/etc/kubelet-ca/ca.crt" "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt" (ne .Values.tbot.kubelet.caConfigMap "") }}
          skip_verify: false
          {{- end }}
{{- end }}

{{/* Minutes of a duration such as 1h30m. */}}
{{- define "workload-api.minutes" -}}
{{- $hours := regexFind "[0-9]+h" . | trimSuffix "h" | default "0" | int -}}
{{- $minutes := regexFind "[0-9]+m" . | trimSuffix "m" | default "0" | int -}}
{{- add (mul 60 $hours) $minutes -}}
{{- end }}
