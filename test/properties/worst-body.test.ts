import t from 'tap'
import type { Genome, Part } from './hostile-body.ts'
import { costOf, findWorst } from './worst-body.ts'

/** A quick look, or what FUZZ_RUNS pays for: 200 seconds for 100,000. */
const seconds = Number(process.env.FUZZ_RUNS ?? 0) / 500 || 4
const isQuick = seconds <= 10

/** Milliseconds of CPU time that 64 KB of a body may cost beyond JSON.parse. */
const limit = 20

const genome = (request: string, ...parts: readonly Partial<Part>[]): Genome => ({
  request,
  parts: parts.map((part) => ({ place: 'hostPath', unit: 'a', length: 1, share: 1, ...part }))
})

/** Bodies that cost too much once, or that cost most since. */
const known: readonly Genome[] = [
  genome('create', { place: 'nri', unit: '[}', length: 1e7 }),
  genome('everyApp', { place: 'appContainer' }, { place: 'volumeName' }),
  genome('mirror', { place: 'nri', unit: '- {source: /run}\n', length: 65_536 }),
  genome('update', { place: 'nri', unit: '- options:\n  - a\n', length: 1024 }),
  genome('create', { place: 'certs' }),
  genome('everyApp', { place: 'sameVolume' }),
  genome('sharing', { place: 'ephemeral' }, { place: 'mountingContainer', unit: '/x' }),
  genome('create', { place: 'capability', unit: 'SYS_ADMIN' }),
  genome('updatedTemplate', { place: 'capability', unit: '1.2.', length: 8 }),
  genome('updatedTemplate', { place: 'capability' }),
  genome('storageClass', { place: 'openEbs', unit: '/' }),
  genome('updatedVolume', { place: 'local', unit: '/.', length: 1e7 }),
  genome('binding', { place: 'nri', unit: '- {source: /run}\n', length: 65_536 }),
  genome('create', { unit: '/.', length: 1e7 }),
  genome('update', { unit: '/run/spire' })
]

// The long one first: it also lets the compiler do its work, which is done once for a server.
t.test('no body that is known costs more for each 64 KB, however long', async (t) => {
  for (const [index, each] of known.entries()) {
    for (const size of [isQuick ? 524_288 : 2_097_152, 65_536]) {
      const { cost, endpoint } = costOf(each, size, 3)
      t.ok(cost < limit, `${index}: ${cost.toFixed(1)} ms for each 64 KB of ${size} (${endpoint})`)
    }
  }
})

t.test(`no body that ${seconds} seconds of search find costs more`, async (t) => {
  const seed = Date.now()
  const size = isQuick ? 131_072 : 524_288
  for (const found of findWorst(size, seconds * 1000, seed).slice(0, 5)) {
    for (const bytes of [size, 4 * size]) {
      const { cost, endpoint } = costOf(found.genome, bytes, 3)
      const what = `${cost.toFixed(1)} ms for each 64 KB of ${bytes} (${endpoint})`
      t.ok(cost < limit, `${what}, seed ${seed}: ${JSON.stringify(found.genome)}`)
    }
  }
})
