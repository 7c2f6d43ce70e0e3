{{/* What Teleport must know of, as one file for `tctl create`. It holds no secret. */}}
{{- define "workload-api.teleport" -}}
{{- with .Values.teleport -}}
# The bot may have workload identities with this label issued, and nothing else.
kind: role
version: v7
metadata:
  name: {{ .role | quote }}
spec:
  allow:
    workload_identity_labels:
      spiffe-webhook/workload-api: [{{ .workloadIdentity | quote }}]
    rules:
      - resources: [workload_identity]
        verbs: [list, read]
---
kind: bot
version: v1
metadata:
  name: {{ .bot | quote }}
spec:
  roles: [{{ .role | quote }}]
---
# Whoever shows a token of this service account, made by this Kubernetes cluster for this Teleport cluster, is the bot.
kind: token
version: v2
metadata:
  name: {{ $.Values.tbot.token | quote }}
spec:
  roles: [Bot]
  bot_name: {{ .bot | quote }}
  join_method: kubernetes
  kubernetes:
    type: {{ .join.type }}
    {{- if eq .join.type "oidc" }}
    oidc:
      issuer: {{ .join.issuer | quote }}
    {{- else if eq .join.type "static_jwks" }}
    static_jwks:
      jwks: {{ .join.jwks | toJson }}
    {{- end }}
    allow:
      - service_account: {{ printf "%s:%s" $.Release.Namespace $.Values.tbot.serviceAccount | quote }}
---
# The ID that Istio expects (spiffe://<trust domain>/ns/<namespace>/sa/<service account>), for attested pods alone: without a rule it
# would be issued to anyone the bot asks for.
kind: workload_identity
version: v1
metadata:
  name: {{ .workloadIdentity | quote }}
  labels:
    spiffe-webhook/workload-api: {{ .workloadIdentity | quote }}
spec:
  spiffe:
    id: {{ "/ns/{{ workload.kubernetes.namespace }}/sa/{{ workload.kubernetes.service_account }}" | quote }}
  rules:
    allow:
      - conditions:
          - attribute: workload.kubernetes.attested
            eq:
              value: "true"
{{- end }}
{{- end }}
