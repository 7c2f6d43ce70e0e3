import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { stripVTControlCharacters } from 'node:util'
import t, { type Test } from 'tap'
import type { Io } from '../../../src/commands/io.ts'
import { verify } from '../../../src/commands/verify/verify.ts'
import { expectedOf } from '../../../src/verify/webhooks/expected.ts'
import { type Program, type StandIn, standIn } from '../../cluster/stand-in-api.ts'
import { defaultConfig } from '../../config/default-config.ts'
import { dump, make } from '../../verify/certificates/authority.ts'
import { install } from '../../verify/objects/install.ts'
import { injectedByIstio, onSocket } from '../../verify/pods/pods.ts'
import { injector, mutating } from '../../verify/webhooks/configurations.ts'
import { rendered } from '../../verify/webhooks/rendered.ts'
import {
  answerFrom,
  chartObjects,
  forbidden,
  healthy,
  type Objects,
  paths,
  withBundle
} from './cluster-objects.ts'

const ca = await make({ name: 'webhook-ca', isCa: true })
const serving = await make({
  name: 'webhook',
  names: ['spiffe-webhook.spiffe-webhook.svc'],
  ip: '127.0.0.1',
  by: ca
})
const istiod = await make({ name: 'istiod', isCa: true })
const spire = await make({ name: 'spire', isCa: true })
const uri = 'spiffe://lab.test/ns/sock-shop/sa/default'
const right = healthy(ca, serving, istiod)
const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'

/** The end of a program that wrote this. */
const wrote = (text: string): Program => ({
  frames: [
    [1, text],
    [3, '{"status":"Success"}']
  ]
})

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function run(args: readonly string[], colours = false): Promise<Ran> {
  let [out, err] = ['', '']
  const io: Io = {
    stdin: (async function* () {})(),
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    colours
  }
  return { code: await verify.run(args, io), out, err }
}

const cluster = (t: Test, change: Objects = {}, exec?: () => Program): Promise<StandIn> =>
  standIn(t, {
    get: answerFrom({ ...right, ...change }),
    ...(exec === undefined ? {} : { exec })
  })

/** Runs against a cluster that is right but for a change, and reads the JSON. */
async function examine(
  t: Test,
  change: Objects,
  args: readonly string[] = [],
  exec?: () => Program
): Promise<{
  readonly code: number
  readonly told: Record<string, never>
  readonly reasons: unknown
}> {
  const { kubeconfig } = await cluster(t, change, exec)
  const { code, out, err } = await run(['--kubeconfig', kubeconfig, '-o', 'json', ...args])
  if (out === '') throw new Error(err)
  const told = JSON.parse(out)
  return { code, told, reasons: told.findings.map(({ reason }: { reason: string }) => reason) }
}

await t.test('a healthy cluster, as a person reads it', async (t) => {
  const { kubeconfig, asked } = await cluster(t)
  const { code, out, err } = await run(['--kubeconfig', kubeconfig, '--strict'])
  t.equal(err, '')
  t.equal(code, 0)
  t.match(out, /^ok {7}csi-driver {14}CSIDriver csi.spiffe.io: every field is right/)
  t.match(
    out,
    /ca-bundle +4 of 4 caBundles match the certificate in Secret spiffe-webhook\/spiffe-webhook-tls/
  )
  t.match(
    out,
    /\n\n12 checks, none failed: 0 errors, 0 warnings; 1 pod on the Workload API, 0 missed; spiffe-webhook \d\S+, Kubernetes v1.37.2 at http:\S+, all namespaces, \S+Z\n$/
  )
  t.ok(
    asked.every((request) => request.startsWith('GET ')),
    'and it only reads'
  )
  t.notMatch(out, '\u001b', 'no colours where nobody takes them')
  t.match((await run(['--kubeconfig', kubeconfig], true)).out, '\u001b[32mok')
})

