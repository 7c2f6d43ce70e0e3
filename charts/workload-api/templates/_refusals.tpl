{{/* Names that other charts use, and contradictions of values of habit, as a JSON list of sentences. */}}
{{- define "workload-api.refusals" -}}
{{- $errors := list -}}
{{- range $name, $instead := .Files.Get "files/names-of-habit.yaml" | fromYaml -}}
{{- $at := $.Values -}}
{{- range splitList "." $name -}}
{{- $at = ternary (get (ternary $at dict (kindIs "map" $at)) .) nil (and (kindIs "map" $at) (hasKey (ternary $at dict (kindIs "map" $at)) .)) -}}
{{- end -}}
{{- if not (kindIs "invalid" $at) -}}
{{- $errors = append $errors (printf "%s: not a value of this chart: %s" $name $instead) -}}
{{- end -}}
{{- end -}}
{{- with .Values.tbot.proxy -}}
{{- if and .https (not .exclude) -}}
{{- $errors = append $errors "tbot.proxy.exclude: is empty, so tbot would call the kubelets through the proxy: name the nodes' addresses or domain" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.podMonitor.enabled (ne .Values.provider "tbot") -}}
{{- $errors = append $errors "podMonitor.enabled: has no meaning with provider external: set it to false" -}}
{{- end -}}
{{- toJson $errors -}}
{{- end }}
