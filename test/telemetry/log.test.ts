import t from 'tap'
import type { DecisionRecord } from '../../src/admission/review.ts'
import { type Log, makeLog } from '../../src/telemetry/log.ts'

const record: DecisionRecord = {
  uid: 'u',
  namespace: 'shop',
  name: 'front-end-',
  owner: 'ReplicaSet/front-end',
  kind: 'Pod',
  operation: 'CREATE',
  dryRun: false,
  decision: 'injected',
  reason: 'Injected',
  operations: 9
}

function logTo(level: 'info' | 'warn'): Log & { readonly lines: string[] } {
  const lines: string[] = []
  return { ...makeLog({ level }, { write: (line) => lines.push(line) }), lines }
}

t.test('a decision is one line, with every name and the time it took', async (t) => {
  const { decision, lines } = logTo('info')
  decision('/inject', record, 0.123456)
  t.equal(lines.length, 1)
  t.match(lines[0], /^\{"level":"info",.*\}\n$/)
  const { time, ...line } = JSON.parse(lines[0] ?? '')
  t.match(time, /^\d{4}-\d\d-\d\dT/)
  const said = { level: 'info', endpoint: '/inject', milliseconds: 0.123, msg: 'decision' }
  t.strictSame(line, { ...record, ...said })
})

t.test('above info no decision is written', async (t) => {
  const { decision, lines } = logTo('warn')
  decision('/inject', record, 1)
  t.same(lines, [])
})

t.test('a caller cannot make a line of any length, nor two of one', async (t) => {
  const { decision, lines } = logTo('info')
  const long = '\n'.repeat(1_000_000)
  const names = { uid: long, namespace: long, name: long, owner: long, kind: long, operation: long }
  decision('/inject', { ...record, ...names }, 1)
  t.equal(lines[0]?.match(/\n/g)?.length, 1)
  t.ok((lines[0]?.length ?? 0) < 8000, `${lines[0]?.length} characters`)
})
