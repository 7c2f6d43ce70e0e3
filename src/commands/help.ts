import type { Flag, FlagTable } from './flags.ts'

const width = 110
const column = 34

/** The part of --help that a table of flags makes: one paragraph a flag. */
export function flagsHelp(table: FlagTable): string {
  return Object.entries(table)
    .map(([name, flag]) => flagHelp(name, flag))
    .join('')
}

function flagHelp(name: string, { short, value, help, values }: Flag): string {
  const opening = short === undefined ? '      ' : `  -${short}, `
  const left = `${opening}--${name}${value === undefined ? '' : ` ${value}`}`
  const text = values === undefined ? help : `${help} (default ${values[0]})`
  const lines = wrap(text, width - column)
  const rest = lines.map((line) => `${' '.repeat(column)}${line}\n`)
  return left.length + 1 < column
    ? `${left.padEnd(column)}${rest.join('').trimStart()}`
    : `${left}\n${rest.join('')}`
}

/** Breaks a text at spaces into lines of at most so many characters. */
export function wrap(text: string, most: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > most) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
