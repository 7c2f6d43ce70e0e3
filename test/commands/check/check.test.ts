import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { check } from '../../../src/commands/check/check.ts'
import { exitCodes } from '../../../src/commands/io.ts'
import { guardReasons } from '../../../src/guard/rules/rules.ts'
import { decisionTable, type Row, tableExemptions } from '../../guard/decision-table.ts'
import { runCommand } from '../run-command.ts'

const pod = (path: string, extra = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: []\n  volumes:\n  - {name: v, hostPath: {path: ${JSON.stringify(path)}}}\n${extra}`

/** The namespaces of the table's reviews, opted in, so that the final pod is judged too. */
function optingIn(reviews: readonly unknown[]): readonly unknown[] {
  const names = new Set(
    reviews.map((review) => (review as { request?: { namespace?: string } }).request?.namespace)
  )
  return [...names].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: name || 'default', labels: { 'spiffe-webhook/injection': 'enabled' } }
  }))
}

const configOf = ({ guard }: Row): string =>
  stringify({ guard: { exemptions: tableExemptions, ...guard } })

t.test('every row of the decision table gets its verdict from the command', async (t) => {
  const dir = t.testdir({})
  for (const row of decisionTable) {
    const config = `${dir}/config.yaml`
    writeFileSync(config, configOf(row))
    for (const [index, review] of row.reviews.entries()) {
      const stdin = [...optingIn([review]), review].map((value) => JSON.stringify(value)).join('\n')
      const args = ['-f', '-', '-o', 'json', '--config', config]
      const { code, out } = await runCommand(check, args, { stdin })
      const { summary } = JSON.parse(out)
      const verdict = summary.denied > 0 ? 'deny' : summary.warned > 0 ? 'warn' : 'allow'
      t.equal(verdict, row.verdict, `${row.id} ${index}: ${row.input}`)
      t.equal(code, row.verdict === 'deny' ? exitCodes.findings : exitCodes.clean, row.id)
    }
  }
})

t.test('JSON has the promised keys in the promised order, and nothing else', async (t) => {
  const { out } = await runCommand(check, ['-f', '-', '-o', 'json'], { stdin: pod('/run') })
  const report = JSON.parse(out)
  t.same(Object.keys(report), ['findings', 'summary', 'patterns'])
  t.same(Object.keys(report.summary), [
    'objects',
    'denied',
    'warned',
    'judged',
    'judgedByShape',
    'excluded',
    'notJudged'
  ])
  t.same(Object.keys(report.findings[0]), [
    'file',
    'document',
    'kind',
    'namespace',
    'name',
    'field',
    'path',
    'reason',
    'verdict',
    'message',
    'exemption',
    'foundBy'
  ])
  t.match(report.findings[0], { file: '-', document: 0, path: '/run', verdict: 'deny' })
})

t.test('SARIF lists every reason as a rule and says where in the file', async (t) => {
  const dir = t.testdir({ 'a b.yaml': pod('/run') })
  process.chdir(dir)
  const { out } = await runCommand(check, [
    '-f',
    'a b.yaml',
    '-f',
    `${dir}/a b.yaml`,
    '-o',
    'sarif'
  ])
  const [run] = JSON.parse(out).runs
  t.same(
    run.tool.driver.rules.map(({ id }: { id: string }) => id),
    Object.keys(guardReasons)
  )
  for (const rule of run.tool.driver.rules) t.ok(rule.help.text.length > 20, rule.id)
  const [first, second] = run.results
  t.equal(run.tool.driver.rules[first.ruleIndex].id, first.ruleId)
  t.match(first.locations[0].physicalLocation, {
    artifactLocation: { uri: 'a%20b.yaml' },
    region: { startLine: 7, startColumn: 32 }
  })
  t.match(second.locations[0].physicalLocation.artifactLocation.uri, /^file:\/\/\/.*a%20b\.yaml$/)
  t.equal(run.invocations[0].executionSuccessful, true)
})

t.test('a broken document is told and does not hide the others', async (t) => {
  const stdin = `a: [\n---\n${pod('/run')}`
  const text = await runCommand(check, ['-f', '-'], { stdin })
  t.equal(text.code, exitCodes.findingsAndUsage, 'both are said')
  t.match(text.out, /1 object read, 1 judged: 1 refusal, 0 warnings, 1 thing could not be read\n$/)
  t.match(text.err, /^spiffe-webhook check: -:\d+:\d+: Flow sequence/)
  const sarif = JSON.parse((await runCommand(check, ['-f', '-', '-o', 'sarif'], { stdin })).out)
  const [invocation] = sarif.runs[0].invocations
  t.equal(invocation.executionSuccessful, false)
  t.match(invocation.toolExecutionNotifications[0].message.text, /^-:\d+:\d+: Flow sequence/)
  const clean = await runCommand(check, ['-f', '-'], { stdin: `a: [\n---\n${pod('/data')}` })
  t.equal(clean.code, exitCodes.usage, 'not clean: nobody knows what stands in the broken one')
})

t.test('nothing to check is an error, never clean', async (t) => {
  for (const stdin of ['', '---\n', 'replicas: 2\n', '# only a comment']) {
    const { code, out, err } = await runCommand(check, ['-f', '-'], { stdin })
    t.equal(code, exitCodes.usage, stdin)
    t.equal(out, '')
    t.match(err, /nothing to check: the input contains no Kubernetes object/)
  }
  const allowed = await runCommand(check, ['-', '--allow-empty'], { stdin: 'replicas: 2\n' })
  t.equal(allowed.code, exitCodes.clean, 'unless it is said')
  t.equal(allowed.out, '0 objects read, 0 judged: 0 refusals, 0 warnings\n')
  const unread = await runCommand(check, ['-', '--allow-empty'], { stdin: 'a: [' })
  t.equal(unread.code, exitCodes.usage)
  const broken = await runCommand(check, ['-f', '-'], { stdin: 'a: [' })
  t.equal(broken.code, exitCodes.usage)
  t.notMatch(broken.err, /nothing to check/)
  const empty = await runCommand(check, ['-f', t.testdir({})])
  t.match(empty.err, /the folder contains no \.yaml, \.yml or \.json file/)
})

t.test(
  'pods in custom kinds are judged by their shape, and what is odd in them only warns',
  async (t) => {
    const rollout = pod('/run').replace('v1\nkind: Pod', 'x.io/v1\nkind: Rollout')
    const found = rollout.replace('containers: []', 'containers: [{image: i}]')
    const odd = found.replace('image: i', 'image: i, args: 3')
    const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: s}\n'
    const judged = async (stdin: string): Promise<unknown> =>
      JSON.parse((await runCommand(check, ['-o', 'json', '-'], { stdin })).out)
    t.match(await judged(`${found}---\n${service}`), {
      findings: [{ foundBy: 'shape', field: 'spec.volumes[0].hostPath.path', namespace: '' }],
      summary: { objects: 2, denied: 1, judged: 1, judgedByShape: 1, notJudged: 1 }
    })
    t.match(await judged(odd), {
      findings: [{ reason: 'Malformed', verdict: 'warn' }],
      summary: { denied: 0, warned: 1 }
    })
    t.match(await judged(service), { summary: { objects: 1, judged: 0, notJudged: 1 } })
  }
)

t.test(
  'files need no -f, folders and files can be excluded, Helm templates are recognised',
  async (t) => {
    const dir = t.testdir({
      'a.yaml': pod('/run'),
      chart: {
        templates: {
          'b.yaml': '{{- if .Values.b }}\na: b\n{{- end }}\n',
          'c.yaml': 'a: {{ .Values.c }}\n'
        }
      }
    })
    process.chdir(dir)
    const both = await runCommand(check, ['a.yaml', '-f', 'chart'])
    t.equal(both.code, exitCodes.findingsAndUsage)
    t.equal(
      both.err,
      'spiffe-webhook check: chart/templates/b.yaml (and 1 more): looks like a Helm template: pipe the output of "helm template" into this command, or use --exclude\n'
    )
    for (const glob of [
      'chart',
      'templates',
      '**/templates',
      'chart/templates/*.yaml',
      './chart/'
    ]) {
      const { code, err } = await runCommand(check, ['.', '--exclude', glob])
      t.equal(code, exitCodes.findings, glob)
      t.equal(err, '', glob)
    }
    const { code, err } = await runCommand(check, ['a.yaml', '--exclude', '*.yaml'])
    t.equal(code, exitCodes.usage)
    t.match(err, /nothing to read: every file is excluded/)
  }
)

t.test('warnings fail only when strict', async (t) => {
  const stdin = pod('/run/containerd/containerd.sock')
  t.equal((await runCommand(check, ['-f', '-'], { stdin })).code, exitCodes.clean)
  t.equal((await runCommand(check, ['-f', '-', '--strict'], { stdin })).code, exitCodes.findings)
  const harmless = { stdin: pod('/data') }
  t.equal((await runCommand(check, ['-f', '-', '--strict'], harmless)).code, exitCodes.clean)
})

t.test('scope optedIn asks the Namespace objects of the input', async (t) => {
  const optedIn =
    'apiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: {spiffe-webhook/injection: enabled}}\n---\n'
  const volume =
    '---\napiVersion: v1\nkind: PersistentVolume\nmetadata: {name: v}\nspec: {hostPath: {path: /run}}\n'
  const cases: readonly (readonly [string, string, readonly string[], number, number])[] = [
    ['everything is refused by default', pod('/run'), [], 1, 0],
    ['not known to opt in: a warning', pod('/run'), ['--scope', 'optedIn'], 0, 1],
    ['opted in: refused', optedIn + pod('/run'), ['--scope', 'optedIn'], 1, 0],
    [
      'another namespace: a warning',
      optedIn + pod('/run'),
      ['--scope', 'optedIn', '-n', 'x'],
      0,
      1
    ],
    ['a PersistentVolume: refused in both', pod('/data') + volume, ['--scope', 'optedIn'], 1, 0]
  ]
  for (const [sentence, stdin, args, denied, warned] of cases) {
    const { out, err } = await runCommand(check, ['-f', '-', '-o', 'json', ...args], { stdin })
    t.match(JSON.parse(out).summary, { denied, warned }, sentence)
    t.equal(
      /no Namespace object/.test(err),
      args.length > 0 && !stdin.startsWith(optedIn),
      sentence
    )
  }
})

t.test(
  'only a review answers for the final pod, and only where its namespace opts in',
  async (t) => {
    const file = join(
      import.meta.dirname,
      '../../fixtures/reviews/inject-native-sidecar-1st-call.json'
    )
    const review = JSON.parse(readFileSync(file, 'utf8'))
    const [namespace] = optingIn([review])
    const reasons = async (...objects: readonly unknown[]): Promise<readonly string[]> => {
      const stdin = objects.map((object) => JSON.stringify(object)).join('\n')
      const { out } = await runCommand(check, ['-f', '-', '-o', 'json'], { stdin })
      return JSON.parse(out).findings.map(({ reason }: { reason: string }) => reason)
    }
    t.same(await reasons(namespace, review), ['NotOnWorkloadApi'])
    t.same(await reasons(review), [])
    t.same(
      await reasons(namespace, review.request.object),
      [],
      'a manifest is still to be injected'
    )
  }
)

t.test('the creator of an exempt pod is whoever --as names', async (t) => {
  const dir = t.testdir({
    'c.yaml':
      'guard: {exemptions: [{namespace: a, serviceAccount: default, paths: [/run], creators: [alice]}]}'
  })
  const args = ['-f', '-', '-n', 'a', '--config', `${dir}/c.yaml`]
  const stdin = pod('/run')
  t.equal((await runCommand(check, [...args, '--as', 'alice'], { stdin })).code, exitCodes.clean)
  t.equal((await runCommand(check, [...args, '--as', 'bob'], { stdin })).code, exitCodes.findings)
  t.equal((await runCommand(check, args, { stdin })).code, exitCodes.findings)
})

t.test('a review that the webhook could not read is refused, as there', async (t) => {
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }
  for (const broken of [review, { ...review, request: {} }, { ...review, request: { uid: 'u' } }]) {
    const { code, out } = await runCommand(check, ['-f', '-', '-o', 'json'], {
      stdin: JSON.stringify(broken)
    })
    t.equal(code, exitCodes.findings)
    t.match(JSON.parse(out).findings, [{ reason: 'Malformed', kind: 'AdmissionReview', field: '' }])
  }
})

t.test('a finding is placed in a review, a List and an annotation', async (t) => {
  const list = {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      JSON.parse(JSON.stringify({ a: 1 })),
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { annotations: { 'mounts.nri.io/pod': '- source: /run' } },
        spec: { containers: [] }
      }
    ]
  }
  const { out } = await runCommand(check, ['-f', '-'], { stdin: JSON.stringify(list, null, 1) })
  t.match(
    out,
    /-:13:27: refused NriMountReachesSocket metadata\.annotations\["mounts\.nri\.io\/pod"\]/
  )
})

t.test('whoever waits at a terminal sees how far the reading is', async (t) => {
  const before = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY')
  t.teardown(() =>
    Object.defineProperty(process.stderr, 'isTTY', before ?? { value: undefined, writable: true })
  )
  const long = `# ${'x'.repeat(2_000_000)}\n${pod('/data')}`
  for (const [isTTY, stdin, err] of [
    [true, long, '\r\u001b[Kreading document 1, in -\r\u001b[K'],
    [false, long, ''],
    [true, pod('/data'), '']
  ] as const) {
    Object.defineProperty(process.stderr, 'isTTY', { value: isTTY, configurable: true })
    t.equal((await runCommand(check, ['-f', '-'], { stdin })).err, err)
  }
})

t.test('text is painted on a terminal', async (t) => {
  const painted = (stdin: string): Promise<{ out: string }> =>
    runCommand(check, ['-f', '-'], { stdin, colours: true })
  t.match((await painted(pod('/run'))).out, '\u001b[31mrefused\u001b[39m')
  t.match((await painted(pod('/run/containerd'))).out, '\u001b[33mwarning\u001b[39m')
  t.match((await painted(pod('/data'))).out, '\u001b[32m1 object read')
  t.notMatch((await runCommand(check, ['-f', '-'], { stdin: pod('/run') })).out, '\u001b')
})

t.test('the command line is checked', async (t) => {
  const { code, err } = await runCommand(check, ['--scope', 'all', '-o', 'xml', '--sctrict'])
  t.equal(code, exitCodes.usage)
  t.equal(
    err,
    `spiffe-webhook check: --scope "all": must be one of cluster, optedIn
spiffe-webhook check: -o "xml": must be one of text, json, sarif, junit, github
spiffe-webhook check: unknown flag --sctrict: did you mean --strict?
See spiffe-webhook check --help.
`
  )
  t.equal((await runCommand(check, ['-h'])).out, check.help)
  t.equal((await runCommand(check, [])).code, exitCodes.usage)
})
