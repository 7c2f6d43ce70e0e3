import fc from 'fast-check'
import t from 'tap'
import { type NriMount, readPlainMounts } from '../../src/guard/nri-plain-yaml.ts'
import { type GoMount, readInGo } from './go-yaml.ts'
import { nriText } from './nri-texts.ts'

const batch = 50_000
const total = Math.max(100_000, Number(process.env.FUZZ_RUNS ?? 0))

const asGo = ({ source = '', destination = '', type = '', options = [] }: NriMount): GoMount => ({
  source,
  destination,
  type,
  options
})
const tidy = (mounts: readonly GoMount[] | null): string =>
  JSON.stringify(mounts?.map((mount) => ({ ...mount, options: mount.options ?? [] })))

t.test(
  `the plugin's own reader reads ${total} annotations alike, or they are refused`,
  async (t) => {
    const seed = Date.now()
    let plain = 0
    let differing = 0
    for (let done = 0; done < total; done += batch) {
      const texts = fc.sample(nriText, { numRuns: batch, seed: seed + done })
      const answers = await readInGo(texts)
      t.equal(answers.length, texts.length)
      for (const [index, written] of texts.entries()) {
        const read = readPlainMounts(written)
        if (read.kind === 'unreadable') continue
        plain += 1
        const ours = tidy(read.mounts.map(asGo))
        const { mounts = null, other = null } = answers[index] ?? {}
        if (tidy(mounts) === ours && tidy(other) === ours) continue
        differing += 1
        t.fail(`seed ${seed + done}`, { written, ours, mounts, other })
        if (differing > 5) return
      }
    }
    t.comment(`${plain} of ${total} are plain`)
    t.ok(plain > total / 10)
  }
)

t.test('Go reads a source where the guard refuses, so the refusal is for a reason', async (t) => {
  const hidden = [
    '- {&k source: /data, *k : /run/spire, destination: /x, type: bind, options: [rbind]}',
    '- source: /data #\u0085  source: /run/spire\n  destination: /x\n  type: bind',
    '- {destination: /x, Source: /run/spire}',
    '- {source: /data, \u017fource: /run/spire}',
    '- {source: "/data\\\n  /../run/spire"}'
  ]
  const answers = await readInGo(hidden)
  for (const [index, written] of hidden.entries()) {
    t.match(answers[index]?.mounts?.[0]?.source, /run\/spire$/, `hidden ${index}`)
    t.equal(readPlainMounts(written).kind, 'unreadable')
  }
})
