{{/* Generated from src/config/contradictions.ts by npm run generate. */}}
{{- define "spiffe-webhook.contradictions" -}}
{{- $errors := list -}}
{{- if not (has "/var/run/secrets/workload-spiffe-uds" $.Values.inject.mountPaths) -}}
{{- $errors = append $errors `inject.mountPaths: must contain /var/run/secrets/workload-spiffe-uds, which pilot-agent and Envoy hardcode` -}}
{{- end -}}
{{- range $i, $path := $.Values.inject.mountPaths -}}
{{- range $j, $again := $.Values.inject.mountPaths -}}
{{- if and (lt $i $j) (eq (clean $path) (clean $again)) -}}
{{- $errors = append $errors (printf `inject.mountPaths: contains the directory %s twice: name it once` ($again)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if lt (int64 $.Values.certificates.caLifetime) (mul 2 (int64 $.Values.certificates.leafLifetime)) -}}
{{- $errors = append $errors (printf `certificates.caLifetime: must be at least twice leafLifetime (%d), so that a certificate never outlives its CA` (int64 $.Values.certificates.leafLifetime)) -}}
{{- end -}}
{{- if eq (int $.Values.server.port) (int $.Values.server.probesPort) -}}
{{- $errors = append $errors (printf `server.probesPort: must differ from server.port (%d): choose another port` (int $.Values.server.port)) -}}
{{- end -}}
{{- range $from, $to := $.Values.guard.aliases -}}
{{- if hasPrefix (printf "%s/" (clean $from | trimSuffix "/")) (printf "%s/" (clean $to | trimSuffix "/")) -}}
{{- $errors = append $errors (printf `guard.aliases: %q leads to %q, back into itself: name where the link really leads` ($from) ($to)) -}}
{{- end -}}
{{- end -}}
{{- range $path := $.Values.inject.mountPaths -}}
{{- if regexMatch `(^|/)\.\.(/|$)|\p{Cc}|\p{Z}(/|$)|/\p{Z}` $path -}}
{{- $errors = append $errors (printf `inject.mountPaths: %q is not a plain path: write it without "..", control characters or blanks at the ends of a name` ($path)) -}}
{{- end -}}
{{- end -}}
{{- range $path := $.Values.guard.protectedPaths -}}
{{- if regexMatch `(^|/)\.\.(/|$)|\p{Cc}|\p{Z}(/|$)|/\p{Z}` $path -}}
{{- $errors = append $errors (printf `guard.protectedPaths: %q is not a plain path: write it without "..", control characters or blanks at the ends of a name` ($path)) -}}
{{- end -}}
{{- end -}}
{{- range $path := $.Values.guard.kubeletRoots -}}
{{- if regexMatch `(^|/)\.\.(/|$)|\p{Cc}|\p{Z}(/|$)|/\p{Z}` $path -}}
{{- $errors = append $errors (printf `guard.kubeletRoots: %q is not a plain path: write it without "..", control characters or blanks at the ends of a name` ($path)) -}}
{{- end -}}
{{- end -}}
{{- range $path := $.Values.guard.containerRuntimeSockets -}}
{{- if regexMatch `(^|/)\.\.(/|$)|\p{Cc}|\p{Z}(/|$)|/\p{Z}` $path -}}
{{- $errors = append $errors (printf `guard.containerRuntimeSockets: %q is not a plain path: write it without "..", control characters or blanks at the ends of a name` ($path)) -}}
{{- end -}}
{{- end -}}
{{- range $path := $.Values.guard.nodeFolders -}}
{{- if regexMatch `(^|/)\.\.(/|$)|\p{Cc}|\p{Z}(/|$)|/\p{Z}` $path -}}
{{- $errors = append $errors (printf `guard.nodeFolders: %q is not a plain path: write it without "..", control characters or blanks at the ends of a name` ($path)) -}}
{{- end -}}
{{- end -}}
{{- range $from, $to := $.Values.guard.aliases -}}
{{- range $path := list $from $to -}}
{{- if regexMatch `(^|/)\.\.(/|$)|\p{Cc}|\p{Z}(/|$)|/\p{Z}` $path -}}
{{- $errors = append $errors (printf `guard.aliases: %q is not a plain path: write it without "..", control characters or blanks at the ends of a name` ($path)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $entry := $.Values.guard.allowedHostPaths -}}
{{- range $path := list $entry.pathPrefix -}}
{{- if regexMatch `(^|/)\.\.(/|$)|\p{Cc}|\p{Z}(/|$)|/\p{Z}` $path -}}
{{- $errors = append $errors (printf `guard.allowedHostPaths: %q is not a plain path: write it without "..", control characters or blanks at the ends of a name` ($path)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $entry := $.Values.guard.exemptions -}}
{{- range $path := $entry.paths -}}
{{- if regexMatch `(^|/)\.\.(/|$)|\p{Cc}|\p{Z}(/|$)|/\p{Z}` $path -}}
{{- $errors = append $errors (printf `guard.exemptions: %q is not a plain path: write it without "..", control characters or blanks at the ends of a name` ($path)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $errors -}}
{{- end }}
