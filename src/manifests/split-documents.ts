/**
 * Cuts a stream into documents, each with its own `---` line (if any), comments and directives; put together
 * again, the pieces are the very text. `---` at the start of a line ends a document even inside a block scalar
 * (YAML 1.2.2, rule c-forbidden), and so it does for kubectl.
 */
export function splitDocuments(text: string): readonly string[] {
  const pieces: string[] = []
  let start = 0
  let inPrologue = true
  const cut = (end: number): void => {
    pieces.push(text.slice(start, end))
    start = end
  }
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from)
    const next = newline < 0 ? text.length : newline + 1
    const line = text.slice(from, Math.min(next, from + 5))
    if (/^---(\s|$)/.test(line)) {
      if (!inPrologue) cut(from)
      inPrologue = false
    } else if (/^\.\.\.(\s|$)/.test(line)) {
      cut(next)
      inPrologue = true
    } else if (inPrologue) inPrologue = isPrologue(text, from, next)
    from = next
  }
  // Blank lines and comments behind the last `...` belong to the document before.
  if (inPrologue && pieces.length > 0) pieces.push(`${pieces.pop()}${text.slice(start)}`)
  else cut(text.length)
  return pieces
}

/** True for a line of white space, a comment or a directive: it belongs to the document that follows. */
export function isPrologue(text: string, start: number, end: number): boolean {
  const first = text.slice(start, end).trimStart()[0]
  return first === undefined || first === '#' || first === '%'
}
