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
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The annotations of every object, if any. */}}
{{- define "workload-api.annotations" -}}
{{- with .Values.commonAnnotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end }}

{{/* JSON list of the pull secrets: the chart's own, then those of global, by name or as in a pod. */}}
{{- define "workload-api.imagePullSecrets" -}}
{{- $secrets := .Values.imagePullSecrets | default list -}}
{{- range (.Values.global).imagePullSecrets -}}
{{- $secrets = append $secrets (ternary (dict "name" .) . (kindIs "string" .)) -}}
{{- end -}}
{{- $secrets | uniq | toJson -}}
{{- end }}

{{/* Takes root, image, and a tag for an image that has none; global.imageRegistry takes the place of the registry in its name. */}}
{{- define "workload-api.image" -}}
{{- $repository := .image.repository -}}
{{- with (.root.Values.global).imageRegistry -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) (regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" $repository "") -}}
{{- end -}}
{{ $repository }}{{ if .image.digest }}@{{ .image.digest }}{{ else }}:{{ .image.tag | default .tag }}{{ end }}
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