await t.test('nodes that need nothing are not accused, and those in use are', async (t) => {
  const taints = [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }]
  const nodes = [{ metadata: { name: 'node-a' } }, { metadata: { name: 'cp' }, spec: { taints } }]
  const plain = await examine(t, { [paths.nodes]: nodes })
  t.same([plain.code, plain.reasons], [0, []])
  const there = { ...onSocket, spec: { ...onSocket.spec, nodeName: 'cp' } }
  const pods = [...(right[paths.pods] as readonly object[]), there]
  const used = await examine(t, { [paths.nodes]: nodes, [paths.pods]: pods })
  t.same([used.code, used.reasons], [1, ['DriverNotOnNode', 'AgentNotReady']])
})

await t.test('findings, as a person reads them: errors first, with a command each', async (t) => {
  const { kubeconfig } = await cluster(t, {
    [paths.csiDriver]: { spec: {} },
    [paths.pods]: [injectedByIstio],
    [paths.nodes]: forbidden,
    [paths.volumes]: [{ metadata: { name: 'pv' }, spec: { hostPath: { path: '/run' } } }]
  })
  const { code, out } = await run(['--kubeconfig', kubeconfig], true)
  t.equal(code, 1)
  const plain = stripVTControlCharacters(out)
  t.match(plain, /^FAILED {3}csi-driver/)
  t.match(plain, /\nunknown +driver-on-nodes/)
  t.match(plain, /\nwarning {2}persistent-volumes/)
  t.match(
    plain,
    /\nerror Missed Pod sock-shop\/front-end-1\n {2}not on the Workload API socket \(.*\)\n {2}\$ kubectl get pod/
  )
  t.match(plain, /\nwarning PersistentVolumeReachesSocket PersistentVolume pv\n/)
  t.match(plain, /\ninfo OpenShiftLabelMissing/)
  t.match(
    plain,
    /\nunknown nodes: needs permission to list \(for driver-on-nodes, agent-on-nodes\)\n {2}it is forbidden/
  )
  t.ok(plain.indexOf('error Missed') < plain.indexOf('warning Persistent'))
  t.match(plain, /\n\d of 12 checks failed: \d+ errors, 1 warning, 2 checks incomplete;/)
})

await t.test('the JSON is stable', async (t) => {
  const { code, told } = await examine(t, { [paths.pods]: [injectedByIstio] })
  t.equal(code, 1)
  t.same(Object.keys(told), [
    ...['healthy', 'program', 'cluster', 'time', 'namespace', 'selector', 'checks', 'findings'],
    ...['notSeen', 'pods', 'certificates', 'summary']
  ])
  t.match(told, {
    healthy: false,
    cluster: { version: 'v1.37.2' },
    namespace: null,
    findings: [
      {
        check: 'agent-on-nodes',
        reason: 'AgentNotReady',
        kind: 'Node',
        namespace: '',
        name: 'node-a'
      },
      { check: 'pods-on-socket', reason: 'Missed', severity: 'error', namespace: 'sock-shop' }
    ],
    pods: [{ namespace: 'sock-shop', missed: 1 }],
    summary: { checks: 12, failed: 2, errors: 2, warnings: 0, notSeen: 0 }
  })
  const { told: whole } = await examine(
    t,
    { [paths.pods]: [injectedByIstio], [paths.volumes]: forbidden },
    ['--exec'],
    () => wrote(dump(serving.cert, ca.cert))
  )
  const documented = readFileSync('docs/guides/verify.md', 'utf8').split('## JSON')[1] ?? ''
  for (const list of ['checks', 'findings', 'notSeen', 'pods', 'certificates'] as const) {
    const [, fields = ''] = new RegExp(`"${list}": +\\[\\{(.*)\\}\\]`).exec(documented) ?? []
    const wanted = [...fields.matchAll(/"(\w+)"/g)].map(([, field = '']) => field)
    t.ok(wanted.length > 2, list)
    t.same(Object.keys(whole[list]?.[0] ?? {}).sort(), wanted.sort(), `${list}, as documented`)
  }
})

