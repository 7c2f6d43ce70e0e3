{{/* 52 characters are a CronJob's, and its name ends in -verify. */}}
{{- define "spiffe-webhook.name" -}}
{{- .Values.fullnameOverride | default .Values.nameOverride | default .Release.Name | trunc 45 | trimSuffix "-" -}}
{{- end }}

{{- define "spiffe-webhook.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: webhook
{{- end }}

{{- define "spiffe-webhook.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The annotations of an object, if any. Takes root and own. */}}
{{- define "spiffe-webhook.annotations" -}}
{{- with merge (dict) (.own | default dict) .root.Values.commonAnnotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end }}

{{/* The image; global.imageRegistry takes the place of the registry in its name. */}}
{{- define "spiffe-webhook.image" -}}
{{- $repository := .Values.image.repository -}}
{{- with (.Values.global).imageRegistry -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) (regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" $repository "") -}}
{{- end -}}
{{- with .Values.image -}}
{{ $repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end }}

{{/* JSON list of the pull secrets: the chart's own, then those of global, by name or as in a pod. */}}
{{- define "spiffe-webhook.imagePullSecrets" -}}
{{- $secrets := .Values.imagePullSecrets | default list -}}
{{- range (.Values.global).imagePullSecrets -}}
{{- $secrets = append $secrets (ternary (dict "name" .) . (kindIs "string" .)) -}}
{{- end -}}
{{- $secrets | uniq | toJson -}}
{{- end }}

{{- define "spiffe-webhook.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "spiffe-webhook.name" .) -}}
{{- end }}

{{/* The Secret of the serving pair: the server's own, cert-manager's, or the user's. */}}
{{- define "spiffe-webhook.secretName" -}}
{{- if eq .Values.certificates.mode "files" -}}
{{ .Values.certificates.existingSecret }}
{{- else -}}
{{ include "spiffe-webhook.name" . }}-tls
{{- end -}}
{{- end }}

{{/* The name under which API servers call the Service, which the certificate must carry. */}}
{{- define "spiffe-webhook.dnsName" -}}
{{ include "spiffe-webhook.name" . }}.{{ .Release.Namespace }}.svc
{{- end }}

{{/* The Service's port for probes and metrics, whatever the container's is. */}}
{{- define "spiffe-webhook.probesServicePort" -}}8080{{- end }}

{{/* JSON list of the namespaces that no entry is asked about. */}}
{{- define "spiffe-webhook.excludedNamespaces" -}}
{{- append .Values.excludedNamespaces .Release.Namespace | uniq | toJson -}}
{{- end }}

{{/* Our own pods that look at the server, as a peer of a NetworkPolicy: `helm test`, and verify on its schedule. */}}
{{- define "spiffe-webhook.ownPeer" -}}
- podSelector:
    matchLabels:
      app.kubernetes.io/name: {{ .Chart.Name }}
      app.kubernetes.io/instance: {{ .Release.Name | quote }}
    matchExpressions:
      - {key: app.kubernetes.io/component, operator: In, values: [test, verify]}
{{- end }}

{{/* What every container of ours may do: nothing. */}}
{{- define "spiffe-webhook.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/*
The environment of a container with what an administrator adds: V8 would take half of limits.memory, whatever it is,
before it must collect. Each name occurs once: server-side apply refuses duplicates.
*/}}
{{- define "spiffe-webhook.environment" -}}
{{- $ours := dict "name" "NODE_OPTIONS" "value" (.Files.Get "files/node-options.txt" | trim) -}}
{{- $names := list -}}
{{- range .extra }}{{ $names = append $names .name }}{{ end -}}
{{- concat (has "NODE_OPTIONS" $names | ternary (list) (list $ours)) (.extra | default list) | toYaml -}}
{{- end }}
