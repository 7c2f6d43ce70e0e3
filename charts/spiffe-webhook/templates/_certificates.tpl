{{/* JSON of the annotations of both webhook configurations. cert-manager's cainjector writes the caBundle of every entry; in mode selfSigned the
server itself does. */}}
{{- define "spiffe-webhook.webhookAnnotations" -}}
{{- $own := dict -}}
{{- if eq .Values.certificates.mode "certManager" -}}
{{- $own = dict "cert-manager.io/inject-ca-from" (printf "%s/%s" .Release.Namespace (include "spiffe-webhook.name" .)) -}}
{{- end -}}
{{- merge $own .Values.webhookAnnotations | toJson -}}
{{- end }}
