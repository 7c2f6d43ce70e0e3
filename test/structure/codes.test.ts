import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { guardReasons } from '../../src/guard/reasons.ts'
import { injectReasons } from '../../src/inject/reasons.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/reference/codes.md'), 'utf8')
const [, inject = '', guard = ''] = page.split(/^## /m)

const words = (section: string): readonly string[] =>
  [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, word = '']) => word)

t.test('docs/reference/codes.md has a line for every reason, and no other', async (t) => {
  t.same(words(inject).toSorted(), Object.keys(injectReasons).toSorted())
  t.same(words(guard).toSorted(), Object.keys(guardReasons).toSorted())
})

t.test('each line says what the reason means, in the words of the code', async (t) => {
  for (const [section, reasons] of [
    [inject, injectReasons],
    [guard, guardReasons]
  ] as const) {
    for (const [word, sentence] of Object.entries(reasons)) {
      t.ok(section.includes(`| \`${word}\` | ${sentence} |`), word)
    }
  }
})
