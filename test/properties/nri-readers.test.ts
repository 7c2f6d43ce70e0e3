import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { readPlainMounts } from '../../src/guard/nri-plain-yaml.ts'
import { nriText } from './nri-texts.ts'
import { runs } from './runs.ts'

/** What is read as null means an absent value to every consumer. */
const tidy = (value: unknown): string =>
  JSON.stringify(value, (key, part) => (key === 'options' && part === null ? [] : part))

t.test('a JavaScript reader of YAML 1.1 and 1.2 reads plain annotations alike', async (t) => {
  let plain = 0
  fc.assert(
    fc.property(nriText, (text) => {
      const read = readPlainMounts(text)
      if (read.kind === 'unreadable') return
      plain += 1
      for (const version of ['1.1', '1.2'] as const) {
        const other = tidy(parse(text, { version, merge: true, logLevel: 'silent' }))
        if (other !== tidy(read.mounts)) throw new Error(`${version}: ${other}`)
      }
    }),
    runs(5)
  )
  t.ok(plain > 500, `${plain} plain annotations`)
})
