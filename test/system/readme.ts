import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What differs from run to run, and from checkout to release: images, names of pods, serial numbers, addresses and times. */
const passing: readonly (readonly [RegExp, string])[] = [
  [/-[a-z0-9]{8,10}-[a-z0-9]{5}\b/g, '-POD'],
  [/\b[0-9a-f]{32}\b/g, 'SERIAL'],
  [/(\S+@)?sha256:[0-9a-f]{64}/g, 'IMAGE'],
  [/serialNumber=\d+/g, 'serialNumber=NUMBER'],
  [/\d+ requests refused and \d+ let through/g, 'N requests refused and N let through'],
  [/https:\/\/[\d.]+:\d+/g, 'ADDRESS'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME']
]

const lasting = (text: string): string =>
  passing.reduce((kept, [pattern, word]) => kept.replace(pattern, word), text)

/**
 * What the README shows of a command, and what of the output stands in its place: the same text, if the README is
 * true. It may leave out the end, which a line with `…` says.
 */
export const inReadme = (
  command: string,
  out: string
): { readonly shown: string; readonly printed: string } => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
  const [, after] = readme.split(`\n$ npx spiffe-webhook ${command}\n`)
  if (after === undefined) throw new Error(`the README does not show ${command}`)
  const [block = ''] = after.split('```')
  const [shown = ''] = lasting(block).split(/^ *…$/m)
  return { shown, printed: lasting(out).slice(0, shown.length) }
}
