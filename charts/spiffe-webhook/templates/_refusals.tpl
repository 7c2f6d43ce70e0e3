{{/* Contradictions between values that only the chart knows, as a JSON list of sentences. */}}
{{- define "spiffe-webhook.refusals" -}}
{{- $errors := list -}}
{{- with .Values.prometheusRule -}}
{{- if and .enabled (not $.Values.serviceMonitor.enabled) (not .job) -}}
{{- $errors = append $errors "prometheusRule.enabled: nothing scrapes the webhook, so its alerts could not work: set serviceMonitor.enabled to true, or prometheusRule.job to the name of your own scrape job" -}}
{{- end -}}
{{- end -}}
{{- toJson $errors -}}
{{- end }}
