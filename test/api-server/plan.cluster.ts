import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import type { Cluster } from '../lab/cluster.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { startIstio } from '../lab/start-istio.ts'
import { until } from '../lab/until.ts'
import { installWebhook } from './webhook.ts'

/*
 * What `plan` says beforehand against what the API server then does, with the chart by real Helm after real Istio.
 * Processes on this machine stand in for the Deployment's pods: the cluster has no node, so pods are created and do
 * not run.
 */

interface PlannedWorkload {
  readonly kind: string
  readonly name: string
  readonly pods: number
  readonly after: { readonly state: string; readonly reason?: string }
  readonly restart?: string
}

interface Planned {
  readonly namespaces: readonly {
    readonly name: string
    readonly workloads: readonly PlannedWorkload[]
  }[]
  readonly suggested: { readonly exemptions: readonly { readonly exemption: object }[] }
}

/** Runs the real command line; JSON of one namespace. */
async function plan(
  cluster: Cluster,
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly planned: Planned }> {
  const command = ['-u', 'NODE_OPTIONS', process.execPath, 'src/main.ts', 'plan', '-o', 'json']
  const child = spawn('env', [...command, ...args], {
    env: { PATH: process.env.PATH, KUBECONFIG: cluster.kubeconfig }
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (text) => {
    out += text
  })
  child.stderr.on('data', (text) => {
    err += text
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  if (out === '') throw new Error(err)
  return { code, planned: JSON.parse(out) }
}

/** How the pods of a workload differ from a plain application. */
type Variant = readonly [name: string, metadata: object, spec: object]

const hostPath = (path: string): object => ({ volumes: [{ name: 'host', hostPath: { path } }] })
const variants: readonly Variant[] = [
  ['plain', {}, {}],
  ['account', {}, { serviceAccountName: 'default', shareProcessNamespace: true }],
  ['logs', {}, hostPath('/var/log/app')],
  ['opted-out', { labels: { 'spiffe-webhook/inject': 'false' } }, {}],
  ['grpc', { annotations: { 'inject.istio.io/templates': 'grpc-agent' } }, {}],
  ['outside', { labels: { 'sidecar.istio.io/inject': 'false' } }, {}],
  ['host-network', {}, { hostNetwork: true }],
  ['socket', {}, hostPath('/run/spire/agent-sockets')],
  ['root', {}, hostPath('/')],
  ['proc', {}, hostPath('/proc')]
]

/** Three owners of each variant: what makes pods in a cluster without a node. */
const kinds = ['Deployment', 'StatefulSet', 'ReplicaSet'] as const

function workload(kind: (typeof kinds)[number], [variant, metadata, spec]: Variant): object {
  const name = `${variant}-${kind.toLowerCase()}`
  const { labels = {}, ...rest } = metadata as { labels?: object }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      template: {
        metadata: { labels: { app: name, ...labels }, ...rest },
        spec: { containers: [{ name: 'app', image: 'registry.test/app:1' }], ...spec }
      }
    }
  }
}

const cluster = await startCluster({ kubernetes: '1.37' })
t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
await startIstio(cluster, { trustDomain: 'lab.test' })
await installWebhook(cluster)
const apply = (
  objects: readonly object[],
  ...args: readonly string[]
): ReturnType<Cluster['kubectl']> =>
  cluster.kubectl(['apply', ...args, '-f', '-'], {
    input: objects.map((object) => JSON.stringify(object)).join('\n---\n')
  })

/** The state that the newest pod of an owner is in, and refusals of its creation. */
async function stateOf(namespace: string, name: string): Promise<string> {
  const { stdout } = await cluster.kubectl([
    '-n',
    namespace,
    'get',
    'pods',
    '-l',
    `app=${name}`,
    '-o',
    'json'
  ])
  const [pod] = JSON.parse(stdout).items
  if (pod !== undefined)
    return String(pod.metadata.annotations?.['spiffe-webhook/status'] ?? 'none')
  const events = await cluster.kubectl(['-n', namespace, 'get', 'events', '-o', 'json'])
  const failed = JSON.parse(events.stdout).items.find(
    (event: { reason: string; involvedObject: { name: string } }) =>
      event.reason === 'FailedCreate' && event.involvedObject.name.startsWith(name)
  )
  return failed === undefined ? 'waiting' : `refused ${failed.message}`
}

const podNames = async (): Promise<readonly string[]> => {
  const uids = '{range .items[*]}{.metadata.uid}{"\\n"}{end}'
  const { stdout } = await cluster.kubectl(['-n', 'late', 'get', 'pods', '-o', `jsonpath=${uids}`])
  return stdout.trim().split('\n')
}

await t.test('what a label will do to 30 workloads is what it then does', async (t) => {
  await cluster.namespace('late', { 'istio-injection': 'enabled' })
  const objects = kinds.flatMap((kind) => variants.map((variant) => workload(kind, variant)))
  await apply(objects, '-n', 'late')
  await until('every pod is created', async () => {
    const { stdout } = await cluster.kubectl(['-n', 'late', 'get', 'pods', '-o', 'name'])
    return stdout.trim().split('\n').length === objects.length
  })
  const { code, planned } = await plan(cluster, '--label', 'late', '-n', 'late')
  t.equal(code, 1, 'nine of them break')
  const workloads = planned.namespaces.find(({ name }) => name === 'late')?.workloads ?? []
  t.equal(workloads.length, objects.length)
  await cluster.kubectl(['label', 'namespace', 'late', 'spiffe-webhook/injection=enabled'])
  await sleep(2000)
  await cluster.kubectl(['-n', 'late', 'delete', 'events', '--all'])
  const before = await podNames()
  await cluster.kubectl(['-n', 'late', 'delete', 'pods', '--all', '--grace-period=0', '--force'])
  await until('the old pods are gone', async () => {
    const now = new Set(await podNames())
    return before.every((uid) => !now.has(uid))
  })
  for (const { kind, name, after } of workloads) {
    let state = ''
    await until(`${kind}/${name} is created or refused`, async () => {
      state = await stateOf('late', name)
      return state !== 'waiting'
    })
    const expected =
      after.state === 'moved'
        ? /^injected$/
        : after.state === 'stays'
          ? // A pod without istio-proxy is never sent to /inject, so nothing is written into it.
            new RegExp(after.reason === 'NoIstioProxy' ? '^none$' : `^skipped: ${after.reason}$`)
          : new RegExp(`^refused .*${after.reason}`)
    t.match(state, expected, `${kind}/${name}: ${after.state} ${after.reason ?? ''}`)
  }
  const again = await plan(cluster, '--label', 'late', '-n', 'late')
  const states = again.planned.namespaces.flatMap(({ workloads }) =>
    workloads.map(({ after }) => after.state)
  )
  t.notOk(states.includes('moved'), 'after it, nothing is left to be moved')
})

await t.test('what a wider scope will refuse is what the API server then refuses', async (t) => {
  const { readdirSync, readFileSync } = await import('node:fs')
  const folder = 'test/fixtures/daemon-sets'
  const all = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => parseAllDocuments(readFileSync(`${folder}/${name}`, 'utf8')))
    .map((document) => document.toJS())
    .filter((object) => object?.kind === 'DaemonSet' && object.metadata.namespace !== 'kube-system')
  t.ok(all.length >= 20, `${all.length} DaemonSets`)
  const namespaces = new Set(all.map(({ metadata }) => metadata.namespace ?? 'default'))
  for (const name of namespaces) if (name !== 'default') await cluster.namespace(name)
  await apply(all)
  const { planned } = await plan(cluster, '--scope', 'cluster')
  const refused = (said: Planned): readonly string[] =>
    said.namespaces
      .filter(({ name }) => namespaces.has(name))
      .flatMap(({ name, workloads }) =>
        workloads
          .filter(({ kind, after }) => kind === 'DaemonSet' && after.state === 'refused')
          .map((one) => `${name}/${one.name}`)
      )
      .toSorted()
  const expected = refused(planned)
  t.ok(expected.length > 3 && expected.length < all.length, `${expected.length} are refused`)
  const create = async (): Promise<readonly string[]> => {
    const found: string[] = []
    for (const object of all) {
      const copy = {
        ...object,
        metadata: { ...object.metadata, name: `${object.metadata.name}-2` }
      }
      const { code, stderr } = await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], {
        input: JSON.stringify(copy),
        allowFailure: true
      })
      const at = `${object.metadata.namespace ?? 'default'}/${object.metadata.name}`
      if (code !== 0 && /denied the request/.test(stderr)) found.push(at)
      else if (code !== 0) t.fail(stderr)
    }
    return found.toSorted()
  }
  await installScope(cluster, { scope: 'cluster' })
  t.same(await create(), expected)

  const exemptions = planned.suggested.exemptions.map(({ exemption }) => exemption)
  await installScope(cluster, { scope: 'cluster', exemptions })
  t.same(await create(), [], 'with the exemptions that were suggested, none is refused')
  const cured = await plan(cluster, '--scope', 'cluster')
  t.same(refused(cured.planned), [])
})

/** Upgrades the release; a new replica reads the new configuration. */
async function installScope(cluster: Cluster, guard: object): Promise<void> {
  await installWebhook(cluster, { guard })
  await sleep(2000)
}
