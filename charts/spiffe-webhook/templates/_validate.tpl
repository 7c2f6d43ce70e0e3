{{/* What the schema cannot say: one sentence for each contradiction, all at once. Every install and upgrade runs it (config-map.yaml). */}}
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
{{- if eq (int .Values.server.port) (int .Values.server.probesPort) -}}
{{- $errors = append $errors (printf "server.probesPort: %d is server.port already: choose another port" (int .Values.server.port)) -}}
{{- end -}}
{{- if not (has "/var/run/secrets/workload-spiffe-uds" .Values.inject.mountPaths) -}}
{{- $errors = append $errors "inject.mountPaths: must hold /var/run/secrets/workload-spiffe-uds, where pilot-agent and Envoy look" -}}
{{- end -}}
{{- $places := dict -}}
{{- range .Values.inject.mountPaths -}}
{{- if hasKey $places (clean .) -}}
{{- $errors = append $errors (printf "inject.mountPaths: names %s twice: name it once" (clean .)) -}}
{{- end -}}
{{- $_ := set $places (clean .) true -}}
{{- end -}}
{{- if not .Values.guard.protectedPaths -}}
{{- $errors = append $errors "guard.protectedPaths: is empty, so nothing is guarded: name the directory of the node that holds the Workload API socket" -}}
{{- end -}}
{{- range $from, $to := .Values.guard.aliases -}}
{{- if hasPrefix (printf "%s/" (clean $from | trimSuffix "/")) (printf "%s/" (clean $to | trimSuffix "/")) -}}
{{- $errors = append $errors (printf "guard.aliases: %s leads to %s, back into itself: name where the link really leads" $from $to) -}}
{{- end -}}
{{- end -}}
{{- with .Values.certificates -}}
{{- if lt (int64 .caLifetime) (mul 2 (int64 .leafLifetime)) -}}
{{- $errors = append $errors (printf "certificates.caLifetime: %d s is less than twice leafLifetime (%d s): raise it, so that a leaf never outlives its CA" (int64 .caLifetime) (int64 .leafLifetime)) -}}
{{- end -}}
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
