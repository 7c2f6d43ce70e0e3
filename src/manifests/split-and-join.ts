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
function isPrologue(text: string, start: number, end: number): boolean {
  const first = text.slice(start, end).trimStart()[0]
  return first === undefined || first === '#' || first === '%'
}

/** A document to print: its text, and its place in its own file. */
export interface Piece {
  readonly index: number
  readonly text: string
}

/**
 * Puts documents into one stream, the text of each untouched. Where a new file begins, a `---` goes between it and
 * the one before, unless it has its own; a file without any document adds nothing.
 */
export function joinDocuments(documents: readonly Piece[]): string {
  const pieces: string[] = []
  for (const { index, text } of documents) {
    if (index === 0 && pieces.length > 0) {
      if (text.trim() === '') continue
      if (pieces.at(-1)?.endsWith('\n') === false) pieces.push('\n')
      pieces.push(separator(text))
    }
    if (text !== '') pieces.push(text)
  }
  return pieces.join('')
}

/** A directive may only follow the end of a document. */
function separator(text: string): string {
  let directive = false
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from)
    const next = newline < 0 ? text.length : newline + 1
    if (/^---(\s|$)/.test(text.slice(from, from + 4))) return directive ? '...\n' : ''
    if (!isPrologue(text, from, next)) break
    directive ||= text[from] === '%'
    from = next
  }
  return '---\n'
}
