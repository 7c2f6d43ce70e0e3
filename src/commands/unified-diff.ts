import { styleText } from 'node:util'
import { createTwoFilesPatch } from 'diff'

/** The unified difference of two texts of one file, in colours where asked; empty where they are equal. */
export function unifiedDiff(file: string, before: string, after: string, colours: boolean): string {
  if (before === after) return ''
  const patch = createTwoFilesPatch(file, file, before, after, undefined, undefined, { context: 2 })
  const lines = patch.split('\n').filter((line) => !/^(=====|Index: )/.test(line))
  return colours ? lines.map(paint).join('\n') : lines.join('\n')
}

function paint(line: string): string {
  if (line.startsWith('---') || line.startsWith('+++')) return colour('bold', line)
  if (line.startsWith('@@')) return colour('cyan', line)
  if (line.startsWith('+')) return colour('green', line)
  if (line.startsWith('-')) return colour('red', line)
  return line
}

/** The caller has asked the terminal already. */
function colour(format: 'bold' | 'cyan' | 'green' | 'red', text: string): string {
  return styleText(format, text, { validateStream: false })
}
