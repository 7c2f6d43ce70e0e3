import t from 'tap'
import { stringify } from 'yaml'
import { decisionTable, tableExemptions } from '../guard/decision-table.ts'
import { run } from './run.ts'

const pod = (path: string): string => `apiVersion: v1
kind: Pod
metadata: {name: p, namespace: app}
spec:
  volumes:
  - name: v
    hostPath:
      path: ${path}
`
const clean = pod('/data')
const bad = pod('/var/run')
const warned = pod('/run/docker.sock')

t.test('every row of the decision table gets its verdict from its review', async (t) => {
  for (const row of decisionTable) {
    const config = `${t.testdir({ 'config.yaml': stringify({ guard: { exemptions: tableExemptions, ...row.guard } }) })}/config.yaml`
    for (const review of row.reviews) {
      const ran = await run(
        'check',
        ['-f', '-', '-o', 'json', '--config', config],
        JSON.stringify(review)
      )
      const { summary } = JSON.parse(ran.out)
      const verdict = summary.denied > 0 ? 'deny' : summary.warned > 0 ? 'warn' : 'allow'
      t.equal(verdict, row.verdict, `${row.id}: ${row.input}`)
      t.equal(ran.code, row.verdict === 'deny' ? 1 : 0, row.id)
    }
  }
})

t.test('every row about a new object gets it from the manifest too', async (t) => {
  let asked = 0
  for (const row of decisionTable) {
    const config = `${t.testdir({ 'config.yaml': stringify({ guard: { exemptions: tableExemptions, ...row.guard } }) })}/config.yaml`
    for (const { request } of row.reviews as readonly { request: Record<string, never> }[]) {
      const { operation, object, subResource, userInfo } = request as Record<string, unknown>
      const { username = '', groups = [] } = userInfo as { username?: string; groups?: string[] }
      const isUnknown = row.id === 'rev-unknown' || groups.includes('system:nodes')
      if (operation !== 'CREATE' || object === null || subResource !== undefined || isUnknown)
        continue
      asked += 1
      const args = ['-f', '-', '-o', 'json', '--config', config, '--as', username]
      const { summary } = JSON.parse((await run('check', args, JSON.stringify(object))).out)
      const verdict = summary.denied > 0 ? 'deny' : summary.warned > 0 ? 'warn' : 'allow'
      t.equal(verdict, row.verdict, `${row.id}: ${row.input}`)
    }
  }
  t.ok(asked > 100, `${asked} manifests`)
})

t.test('text names file, line, object, reason and remedy, and closes with counts', async (t) => {
  const { code, out } = await run('check', ['-f', '-'], bad)
  t.equal(code, 1)
  t.equal(
    out,
    `Pod/app/p
  -:8:13: refused HostPathReachesSocket spec.volumes[0].hostPath.path
    hostPath volume "v" (/var/run) reaches the Workload API socket (/run/spire/agent-sockets)
    instead: use a csi.spiffe.io volume

1 object checked: 1 finding would be refused, 0 warnings
`
  )
  t.match((await run('check', ['-f', '-'], bad, true)).out, '\u001B[31mrefused')
})

t.test('JSON has the promised shape', async (t) => {
  const { out } = await run('check', ['-f', '-', '-o', 'json'], `${clean}---\n${bad}`)
  t.same(JSON.parse(out), {
    findings: [
      {
        file: '-',
        document: 1,
        kind: 'Pod',
        namespace: 'app',
        name: 'p',
        field: 'spec.volumes[0].hostPath.path',
        path: '/var/run',
        reason: 'HostPathReachesSocket',
        verdict: 'deny',
        message:
          'hostPath volume "v" (/var/run) reaches the Workload API socket (/run/spire/agent-sockets): use a csi.spiffe.io volume'
      }
    ],
    summary: { objects: 2, denied: 1, warned: 0 }
  })
})

t.test('SARIF points at the line', async (t) => {
  const { out } = await run('check', ['-f', '-', '-o', 'sarif'], `${bad}---\n${warned}`)
  const [run1] = JSON.parse(out).runs
  const ids = run1.tool.driver.rules.map(({ id }: { readonly id: string }) => id)
  t.match(run1.results, [
    {
      ruleIndex: ids.indexOf('HostPathReachesSocket'),
      level: 'error',
      locations: [{ physicalLocation: { region: { startLine: 8, startColumn: 13 } } }]
    },
    {
      ruleIndex: ids.indexOf('ContainerRuntimeSocket'),
      level: 'warning',
      locations: [{ physicalLocation: { region: { startLine: 17 } } }]
    }
  ])
})

t.test('warnings fail only where asked', async (t) => {
  t.equal((await run('check', ['-f', '-'], warned)).code, 0)
  t.equal((await run('check', ['-f', '-', '--strict'], warned)).code, 1)
  t.equal((await run('check', ['-f', '-', '--strict'], clean)).code, 0)
})

t.test('with scope optedIn the Namespace objects of the input decide', async (t) => {
  const namespace = (labels: object): string =>
    stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'app', labels } })
  const volume = stringify({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'pv' },
    spec: { local: { path: '/run' } }
  })
  const opted = namespace({ 'spiffe-webhook/injection': 'enabled' })
  const args = ['-f', '-', '--scope', 'optedIn']
  t.equal((await run('check', args, bad)).code, 0)
  t.equal((await run('check', args, `${namespace({})}---\n${bad}`)).code, 0)
  t.equal((await run('check', args, `${bad}---\n${opted}`)).code, 1)
  t.equal((await run('check', args, volume)).code, 1, 'a PersistentVolume has no namespace')
})

t.test('nothing to check is an error, and what cannot be read never passes', async (t) => {
  t.match(await run('check', ['-f', '-'], ''), { code: 64, err: /holds no Kubernetes object/ })
  t.match(await run('check', ['-f', '-'], 'a: 1'), { code: 64 })
  t.match(await run('check', ['-f', '-'], `${clean}---\na: [`), { code: 64, err: /-:\d+:\d+: / })
  t.match(await run('check', ['-f', '/absent']), { code: 64, err: /\/absent: cannot be read/ })
  t.match(await run('check', ['-f', t.testdir({})]), {
    code: 64,
    err: /holds no \.yaml, \.yml or \.json/
  })
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
    .split('')
    .map((key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]\n`)
    .join('')}`
  t.match(await run('check', ['-f', '-'], bomb), { code: 64, err: /alias/i })
  const binary = t.testdir({ 'x.yaml': Buffer.from([0xff, 0xfe, 0x00]) })
  t.match(await run('check', ['-f', binary]), { code: 64, err: /cannot be read/ })
})

t.test('folders are read by name, with windows line ends and byte order marks', async (t) => {
  const folder = t.testdir({
    'b.yaml': bad,
    'a.yml': `\ufeff${clean.replaceAll('\n', '\r\n')}`,
    deep: {
      'c.json': JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {},
        spec: { volumes: [{ name: 'v', hostPath: { path: 'x' } }] }
      })
    },
    'notes.txt': 'not: read'
  })
  const { out } = await run('check', ['-f', folder, '-o', 'json'])
  const { findings, summary } = JSON.parse(out)
  t.same(summary, { objects: 3, denied: 2, warned: 0 })
  t.same(
    findings.map(({ file }: { file: string }) => file.slice(folder.length)),
    ['/b.yaml', '/deep/c.json']
  )
})

t.test('booleans are read as Kubernetes reads them', async (t) => {
  const csi = `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  volumes:\n  - {name: v, csi: {driver: csi.spiffe.io, readOnly: yes}}\n`
  t.equal((await run('check', ['-f', '-', '--strict'], csi)).code, 0)
})
