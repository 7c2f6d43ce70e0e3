/*
 * What each node of a condition costs the API server is paid for every pod, so that what alternatives have in common is
 * asked once: `has(c.x) && a || has(c.x) && b` becomes `has(c.x) && (a || b)`.
 */

/** One alternative, as the expressions that must all be true. */
type Terms = readonly string[]

/** True where one of the expressions is; false where there is none. */
export function anyOf(expressions: readonly string[]): string {
  const alternatives = expressions.flatMap((text) => split(text, '||'))
  return alternatives.length === 0 ? 'false' : joined(alternatives.map((text) => split(text, '&&')))
}

const isGuard = (term: string | undefined): term is string => /^has\([\w.]+\)$/.test(term ?? '')

function joined(alternatives: readonly Terms[]): string {
  const alike = Map.groupBy(alternatives, (terms) =>
    isGuard(terms[0]) ? terms[0] : terms.join(' && ')
  )
  return [...alike.values()].map(common).join('\n|| ')
}

/** Of alternatives that begin alike, or of one. */
function common(alternatives: readonly Terms[]): string {
  const [first = [], ...others] = alternatives
  const [guard] = first
  if (others.length === 0 || !isGuard(guard)) return first.join(' && ')
  const rest = alternatives.map((terms) => terms.slice(1))
  // Where the guard is enough, what follows it elsewhere changes nothing.
  if (rest.some((terms) => terms.length === 0)) return guard
  const inner = joined(rest)
  return inner.includes('\n|| ')
    ? `${guard} && (${inner.replaceAll('\n', '\n  ')})`
    : `${guard} && ${inner}`
}

/** Texts and template expressions, and what stands in brackets, are left whole. */
const tokens = /r'[^']*'|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[([{]|[)\]}]|&&|\|\||\.\?|\?|./gs

/** The parts of a CEL expression between these operators. Throws where a choice would have to be in brackets. */
function split(expression: string, operator: '&&' | '||'): readonly string[] {
  let depth = 0
  const parts = ['']
  for (const [token] of expression.matchAll(tokens)) {
    if (/^[([{]$/.test(token)) depth++
    if (/^[)\]}]$/.test(token)) depth--
    if (token === '?' && depth === 0) throw new Error(`a choice needs brackets: ${expression}`)
    if (token === operator && depth === 0) parts.push('')
    else parts[parts.length - 1] += token
  }
  return parts.map((part) => part.trim())
}
