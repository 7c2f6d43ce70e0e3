{{/* Contradictions between values that only the chart knows, as a JSON list of sentences. */}}
{{- define "spiffe-webhook.refusals" -}}
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
{{- with .Values.prometheusRule -}}
{{- if and .enabled (not $.Values.serviceMonitor.enabled) (not .job) -}}
{{- $errors = append $errors "prometheusRule.enabled: nothing scrapes the webhook, so its alerts could not work: set serviceMonitor.enabled to true, or prometheusRule.job to the name of your own scrape job" -}}
{{- end -}}
{{- end -}}
{{- with .Values.autoscaling -}}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) -}}
{{- $errors = append $errors (printf "autoscaling.minReplicas: %d is more than maxReplicas (%d): lower it, or raise maxReplicas" (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- toJson $errors -}}
{{- end }}
