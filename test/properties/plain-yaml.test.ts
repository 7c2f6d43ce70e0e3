import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { findFaults, parseYaml } from '../../src/manifests/kubernetes-yaml.ts'
import { readPlainYaml } from '../../src/manifests/plain-yaml.ts'
import { splitDocuments } from '../../src/manifests/split-and-join.ts'
import { yamlText } from './plain-yaml-texts.ts'
import { runs } from './runs.ts'

t.test('what is read as plain YAML is read alike by the library', async (t) => {
  let plain = 0
  let all = 0
  fc.assert(
    fc.property(yamlText, (text) => {
      for (const piece of splitDocuments(text)) {
        all += 1
        const read = readPlainYaml(piece)
        if (read === undefined) continue
        plain += 1
        const document = parseYaml(piece)
        const faults = findFaults(document, piece)
        if (faults.length > 0) throw new Error(`a fault: ${faults[0]?.what}`)
        const value: unknown = document.toJS({ maxAliasCount: -1 })
        if (!isDeepStrictEqual(read.value, value)) {
          throw new Error(`${JSON.stringify(read.value)} instead of ${JSON.stringify(value)}`)
        }
      }
    }),
    runs(2)
  )
  t.comment(`${plain} of ${all} documents are plain`)
  t.ok(plain > all / 10)
})
