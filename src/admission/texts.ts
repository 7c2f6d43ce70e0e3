import type { Finding } from '../guard/finding.ts'
import { cureSentence, sentence, sentenceWithReason } from '../guard/sentences.ts'

/** Sentences shown of one object: the rest is counted, so that 500 bad volumes make no 100 KB answer. */
const shown = 8

/** The API server cuts warnings off at 4,096 characters in all (apiserver admission/metrics, warning recorder). */
const warningLimit = 3500

/** The message of a refusal: each denial's sentence, in order, with its reason in front of the first. */
export function denialMessage(findings: readonly Finding[]): string {
  const denied = findings.filter(({ verdict }) => verdict === 'deny')
  const rest = denied.length - shown
  const sentences = denied.slice(0, shown).map(sentence)
  if (rest > 0) sentences.push(`and ${rest} more`)
  const cure = cureText(denied)
  if (cure !== undefined) sentences.push(cure)
  return `${denied[0]?.reason ?? ''}: ${sentences.join('; ')}`
}

/** The warnings of an answer: one sentence each, with its reason in front, bounded in number and length. */
export function warningTexts(findings: readonly Finding[]): readonly string[] {
  const warned = findings.filter(({ verdict }) => verdict === 'warn')
  const kept: string[] = []
  let length = 0
  for (const text of warned.slice(0, shown).map(sentenceWithReason)) {
    length += text.length
    if (length > warningLimit) break
    kept.push(text)
  }
  const rest = warned.length - kept.length
  const cure = cureText(warned)
  if (cure !== undefined && kept.length > 0 && length + cure.length <= warningLimit) {
    kept.push(`spiffe-webhook: ${cure}`)
  }
  return rest > 0 ? [...kept, `spiffe-webhook: and ${rest} more warnings`] : kept
}

/** The exemption of the workload, said once; not where its paths alone fill an answer. */
function cureText(findings: readonly Finding[]): string | undefined {
  const cure = findings.find((finding) => finding.cure !== undefined)?.cure
  const text = cure === undefined ? '' : cureSentence(cure)
  return text === '' || text.length > warningLimit / 2 ? undefined : text
}
