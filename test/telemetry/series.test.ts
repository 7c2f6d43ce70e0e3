import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { createAdmission } from '../../src/admission/admission.ts'
import type { Outcome } from '../../src/admission/review.ts'
import { decisionSeries, type Series } from '../../src/telemetry/series.ts'
import { defaultConfig } from '../config/default-config.ts'
import { decisionTable, tableExemptions } from '../guard/decision-table.ts'
import { review } from '../guard/decision-table-objects.ts'

const known = new Set(decisionSeries.map((series) => series.join(' ')))
const seen = new Set<string>()

const count = (endpoint: Series[0], outcome: Outcome): void => {
  if (outcome.kind === 'answered') {
    seen.add([endpoint, outcome.record.decision, outcome.record.reason].join(' '))
  }
}

for (const { guard, reviews } of decisionTable) {
  const settings = { ...defaultConfig.guard, exemptions: tableExemptions, ...guard }
  const engine = createAdmission({ ...defaultConfig, guard: settings })
  for (const body of reviews) {
    for (const mode of ['enforce', 'enforce-host-paths', 'warn'] as const) {
      count(`/guard/${mode}`, engine.guard(mode, body))
    }
  }
}

const folder = join(import.meta.dirname, '../fixtures/inject')
for (const name of readdirSync(folder)) {
  const engine = createAdmission(defaultConfig)
  const pod = parse(readFileSync(join(folder, name, 'pod.yaml'), 'utf8'))
  const body = review({ apiVersion: 'v1', kind: 'Pod', metadata: {}, ...pod })
  for (const mode of ['enforce', 'warn'] as const) count(`/guard/${mode}`, engine.guard(mode, body))
  count('/inject', engine.inject(body))
}

t.test('whatever is decided is on the list, so it was 0 before', async (t) => {
  t.same(
    [...seen].filter((series) => !known.has(series)),
    []
  )
})

t.test('most of the list is shown by some case', async (t) => {
  const unseen = [...known].filter((series) => !seen.has(series))
  t.comment(unseen.join('\n'))
  t.ok(unseen.length < known.size * 0.4, `${unseen.length} of ${known.size}`)
  t.equal(known.size, decisionSeries.length, 'no series twice')
})
