{{/* The settings of the policy that are no plain value, each as one line of JSON, which is CEL: see src/guard/cel/settings.ts.
Nothing is escaped for HTML, so the text is what `spiffe-webhook policy` prints. */}}

{{- define "spiffe-webhook.policy.aliases" -}}
{{- $aliases := list -}}
{{- range $from, $to := .Values.guard.aliases -}}
{{- $aliases = append $aliases (dict "from" $from "to" $to) -}}
{{- end -}}
{{- toRawJson $aliases -}}
{{- end }}

{{- define "spiffe-webhook.policy.exemptions" -}}
{{- $exemptions := list -}}
{{- range include "spiffe-webhook.exemptions" . | fromJsonArray -}}
{{- $exemptions = append $exemptions (printf `{"namespace":%s,"serviceAccount":%s,"paths":%s,"csiDrivers":%s,"hostPID":%s,"creators":%s,"debuggers":%s}`
  (toRawJson (list .namespace)) (toRawJson (list .serviceAccount)) (toRawJson .paths) (toRawJson (.csiDrivers | default list))
  (ternary (list "hostPID") list (.hostPID | default false) | toRawJson)
  (toRawJson (.creators | default list)) (toRawJson (.debuggers | default list))) -}}
{{- end -}}
[{{ join "," $exemptions }}]
{{- end }}

{{- define "spiffe-webhook.policy.strict" -}}
{{- not (kindIs "invalid" .Values.guard.allowedHostPaths) -}}
{{- end }}

{{- define "spiffe-webhook.policy.allowedHostPaths" -}}
{{- $allowed := list -}}
{{- range .Values.guard.allowedHostPaths -}}
{{- $allowed = append $allowed (dict "prefix" .pathPrefix "readOnly" (ternary .readOnly true (hasKey . "readOnly") | toString)) -}}
{{- end -}}
{{- toRawJson $allowed -}}
{{- end }}
