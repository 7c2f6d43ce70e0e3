import { isPrologue } from './split-documents.ts'

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
