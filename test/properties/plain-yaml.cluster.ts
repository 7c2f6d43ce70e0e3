import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { readPlainYaml } from '../../src/manifests/plain-yaml.ts'
import { splitDocuments } from '../../src/manifests/split-and-join.ts'
import { readInGo } from './go-yaml.ts'
import { yamlText } from './plain-yaml-texts.ts'

const total = Math.max(50_000, Number(process.env.FUZZ_RUNS ?? 0))
const batch = 50_000

/** As JSON writes it, where -0 is 0. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

t.test(`kubectl's own reader reads what is plain of ${total} texts alike`, async (t) => {
  const seed = Date.now()
  let plain = 0
  let differing = 0
  for (let done = 0; done < total && differing < 5; done += batch) {
    const texts = fc
      .sample(yamlText, { numRuns: batch, seed: seed + done })
      .flatMap((text) => splitDocuments(text))
      .flatMap((text) => {
        const read = readPlainYaml(text)
        return read === undefined ? [] : [{ text, value: read.value }]
      })
    const answers = await readInGo(texts.map(({ text }) => text))
    plain += texts.length
    for (const [index, { text, value }] of texts.entries()) {
      const found = answers[index]?.value
      if (isDeepStrictEqual(asJson(value), asJson(found))) continue
      differing += 1
      t.fail(`seed ${seed + done}`, { text, value, found })
    }
  }
  t.comment(`${plain} are plain`)
  t.ok(plain > total / 10)
})
