{{/* JSON list of all exemptions: the agent and the driver by the paths that the guard protects, then the administrator's own. */}}
{{- define "spiffe-webhook.exemptions" -}}
{{- $guard := .Values.guard -}}
{{- $entries := list -}}
{{- with .Values.workloadApi -}}
{{- if .exempt -}}
{{- $driverPaths := $guard.protectedPaths -}}
{{- range $guard.kubeletRoots -}}
{{- $root := trimSuffix "/" . -}}
{{- $plugin := printf "%s/plugins/%s" $root $.Values.inject.csiDriver -}}
{{- $driverPaths = concat $driverPaths (list (printf "%s/pods" $root) $plugin (printf "%s/plugins_registry" $root)) -}}
{{- end -}}
{{- $creators := ternary (dict "creators" .creators) dict (gt (len .creators) 0) -}}
{{- $agent := dict "namespace" .namespace "serviceAccount" .agentServiceAccount "paths" $guard.protectedPaths "hostPID" true -}}
{{- $driver := dict "namespace" .namespace "serviceAccount" .driverServiceAccount "paths" $driverPaths -}}
{{- $entries = list (merge $agent $creators) (merge $driver $creators) -}}
{{- end -}}
{{- end -}}
{{- concat $entries $guard.exemptions | default list | toJson -}}
{{- end }}

{{/* The configuration file: the values under the same names, and what only the chart knows. */}}
{{- define "spiffe-webhook.config" -}}
{{- $name := include "spiffe-webhook.name" . -}}
{{- $guard := omit .Values.guard "admissionPolicy" "exemptions" "allowedHostPaths" -}}
{{- $_ := set $guard "exemptions" (include "spiffe-webhook.exemptions" . | fromJsonArray) -}}
{{- $_ := set $guard "excludedNamespaces" (include "spiffe-webhook.excludedNamespaces" . | fromJsonArray) -}}
{{- if not (kindIs "invalid" .Values.guard.allowedHostPaths) -}}
{{- $_ := set $guard "allowedHostPaths" .Values.guard.allowedHostPaths -}}
{{- end -}}
{{- $server := omit .Values.server "clientCa" -}}
{{- with .Values.server.clientCa -}}
{{- $_ := set $server "clientCa" . -}}
{{- end -}}
{{- $certificates := pick .Values.certificates "mode" "leafLifetime" "caLifetime" -}}
{{- $_ := set $certificates "secret" (dict "namespace" .Release.Namespace "name" (include "spiffe-webhook.secretName" .)) -}}
{{- $_ := set $certificates "dnsNames" (list (include "spiffe-webhook.dnsName" .)) -}}
{{- $_ := set $certificates "mutatingWebhookConfiguration" .Values.webhookName -}}
{{- $_ := set $certificates "validatingWebhookConfiguration" .Values.webhookName -}}
{{- dict "inject" .Values.inject "guard" $guard "server" $server "certificates" $certificates "log" .Values.log | toYaml -}}
{{- end }}

{{/* What verify compares with beside the configuration (src/verify/objects/expected-objects.ts). */}}
{{- define "spiffe-webhook.chartValues" -}}
image: {{ include "spiffe-webhook.image" . }}
timeoutSeconds: {{ int .Values.timeoutSeconds }}
admissionPolicy: {{ .Values.guard.admissionPolicy }}
podDisruptionBudget: {{ .Values.podDisruptionBudget.enabled }}
networkPolicy: {{ .Values.networkPolicy.enabled }}
{{- end }}
