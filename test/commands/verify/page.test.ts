import t from 'tap'
import { verifyData, verifyPage } from '../../../src/commands/verify/page.ts'
import type { ShownPod } from '../../../src/verify/pods/shown-pods.ts'
import type { Report } from '../../../src/verify/report.ts'

const pod = (name: string, state: ShownPod['state']): ShownPod => ({
  namespace: 'shop',
  name,
  node: 'n1',
  owner: 'Deployment/front',
  serviceAccount: 'front',
  state
})

const report: Report = {
  program: '0.2.0',
  server: 'https://lab.test',
  kubernetes: 'v1.37.2',
  time: '2026-11-28T00:00:00.000Z',
  namespace: undefined,
  selector: undefined,
  results: [
    {
      check: 'rotation',
      detail: 'fine',
      findings: [],
      notSeen: [{ resource: 'nodes', verb: 'list', why: 'no' }]
    }
  ],
  tallies: new Map(),
  svids: [
    {
      namespace: 'shop',
      pod: 'a',
      serviceAccount: 'front',
      spiffeId: 'spiffe://lab.test/ns/shop/sa/front',
      serialNumber: '1',
      issuer: 'CN=spire',
      notBefore: '2026-11-28T00:00:00.000Z',
      notAfter: '2026-11-28T01:00:00.000Z',
      federated: [],
      rotatedTo: '2'
    }
  ],
  map: {
    pods: [pod('a', 'onSocket'), pod('b', 'bypassing')],
    left: 3,
    nodes: { n1: 'agent ready' }
  }
}

await t.test('each pod is a row, with the identity of the Envoy that was asked', async (t) => {
  const { table, checks, unknown, verdict } = verifyData(report)
  t.match(table.rows, [
    [
      'shop',
      'a',
      'n1',
      'Deployment/front',
      'front',
      'on the Workload API',
      'spiffe://lab.test/ns/shop/sa/front',
      'CN=spire',
      '2026-11-28T01:00:00.000Z',
      '2'
    ],
    ['shop', 'b', 'n1', 'Deployment/front', 'front', 'bypasses the CSI driver', '', '', '', '']
  ])
  t.equal(table.columns.length, table.rows[0]?.length)
  for (const row of table.rows) t.ok(table.tones[row[table.state] ?? ''])
  t.match(table.title, '3 more are not on the page')
  t.same(table.notes, { n1: 'agent ready' })
  t.match(checks, [{ name: 'rotation', status: 'unknown' }])
  t.match(unknown, ['nodes: no permission to list (no)'])
  t.match(verdict, { ok: true })
})

await t.test('5,000 pods make a page under 5 MB', async (t) => {
  const pods = Array.from({ length: 5000 }, (_, index) =>
    pod(`front-${index}-with-a-long-name-of-its-own`, 'onSocket')
  )
  const svid = report.svids[0]
  const svids = pods.map(({ name }) => ({ ...svid, pod: name })) as Report['svids']
  const html = verifyPage({ ...report, svids, map: { pods, left: 0, nodes: {} } })
  t.ok(html.length < 5_000_000, `${html.length} characters`)
})