await t.test('each refusal hides one fact and no more', async (t) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    [paths.csiDriver, ['csi-driver']],
    [paths.nodes, ['driver-on-nodes', 'agent-on-nodes']],
    [paths.csiNodes, ['driver-on-nodes']],
    [paths.daemonSets, ['agent-on-nodes']],
    [paths.mutating, ['webhook-configurations', 'webhook-order', 'ca-bundle', 'istio-injection']],
    [paths.validating, ['webhook-configurations', 'ca-bundle']],
    [paths.namespaces, ['istio-injection', 'pods-on-socket']],
    [paths.volumes, ['raw-socket', 'persistent-volumes']],
    [paths.secret, ['ca-bundle']]
  ]
  for (const [path, checks] of cases) {
    const { code, told, reasons } = await examine(t, { [path]: forbidden })
    const notSeen: readonly { readonly check: string }[] = told.notSeen ?? []
    t.same(
      notSeen.map(({ check }) => check),
      checks,
      path
    )
    t.same(reasons, [], path)
    t.equal(code, 0, path)
  }
  t.equal((await examine(t, { [paths.nodes]: forbidden }, ['--strict'])).code, 1)
  const pods = await examine(t, { [paths.pods]: forbidden })
  t.same([pods.code, pods.reasons], [1, ['PodsNotSeen']], 'but without pods there is no health')
})

/** A cluster whose webhook is installed as this version renders it, with a change of some entries. */
const installed = (edits: Parameters<typeof rendered>[0] = {}, version?: string): Objects => {
  const objects = Object.values(rendered(edits)).map((object) => {
    const { metadata } = object as { readonly metadata: { readonly labels: object } }
    const label = version === undefined ? {} : { 'app.kubernetes.io/version': version }
    const labels = { ...metadata.labels, ...label }
    return withBundle({ ...object, metadata: { ...metadata, labels } }, ca.cert)
  })
  return {
    [paths.mutating]: [injector(), objects[0]],
    [paths.validating]: [objects[1]],
    [paths.configMap]: { data: { 'config.yaml': '{}' } },
    ...replicas()
  }
}

