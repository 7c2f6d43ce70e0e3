{{/*
One entry of the ValidatingWebhookConfiguration. Takes root, name, path, where (optedIn | elsewhere | clusterScoped), rules (the
name of a template) and conditions (a list of name and expression). A warning entry is told by its path.
*/}}
{{- define "spiffe-webhook.guardWebhook" -}}
{{- $values := .root.Values -}}
- name: {{ .name }}.spiffe-webhook.internal
  clientConfig:
    {{- include "spiffe-webhook.clientConfig" (dict "root" .root "path" .path) | nindent 4 }}
  {{- if eq .path "/guard/warn" }}
  # Nobody waits for a warning.
  failurePolicy: Ignore
  {{- else }}
  # Fail closed: the conditions below keep everything that the guard would pass anyway away from the server.
  failurePolicy: {{ $values.failurePolicy }}
  {{- end }}
  # A pod template sent as an older version of its kind is converted and judged, not missed.
  matchPolicy: Equivalent
  sideEffects: None
  admissionReviewVersions: [v1]
  timeoutSeconds: {{ int $values.timeoutSeconds }}
  {{- if ne .where "clusterScoped" }}
  # kubernetes.io/metadata.name is written by the API server, so nobody can label a namespace out. Our own is excluded, or no replica
  # could start while none runs; a mutable label only decides between refusing and warning, or between two ways of refusing.
  namespaceSelector:
    matchExpressions:
      - {key: kubernetes.io/metadata.name, operator: NotIn, values: {{ include "spiffe-webhook.excludedNamespaces" .root }}}
      - {key: spiffe-webhook/injection, operator: {{ ternary "In" "NotIn" (eq .where "optedIn") }}, values: [enabled]}
  {{- end }}
  rules:
    {{- include .rules .root | nindent 4 }}
  matchConditions:
    {{- range .conditions }}
    - name: {{ .name }}
      expression: |-
        {{- .expression | nindent 8 }}
    {{- end }}
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

{{/* The rules of pods and of everything that carries a template of one. */}}
{{- define "spiffe-webhook.rules.pods" -}}
- {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods], scope: Namespaced}
- {apiGroups: [""], apiVersions: [v1], operations: [UPDATE], resources: [pods/ephemeralcontainers], scope: Namespaced}
- {apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [replicationcontrollers, podtemplates], scope: Namespaced}
- {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments, replicasets, statefulsets, daemonsets], scope: Namespaced}
- {apiGroups: [batch], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [jobs, cronjobs], scope: Namespaced}
{{- end }}

{{- define "spiffe-webhook.rules.persistentVolumes" -}}
- {apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [persistentvolumes], scope: Cluster}
{{- end }}

{{/* PersistentVolumes, and the StorageClasses whose provisioner will make some. */}}
{{- define "spiffe-webhook.rules.storage" -}}
{{ include "spiffe-webhook.rules.persistentVolumes" . }}
- {apiGroups: [storage.k8s.io], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [storageclasses], scope: Cluster}
{{- end }}
