{{/* What the schema cannot say: one sentence for each contradiction, all at once. Those of the configuration file are generated; below are the
chart's own. Every install and upgrade runs it (config-map.yaml). */}}
{{- define "spiffe-webhook.validate" -}}
{{- $errors := list -}}
{{- $name := .Values.webhookName -}}
{{- $objects := include "spiffe-webhook.name" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $objects) -}}
{{- $errors = append $errors (printf "nameOverride: the release's name %q is no name of a Service, which starts with a letter and has no dots: set one here" $objects) -}}
{{- end -}}
{{- if or (hasPrefix "istio-" $name) (lt $name "istio-") -}}
{{- $errors = append $errors (printf "webhookName: %q does not sort after every istio-…, so it would run before Istio's injector: use a name such as spiffe-webhook" $name) -}}
{{- end -}}
{{- $timeout := mul 1000 (int .Values.timeoutSeconds) -}}
{{- if ge (int .Values.server.requestTimeout) (int $timeout) -}}
{{- $errors = append $errors (printf "server.requestTimeout: %d ms is not below timeoutSeconds (%d ms): lower it, or raise timeoutSeconds" (int .Values.server.requestTimeout) (int $timeout)) -}}
{{- end -}}
{{- $errors = concat $errors (include "spiffe-webhook.contradictions" . | fromJsonArray) -}}
{{- $errors = concat $errors (include "spiffe-webhook.refusals" . | fromJsonArray) -}}
{{- with .Values.certificates -}}
{{- if eq .mode "files" -}}
{{- if not .existingSecret -}}
{{- $errors = append $errors "certificates.existingSecret: mode files needs the name of a Secret with tls.crt and tls.key" -}}
{{- end -}}
{{- if not (contains "-----BEGIN CERTIFICATE-----" .caBundle) -}}
{{- $errors = append $errors "certificates.caBundle: mode files needs the CA's certificates in PEM, for example --set-file certificates.caBundle=ca.crt" -}}
{{- end -}}
{{- else -}}
{{- range list "existingSecret" "caBundle" -}}
{{- if get $.Values.certificates . -}}
{{- $errors = append $errors (printf "certificates.%s: has no meaning in mode %s: leave it empty, or set certificates.mode to files" . $.Values.certificates.mode) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .issuerRef (ne .mode "certManager") -}}
{{- $errors = append $errors (printf "certificates.issuerRef: has no meaning in mode %s: leave it empty, or set certificates.mode to certManager" .mode) -}}
{{- end -}}
{{- if and (eq .mode "certManager") (lt (int64 .leafLifetime) 3600) -}}
{{- $errors = append $errors (printf "certificates.leafLifetime: cert-manager issues for an hour or longer, not for %d s: raise it" (int64 .leafLifetime)) -}}
{{- end -}}
{{- end -}}
{{- if $errors -}}
{{- fail (printf "\n  %s" (join "\n  " $errors)) -}}
{{- end -}}
{{- end }}
