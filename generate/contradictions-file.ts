import { contradictions } from '../src/config/contradictions.ts'

/** templates/_contradictions.tpl: every contradiction of the configuration as a template that answers a JSON list of sentences. */
export function contradictionsFile(): string {
  const checks = contradictions.map(({ option, sentence, chart }) => {
    const { each = [], when, values } = chart
    const format = `\`${option}: ${sentence}\``
    const said =
      values.length === 0 ? format : `(printf ${format} ${values.map((v) => `(${v})`).join(' ')})`
    const ranges = each.map((head) => `{{- range ${head} -}}\n`).join('')
    const ends = each.map(() => '{{- end -}}\n').join('')
    return `${ranges}{{- if ${when} -}}\n{{- $errors = append $errors ${said} -}}\n{{- end -}}\n${ends}`
  })
  return `{{/* Generated from src/config/contradictions.ts by npm run generate. */}}
{{- define "spiffe-webhook.contradictions" -}}
{{- $errors := list -}}
${checks.join('')}{{- toJson $errors -}}
{{- end }}
`
}
