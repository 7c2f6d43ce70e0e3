{{/* cert-manager's cainjector writes the caBundle of every entry; in mode selfSigned the server itself does. */}}
{{- define "spiffe-webhook.caInjection" -}}
{{- if eq .Values.certificates.mode "certManager" -}}
annotations:
  cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "spiffe-webhook.name" . }}
{{- end -}}
{{- end }}