/** The objects of the chart, and one replica of a configuration. */
function replicas(checksum = '', ready = 1): Objects {
  const annotations = checksum === '' ? {} : { 'spiffe-webhook/config-checksum': checksum }
  const containers = [{ name: 'webhook', image: 'spiffe-webhook:1' }]
  const objects = chartObjects({ ...install, values: undefined, checksum: sha256('{}') })
  const deployment = objects[paths.deployment] as { readonly spec: object }
  return {
    ...objects,
    [paths.deployment]: {
      ...deployment,
      spec: { ...deployment.spec, replicas: 1 },
      status: { readyReplicas: ready }
    },
    '/api/v1/namespaces/spiffe-webhook/pods': [
      { metadata: { name: 'webhook-1', annotations }, spec: { containers } }
    ]
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const spireAgent = {
  metadata: { name: 'spire-agent-x', namespace: 'spire-system' },
  spec: {
    serviceAccountName: 'spire-agent',
    containers: [{ name: 'agent', image: 'agent:1' }],
    volumes: [{ name: 'sockets', hostPath: { path: '/run/spire/agent-sockets' } }]
  },
  status: { phase: 'Running' }
}
const exemption = {
  namespace: 'spire-system',
  serviceAccount: 'spire-agent',
  paths: ['/run/spire/agent-sockets']
}
const configMap = '/api/v1/namespaces/spiffe-webhook/configmaps/spiffe-webhook'
const holding = (config: unknown): Objects => ({
  ...installed(),
  [paths.pods]: [...(right[paths.pods] as readonly unknown[]), spireAgent],
  [configMap]: {
    metadata: { name: 'spiffe-webhook', namespace: 'spiffe-webhook' },
    data: { 'config.yaml': JSON.stringify(config) }
  }
})

await t.test('the configuration of the webhook that is installed counts', async (t) => {
  const exempt = holding({
    guard: { exemptions: [...defaultConfig.guard.exemptions, exemption] }
  })
  const { reasons: spared } = await examine(t, exempt)
  t.notMatch(spared, ['RawSocket'], 'its exemptions hold')
  t.match((await examine(t, holding({}))).reasons, ['RawSocket'], 'and so do its refusals')
  const { reasons } = await examine(t, exempt, ['--config', 'test/fixtures/config/defaults.json'])
  t.same(reasons, ['ConfigMapChanged', 'RawSocket'], 'a file on the command line counts instead')
  const scheduled = ['--config', 'test/fixtures/config/defaults.json']
  const { told: byFile } = await examine(t, installed(), scheduled)
  const checks = (byFile.checks ?? []) as readonly { readonly check: string }[]
  t.ok(
    checks.some(({ check }) => check === 'chart-objects'),
    'and what is installed is compared all the same'
  )
  const hidden = await examine(t, { ...exempt, [configMap]: forbidden })
  t.match(hidden.told.notSeen, [
    { check: 'webhook-configurations', resource: 'configmaps', verb: 'get', why: 'it is forbidden' }
  ])
  t.match(hidden.reasons, ['RawSocket'], 'where it is not seen the defaults count')
  const { told } = await examine(t, holding({ guard: { newer: 1 } }))
  t.match(told.notSeen, [
    {
      why: /^ConfigMap spiffe-webhook\/spiffe-webhook is of another version \(guard\.newer.*\): give the configuration with --config$/
    }
  ])
})

await t.test('what is installed is compared with what this version renders', async (t) => {
  t.same((await examine(t, installed(), ['--strict'])).reasons, [])
  const never = await examine(
    t,
    installed({
      'enforce-pods': (webhook) => ({
        ...webhook,
        objectSelector: { matchLabels: { nothing: 'matches' } }
      })
    })
  )
  t.same([never.code, never.reasons], [1, ['EntryNarrowed']])
  t.match(never.told.findings, [
    { message: 'enforce-pods never asks: objectSelector matches no pod (nothing=matches)' }
  ])
  const some = await examine(t, {
    ...installed({
      'enforce-pods': (webhook) => ({
        ...webhook,
        objectSelector: { matchLabels: { app: 'front-end' } }
      })
    }),
    [paths.pods]: [
      ...(right[paths.pods] as readonly unknown[]),
      { ...onSocket, metadata: { ...onSocket.metadata, labels: { app: 'front-end' } } }
    ]
  })
  t.match(some.told.findings, [
    {
      message:
        'enforce-pods asks about less: objectSelector leaves out objects without app=front-end'
    }
  ])
})

await t.test(
  'the replicas of the webhook, and the configuration that they started with',
  async (t) => {
    const right = sha256('{}')
    t.same((await examine(t, { ...installed(), ...replicas(right) })).reasons, [])
    t.same((await examine(t, { ...installed(), ...replicas('old') })).reasons, ['ReplicasOutdated'])
    t.same((await examine(t, { ...installed(), ...replicas(right, 0) })).reasons, [
      'ReplicasNotReady'
    ])
    const hidden = await examine(t, { ...installed(), [paths.deployment]: forbidden })
    t.match(hidden.told.notSeen, [{ check: 'webhook-replicas', resource: 'deployments.apps' }])
  }
)

await t.test('another version is judged by its paths alone', async (t) => {
  const removed = { 'warn-templates': null }
  t.match((await examine(t, installed(removed))).reasons, ['EntryMissing'])
  t.same((await examine(t, installed(removed, '9.9.9'))).reasons, [])
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.match((await examine(t, installed(removed, version))).reasons, ['EntryMissing'])
})

await t.test('the policy, where it is installed', async (t) => {
  const [policy, binding] = expectedOf(defaultConfig).policy
  const at = (spec: object): Objects => ({
    ...installed(),
    [paths.policy]: policy,
    [paths.bindings]: [{ ...binding, spec: { policyName: 'spiffe-webhook', ...spec } }]
  })
  t.same((await examine(t, at({ validationActions: ['Deny'] }))).reasons, [])
  t.same((await examine(t, at({ validationActions: ['Audit'] }))).reasons, ['PolicyNotEnforced'])
  const { spec } = policy as { readonly spec: { readonly matchConstraints: object } }
  const objectSelector = { matchLabels: { nothing: 'matches' } }
  const narrowed = { ...spec, matchConstraints: { ...spec.matchConstraints, objectSelector } }
  const unmatched = await examine(t, {
    ...at({ validationActions: ['Deny'] }),
    [paths.policy]: { ...policy, spec: narrowed }
  })
  t.match(unmatched.told.findings, [{ message: /never asks: objectSelector matches no pod/ }])
  const hidden = await examine(t, { ...installed(), [paths.policy]: forbidden })
  t.match(hidden.told.notSeen, [
    { check: 'admission-policy', resource: /^validatingadmissionpolicies\./ }
  ])
})

await t.test('a Secret that holds nothing, or is not there, shows no certificate', async (t) => {
  for (const secret of [{ data: {} }, { status: 404 }] as const) {
    const { told } = await examine(t, { [paths.secret]: secret })
    t.match(told.notSeen, [{ check: 'ca-bundle', why: /holds no certificate/ }])
  }
})

await t.test('a server at an address shows its certificate itself', async (t) => {
  const server = createTlsServer({ cert: serving.cert + ca.cert, key: serving.key })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const at = (caBundle: string): Objects => ({
    [paths.mutating]: [
      injector(),
      mutating({
        clientConfig: {
          url: `https://127.0.0.1:${port}/inject`,
          caBundle: Buffer.from(caBundle).toString('base64')
        }
      })
    ]
  })
  const { told, reasons } = await examine(t, at(ca.cert))
  t.same(reasons, [])
  const checks: readonly { readonly check: string; readonly detail: string }[] = told.checks ?? []
  t.match(checks.find(({ check }) => check === 'ca-bundle')?.detail, `127.0.0.1:${port}`)
  t.same((await examine(t, at(istiod.cert))).reasons, ['CaBundleWrong'])
})

await t.test('pods with these labels, as kubectl has it', async (t) => {
  const { kubeconfig, asked } = await cluster(t)
  const { out, code } = await run(['--kubeconfig', kubeconfig, '-l', 'app in (front-end),!old'])
  t.equal(code, 0, out)
  t.match(out, /, all namespaces, pods with app in \(front-end\),!old, /)
  const pods = asked.filter((request) => request.startsWith('GET /api/v1/pods?'))
  t.match(decodeURIComponent(pods.join()), 'labelSelector=app+in+(front-end),!old')
  t.match((await examine(t, {}, ['-l', 'app=x'])).told, { selector: 'app=x', namespace: null })
  t.match(await run(['--kubeconfig', kubeconfig, '-l', 'app=a&limit=1']), {
    code: 64,
    err: /must be a label selector, as in app=cart/
  })
})

await t.test('one namespace', async (t) => {
  const one = await examine(t, {}, ['-n', 'sock-shop'])
  t.same([one.code, one.reasons], [0, []])
  t.match(one.told, { namespace: 'sock-shop', pods: [{ namespace: 'sock-shop', onSocket: 1 }] })
  const unseen = { [`${paths.namespaces}/sock-shop`]: forbidden }
  const hidden = await examine(t, unseen, ['-n', 'sock-shop'])
  t.match(hidden.told.pods, [{ onSocket: 1 }], 'taken for opted in where its labels are hidden')
  const other = { [`${paths.namespaces}/sock-shop`]: { metadata: { name: 'sock-shop' } } }
  t.same((await examine(t, other, ['-n', 'sock-shop'])).reasons, ['NamespaceNotOptedIn'])
  const { kubeconfig } = await cluster(t)
  const absent = await run(['--kubeconfig', kubeconfig, '-n', 'nowhere'])
  t.match(absent, { code: 64, out: '', err: /there is no namespace nowhere/ })
  const agents = { '/apis/apps/v1/namespaces/teleport/daemonsets': [] }
  const elsewhere = await examine(t, agents, ['--agent-namespace', 'teleport'])
  t.same(elsewhere.reasons, ['AgentMissing'])
})

await t.test('with --exec the Envoys are asked, and their certificates shown', async (t) => {
  const { cert } = await make({ name: 'x', uri, by: spire })
  const answer = wrote(dump(cert, spire.cert))
  const { kubeconfig } = await cluster(t, {}, () => answer)
  const { code, out } = await run(['--kubeconfig', kubeconfig, '--exec'])
  t.equal(code, 0)
  t.match(out, /ok +envoy-certificates +1 of 1 Envoys hold a certificate\n/)
  t.match(
    out,
    /Certificates that Envoy holds:\n {2}sock-shop\/front-end-1\n {4}spiffe:\/\/lab.test\/ns\/sock-shop\/sa\/default\n {4}serial [0-9a-f]+, by CN=spire, until \S+Z/
  )
})

await t.test('pods that were not looked at may stay on istiod', async (t) => {
  const { cert } = await make({ name: 'x', uri, by: spire })
  const mesh = { data: { mesh: 'trustDomain: lab.test' } }
  const change = { '/api/v1/namespaces/istio-system/configmaps/istio': mesh }
  const judge = async (...args: readonly string[]): Promise<readonly [string, unknown]> => {
    const answer = wrote(dump(cert, spire.cert))
    const { told, reasons } = await examine(t, change, ['--exec', ...args], () => answer)
    const checks: readonly { readonly detail: string }[] = told.checks ?? []
    return [checks.at(-1)?.detail ?? '', reasons]
  }
  t.match(await judge(), [/^every sidecar is on the Workload API/, []])
  for (const args of [
    ['-n', 'sock-shop'],
    ['-l', 'app=x']
  ]) {
    const reasons = ['RootNotDistributed', 'BundleWithoutIstiod']
    t.match(await judge(...args), [/^do not move the next namespace yet/, reasons])
  }
  const bare = { labels: { 'spiffe-webhook/injection': 'enabled' }, name: 'sock-shop' }
  const without = { [paths.namespaces]: [{ metadata: bare }], [paths.pods]: [] }
  t.match(String((await examine(t, without)).reasons), 'NamespaceNotInjected')
  t.notMatch(String((await examine(t, without, ['-l', 'app=x'])).reasons), 'NamespaceNotInjected')
})

await t.test('trust domains that an Envoy is federated with are named', async (t) => {
  const { cert } = await make({ name: 'x', uri, by: spire })
  const { configs } = JSON.parse(dump(cert, spire.cert))
  const trust_bundle = { inline_bytes: Buffer.from(spire.cert).toString('base64') }
  const trust_domains = ['lab.test', 'partner.test'].map((name) => ({ name, trust_bundle }))
  configs[1].secret.validation_context = {
    custom_validator_config: { typed_config: { trust_domains } }
  }
  const { kubeconfig } = await cluster(t, {}, () => wrote(JSON.stringify({ configs })))
  const { code, out } = await run(['--kubeconfig', kubeconfig, '--exec'])
  t.equal(code, 0)
  t.match(out, /until \S+Z\n {4}federated with partner\.test\n/)
})

await t.test('what a program in a pod says cannot steer the terminal', async (t) => {
  const exit = JSON.stringify({ status: 'Failure' })
  const { kubeconfig } = await cluster(t, {}, () => ({
    frames: [
      [2, 'usage\n\u001b[2J\u009b31m\u202eall is well'],
      [3, exit]
    ]
  }))
  const { out } = await run(['--kubeconfig', kubeconfig, '--exec'])
  t.match(out, 'could not be asked: \\u001b[2J\\u009b31m\\u202eall is well\n')
})

await t.test('a pod on the CA of istiod is found by its certificate', async (t) => {
  const { cert } = await make({ name: 'x', uri, by: istiod })
  const answer = wrote(dump(cert, istiod.cert))
  const fallen = await examine(t, {}, ['--exec'], () => answer)
  t.same([fallen.code, fallen.reasons], [1, ['IssuedByIstiod']])
  for (const roots of [{ status: 404 }, forbidden, { data: { 'root-cert.pem': broken } }]) {
    const { told, reasons } = await examine(t, { [paths.roots]: roots }, ['--exec'], () => answer)
    t.same(reasons, [])
    t.match(told.notSeen, [{ resource: 'configmaps' }], 'and not where its root is hidden')
  }
})

await t.test('certificates are in time by the clock of the API server', async (t) => {
  const ago = (minutes: number): number => Date.now() - minutes * 60_000
  const { cert } = await make({ name: 'x', uri, by: spire, from: ago(120), to: ago(60) })
  const answer = wrote(dump(cert, spire.cert))
  const isExpired = async (change: Objects): Promise<boolean> =>
    String((await examine(t, change, ['--exec'], () => answer)).reasons).includes('Expired')
  t.ok(await isExpired({}))
  const date = new Date(ago(100)).toUTCString()
  const slow = { '/version': { status: 200, body: {}, date } }
  t.notOk(await isExpired(slow), 'this machine is ahead')
  const { told } = await examine(t, slow)
  t.ok(Math.abs(Date.parse(told.time ?? '') - Date.parse(date)) < 60_000, 'and is the time told')
})

await t.test('rotation is waited for, and told in both cases', async (t) => {
  const first = await make({ name: 'x', uri, by: spire })
  const second = await make({ name: 'x', uri, by: spire })
  let asked = 0
  const rotates = (): Program => {
    asked += 1
    return wrote(dump(asked === 1 ? first.cert : second.cert, spire.cert))
  }
  const rotated = await examine(t, {}, ['--rotation', '20'], rotates)
  t.same([rotated.code, rotated.reasons], [0, []])
  t.match(rotated.told.certificates, [{ rotatedTo: /^[0-9a-f]+$/ }])
  const { kubeconfig } = await cluster(t, {}, () => {
    asked += 1
    return asked % 2 === 0 ? { refuse: 500 } : wrote(dump(first.cert, spire.cert))
  })
  asked = 0
  const still = await run(['--kubeconfig', kubeconfig, '--rotation', '1'])
  t.match(still, { code: 1, out: /error NotRotated Pod sock-shop\/front-end-1/ })
  const silent = await examine(t, {}, ['--rotation', '1'], () => ({ refuse: 403 }))
  const checks: readonly object[] = silent.told.checks ?? []
  t.match(checks.at(-2), { check: 'rotation', status: 'notSeen' }, 'nothing seen is no rotation')
  t.match(checks.at(-1), { check: 'trust', detail: /its trust is unknown/ })
  asked = 0
  const { kubeconfig: rollout } = await cluster(t, {}, () => {
    asked += 1
    return asked > 1 ? { refuse: 404 } : wrote(dump(first.cert, spire.cert))
  })
  const ended = await run(['--kubeconfig', rollout, '--rotation', '20'])
  t.match(ended, { code: 0, out: /0 of 0 certificates/ }, 'a pod that ended is not blamed')
  asked = 0
  const text = await run([
    '--kubeconfig',
    (await cluster(t, {}, rotates)).kubeconfig,
    '--rotation',
    '9'
  ])
  t.match(text.out, /serial [0-9a-f]+ -> [0-9a-f]+, by CN=spire/)
})

await t.test('metrics, printed and sent', async (t) => {
  const { cert } = await make({ name: 'x', uri, by: spire })
  const { kubeconfig } = await cluster(t, { [paths.csiNodes]: [] }, () =>
    wrote(dump(cert, spire.cert))
  )
  const sent: string[] = []
  let status = 200
  const gateway = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      sent.push(`${request.method} ${request.url}\n${body}`)
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
  t.teardown(() => gateway.close())
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/`
  const args = ['--kubeconfig', kubeconfig, '--exec', '-o', 'metrics', '--push-gateway']
  const { code, out } = await run([...args, url])
  t.equal(code, 1)
  t.match(
    out,
    /# TYPE spiffe_webhook_verify_findings gauge\nspiffe_webhook_verify_findings\{check="driver-on-nodes",reason="DriverNotOnNode",severity="error"\} 1\n/
  )
  t.match(out, /spiffe_webhook_verify_pods\{namespace="sock-shop",state="onSocket"\} 1\n/)
  t.match(out, /spiffe_webhook_verify_check_status\{check="csi-driver",status="ok"\} 1\n/)
  t.match(
    out,
    /_not_after_timestamp_seconds\{namespace="sock-shop",service_account="default"\} \d{10}\n/
  )
  t.match(out, /spiffe_webhook_verify_last_run_timestamp_seconds 1\d{9}/)
  t.match(sent, [/^PUT \/metrics\/job\/spiffe-webhook-verify\n# HELP/])
  status = 503
  t.match(
    await run([...args, url]),
    { code: 1, err: /did not take the metrics: push failed with status 503/ },
    'findings come first'
  )
  const fine = await cluster(t)
  const gone = ['--kubeconfig', fine.kubeconfig, '--push-gateway', 'http://127.0.0.1:1']
  t.match(await run(gone), { code: 70, err: /did not take the metrics: connect ECONNREFUSED/ })
  t.notMatch((await run(['--kubeconfig', fine.kubeconfig, '-o', 'metrics'])).out, '_findings{')
  const mixed = await cluster(t, { [paths.pods]: [onSocket, injectedByIstio] }, () =>
    wrote(dump(cert, spire.cert))
  )
  const twice = await run(['--kubeconfig', mixed.kubeconfig, '--exec', '-o', 'metrics'])
  t.equal(
    twice.out.match(/_not_after_timestamp_seconds\{/g)?.length,
    1,
    'pods of one service account in two states make one series'
  )
})

await t.test('a command line that is wrong is told whole', async (t) => {
  const args = ['--rotation', '0', '--pods', 'x', '-n', '../x', '--push-gateway', 'y']
  const { code, err } = await run([...args, '--config', '/nowhere'])
  t.equal(code, 64)
  t.match(err, /\/nowhere: cannot be read/)
  t.match(err, /--rotation "0": must be a whole number from 1 to 86400/)
  t.match(err, /--pods "x": must be a whole number/)
  t.match(err, /-n "..\/x": must be the name of a namespace/)
  t.match(err, /--push-gateway "y": must be an http or https address/)
  t.match(await run(['--exe']), { code: 64, err: /unknown flag --exe: did you mean --exec\?/ })
  t.match(await run(['--kubeconfig', '/nowhere']), {
    code: 64,
    err: /cannot be read as a kubeconfig/
  })
  const { kubeconfig } = await cluster(t)
  const context = await run(['--kubeconfig', kubeconfig, '--context', 'y'])
  t.match(context, { code: 64, err: /no context y: it names x/ })
  t.match(await run(['--help']), { code: 0, out: /^Usage: spiffe-webhook verify/ })
})

await t.test('an API server that is not there, or does not know us', async (t) => {
  const away = await standIn(t, { get: () => ({ status: 401 }) })
  t.match(await run(['--kubeconfig', away.kubeconfig]), {
    code: 69,
    out: '',
    err: /^spiffe-webhook verify: the API server does not take these credentials/
  })
  const gone = await standIn(t, { get: () => 'hangUp' })
  t.match(await run(['--kubeconfig', gone.kubeconfig]), {
    code: 69,
    out: '',
    err: /^spiffe-webhook verify: the API server http:\S+ cannot be reached: [^\n]+\n$/
  })
})

await t.test('a fault of the program is not taken for one of the cluster', async (t) => {
  const { kubeconfig } = await cluster(t, { [paths.namespaces]: [{ metadata: { name: 'x' } }] })
  const io: Io = {
    stdin: (async function* () {})(),
    out: () => {
      throw new Error('the disk is full')
    },
    err: () => undefined,
    colours: false
  }
  await t.rejects(verify.run(['--kubeconfig', kubeconfig], io), /the disk is full/)
})
