{{/* What is generated of both webhook configurations, filled in: files/webhooks.yaml as JSON. */}}
{{- define "spiffe-webhook.webhooks" -}}
{{- tpl (.Files.Get "files/webhooks.yaml") . | fromYaml | toJson -}}
{{- end }}

{{- define "spiffe-webhook.clientConfig" -}}
service:
  name: {{ include "spiffe-webhook.name" .root }}
  namespace: {{ .root.Release.Namespace | quote }}
  path: {{ .path }}
  port: 443
{{- if eq .root.Values.certificates.mode "files" }}
caBundle: {{ .root.Values.certificates.caBundle | b64enc }}
{{- end }}
{{- end }}
