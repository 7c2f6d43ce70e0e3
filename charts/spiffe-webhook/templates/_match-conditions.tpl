{{/*
matchConditions in CEL. They keep every object that the guard has nothing to say about away from the server, so that an outage
cannot stop an ordinary pod. An expression that fails counts as a match under failurePolicy Fail, so each path is asked for before it is read.
*/}}

{{/* The pod template of `object` or `oldObject`, as an optional: a Pod is its own. */}}
{{- define "spiffe-webhook.cel.template" -}}
(request.kind.kind == 'Pod' ? optional.of({{ . }})
  : request.kind.kind == 'PodTemplate' ? {{ . }}.?template
  : request.kind.kind == 'CronJob' ? {{ . }}.?spec.?jobTemplate.?spec.?template
  : {{ . }}.?spec.?template)
{{- end }}

{{/* What may be refused anywhere: host volumes, listed CSI drivers, keys that lead readers astray, NRI mounts. */}}
{{- define "spiffe-webhook.cel.reachesNode" -}}
{{- $template := include "spiffe-webhook.cel.template" "object" -}}
{{ $template }}.?spec.?volumes.orValue([]).exists(v,
  has(v.hostPath)
  || (has(v.csi) && (v.csi.driver in {{ toRawJson .Values.guard.deniedCsiDrivers }} || '__proto__' in v.csi.?volumeAttributes.orValue({})))
  || (has(v.flexVolume) && '__proto__' in v.flexVolume.?options.orValue({})))
|| {{ $template }}.?metadata.?annotations.orValue({}).exists(a,
  a.startsWith('mounts.nri.io') || a.startsWith('mounts.noderesource.dev'))
{{- if eq .Values.guard.nodePrivileges "deny" }}
|| {{ include "spiffe-webhook.cel.privileged" . }}
{{- end }}
{{- end }}

{{/* Privileges that lead around every mount rule. */}}
{{- define "spiffe-webhook.cel.privileged" -}}
{{- $spec := printf "%s.?spec" (include "spiffe-webhook.cel.template" "object") -}}
{{ $spec }}.?hostPID.orValue(false)
|| {{ $spec }}.?securityContext.?windowsOptions.?hostProcess.orValue(false)
|| ({{ $spec }}.?containers.orValue([]) + {{ $spec }}.?initContainers.orValue([]) + {{ $spec }}.?ephemeralContainers.orValue([])).exists(c,
  c.?workingDir.orValue('').contains('/fd')
  || c.?securityContext.?privileged.orValue(false)
  || c.?securityContext.?procMount.orValue('') == 'Unmasked'
  || c.?securityContext.?windowsOptions.?hostProcess.orValue(false)
  || c.?securityContext.?capabilities.?add.orValue([]).exists(k, k.upperAscii() in
    ['ALL', 'SYS_ADMIN', 'SYS_PTRACE', 'DAC_READ_SEARCH', 'CAP_ALL', 'CAP_SYS_ADMIN', 'CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH']))
{{- end }}

{{/* What is warned about and never refused. */}}
{{- define "spiffe-webhook.cel.advisable" -}}
{{- $template := include "spiffe-webhook.cel.template" "object" -}}
{{ $template }}.?spec.?volumes.orValue([]).exists(v,
  has(v.flexVolume) || has(v.gitRepo)
  || (has(v.csi) && v.csi.driver == {{ toRawJson .Values.inject.csiDriver }} && !v.csi.?readOnly.orValue(false)))
|| 'sidecar.istio.io/userVolume' in {{ $template }}.?metadata.?annotations.orValue({})
|| {{ include "spiffe-webhook.cel.privileged" . }}
{{- end }}

{{/* A new pod with Istio's proxy, classic or native: the final-pod rule is about it. */}}
{{- define "spiffe-webhook.cel.newIstioProxy" -}}
request.kind.kind == 'Pod' && request.operation == 'CREATE'
  && (object.spec.containers + object.spec.?initContainers.orValue([])).exists(c, c.name == 'istio-proxy')
{{- end }}

{{/* Whether the request could bring something new: an update that leaves the pod template alone answers for nothing. */}}
{{- define "spiffe-webhook.cel.changesPods" -}}
request.kind.kind == 'Pod' || request.operation == 'CREATE'
  || {{ include "spiffe-webhook.cel.template" "object" }} != {{ include "spiffe-webhook.cel.template" "oldObject" }}
{{- end }}

{{- define "spiffe-webhook.cel.volumeReachesNode" -}}
has(object.spec.hostPath) || has(object.spec.local) || (has(object.spec.csi) && object.spec.csi.driver in {{ toRawJson .Values.guard.deniedCsiDrivers }})
{{- end }}

{{- define "spiffe-webhook.cel.changesVolume" -}}
request.operation == 'CREATE' || object.spec.?hostPath != oldObject.spec.?hostPath || object.spec.?local != oldObject.spec.?local
  || object.spec.?csi.?driver != oldObject.spec.?csi.?driver
{{- end }}
