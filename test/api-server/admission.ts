import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { offWorkloadApi } from '../../src/inject/off-workload-api.ts'
import type { Pod } from '../../src/kubernetes/pod.ts'
import { defaultConfig } from '../config/default-config.ts'
import type { KubernetesVersion } from '../lab/api-server.ts'
import type { Cluster } from '../lab/cluster.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { type Istio, type IstioOptions, startIstio } from '../lab/start-istio.ts'
import { until } from '../lab/until.ts'
import { type Asked, ask, type Said } from './ask.ts'
import { type InstalledWebhook, installWebhook } from './webhook.ts'

/*
 * The chart, installed by real Helm, with real Istio before it, on a real API server. Two processes on this machine
 * stand in for the Deployment's pods: the cluster has no node.
 */

type IstioRevision = NonNullable<IstioOptions['revision']>

type PodObject = Pod & { readonly metadata: { readonly name: string } }

const labels = { 'istio-injection': 'enabled', 'spiffe-webhook/injection': 'enabled' }
const app = { name: 'app', image: 'registry.test/app:1' }

const podOf = (name: string, over: { metadata?: object; spec?: object } = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...over.metadata },
  spec: { containers: [app], ...over.spec }
})

const hostPath = (path: string): object => ({ volumes: [{ name: 'v', hostPath: { path } }] })

/** What a test asks of the API server. */
interface Fixture {
  readonly cluster: Cluster
  readonly istio: Istio
  readonly webhook: InstalledWebhook
  readonly say: (asked: Asked) => Promise<Said>
  readonly create: (namespace: string, object: object, query?: string) => Promise<Said>
  readonly get: (namespace: string, pod: string) => Promise<PodObject>
}

const collections: Readonly<Record<string, string>> = {
  Pod: '/api/v1/namespaces/NS/pods',
  Deployment: '/apis/apps/v1/namespaces/NS/deployments',
  CronJob: '/apis/batch/v1/namespaces/NS/cronjobs',
  Job: '/apis/batch/v1/namespaces/NS/jobs',
  PersistentVolume: '/api/v1/persistentvolumes'
}

async function start(
  t: Test,
  kubernetes: KubernetesVersion,
  revision: IstioRevision
): Promise<Fixture> {
  const cluster = await startCluster({ kubernetes })
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  const istio = await startIstio(cluster, { revision })
  const webhook = await installWebhook(cluster, {}, 2)
  await cluster.namespace('sock-shop', labels)
  await cluster.namespace('plain')
  const kubeConfig = cluster.kubeConfig()
  const say: Fixture['say'] = (asked) => ask(kubeConfig, asked)
  const create: Fixture['create'] = (namespace, body, query = '') => {
    const { kind = '' } = body as { kind?: string }
    const path = `${(collections[kind] ?? '').replace('NS', namespace)}${query}`
    return say({ method: 'POST', path, body })
  }
  const get: Fixture['get'] = async (namespace, pod) => {
    const { stdout } = await cluster.kubectl(['-n', namespace, 'get', 'pod', pod, '-o', 'json'])
    return JSON.parse(stdout)
  }
  await until('the webhook is asked', async () => {
    const said = await create(
      'sock-shop',
      podOf('probe', { spec: hostPath('/run') }),
      '?dryRun=All'
    )
    return /HostPathReachesSocket/.test(said.message)
  })
  return { cluster, istio, webhook, say, create, get }
}

const isMoved = (pod: Pod): boolean => {
  const off = offWorkloadApi(pod, defaultConfig.inject)
  return off !== undefined && off.length === 0
}

/** The first pod that a controller made in the namespace under this name. */
async function madePod(
  { cluster }: Fixture,
  namespace: string,
  prefix: string
): Promise<PodObject> {
  return until(`a pod ${prefix}`, async () => {
    const { stdout } = await cluster.kubectl(['-n', namespace, 'get', 'pods', '-o', 'json'])
    const items: readonly PodObject[] = JSON.parse(stdout).items
    return items.find(({ metadata }) => metadata.name.startsWith(prefix))
  })
}

/** The whole suite, on one version of Kubernetes and one of Istio. */
export async function admission(
  t: Test,
  kubernetes: KubernetesVersion,
  revision: IstioRevision
): Promise<void> {
  const fixture = await start(t, kubernetes, revision)
  const { cluster, istio, create, get } = fixture

  await t.test('a native sidecar, a classic one and a gateway are moved', async (t) => {
    const classic = { annotations: { 'sidecar.istio.io/nativeSidecar': 'false' } }
    const gateway = {
      annotations: { 'inject.istio.io/templates': 'gateway' },
      labels: { 'sidecar.istio.io/inject': 'true' }
    }
    const auto = { containers: [{ name: 'istio-proxy', image: 'auto' }] }
    t.equal((await create('sock-shop', podOf('native'))).code, 201)
    t.equal((await create('sock-shop', podOf('classic', { metadata: classic }))).code, 201)
    t.equal(
      (await create('sock-shop', podOf('gateway', { metadata: gateway, spec: auto }))).code,
      201
    )
    for (const name of ['native', 'classic', 'gateway']) {
      const pod = await get('sock-shop', name)
      t.ok(isMoved(pod), name)
      t.equal(pod.metadata?.annotations?.['spiffe-webhook/status'], 'injected')
      t.equal(pod.metadata?.labels?.['spiffe.io/spire-managed-identity'], 'true')
    }
    const native = await get('sock-shop', 'native')
    t.ok(native.spec?.initContainers?.some(({ name }) => name === 'istio-proxy'))
  })

  await t.test('pods of a Deployment and of a CronJob are moved', async (t) => {
    const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [app] } }
    await create('sock-shop', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'front-end' },
      spec: { selector: { matchLabels: { app: 'x' } }, template }
    })
    const job = { template: { spec: { containers: [app], restartPolicy: 'Never' } } }
    await create('sock-shop', {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'nightly' },
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: job } }
    })
    await cluster.kubectl([
      '-n',
      'sock-shop',
      'create',
      'job',
      'nightly-now',
      '--from=cronjob/nightly'
    ])
    t.ok(isMoved(await madePod(fixture, 'sock-shop', 'front-end-')))
    t.ok(isMoved(await madePod(fixture, 'sock-shop', 'nightly-now-')))
  })

  await t.test(
    'the old spire template under native sidecars is repaired, with a warning',
    async (t) => {
      await istio.addTemplate(
        'spire',
        `spec:
  volumes:
  - name: workload-socket
    csi: {driver: csi.spiffe.io, readOnly: true}
  containers:
  - name: istio-proxy
    volumeMounts:
    - {name: workload-socket, mountPath: /run/secrets/workload-spiffe-uds, readOnly: true}
    env:
    - {name: CA_ADDR, value: "unix:///run/secrets/workload-spiffe-uds/socket"}
    - {name: PILOT_CERT_PROVIDER, value: workloadapi}
`
      )
      const metadata = { annotations: { 'inject.istio.io/templates': 'sidecar,spire' } }
      const old = podOf('old-template', { metadata })
      const said = await until('Istio knows the template', async () => {
        const tried = await create('sock-shop', old)
        return tried.code === 201 ? tried : undefined
      })
      t.match(said.warnings, [/^RepairedTemplate: .*inject\.istio\.io\/templates: "sidecar,spire"/])
      t.ok(isMoved(await get('sock-shop', 'old-template')))
      const alone = await cluster.namespace('istio-only', { 'istio-injection': 'enabled' })
      t.equal(alone, undefined)
      const refused = await create('istio-only', old)
      t.match(
        refused,
        { code: 422, message: /Duplicate value: "istio-proxy"/ },
        'without us Kubernetes refuses it'
      )
    }
  )

  await t.test("Istio's second run, set to IfNeeded, does not undo the work", async (t) => {
    await istio.setReinvocationPolicy('IfNeeded')
    await sleep(2000)
    t.equal((await create('sock-shop', podOf('reinvoked'))).code, 201)
    t.ok(isMoved(await get('sock-shop', 'reinvoked')))
  })

  await t.test('where something after us undoes the work, the final pod is refused', async (t) => {
    const ours = 'mutatingwebhookconfiguration'
    const policy = async (value: string): Promise<void> => {
      const patch = JSON.stringify([
        { op: 'replace', path: '/webhooks/0/reinvocationPolicy', value }
      ])
      await cluster.kubectl(['patch', ours, 'spiffe-webhook', '--type=json', '-p', patch])
    }
    await policy('Never')
    const said = await until('the undone pod', async () => {
      const tried = await create('sock-shop', podOf('undone'), '?dryRun=All')
      return tried.code === 201 ? undefined : tried
    })
    t.equal(said.code, 403)
    t.match(
      said.message,
      /NotOnWorkloadApi: istio-proxy does not use the csi\.spiffe\.io socket \(.*env CA_ADDR/
    )
    await policy('IfNeeded')
    await istio.setReinvocationPolicy('Never')
    await until(
      'moved again',
      async () => (await create('sock-shop', podOf('x'), '?dryRun=All')).code === 201
    )
  })

  await t.test('the raw socket is refused in labelled namespaces, with one sentence', async (t) => {
    const said = await create(
      'sock-shop',
      podOf('raw', { spec: hostPath('/run/spire/agent-sockets') })
    )
    t.equal(said.code, 403)
    t.match(
      said.message,
      'HostPathReachesSocket: hostPath volume "v" (/run/spire/agent-sockets) reaches the Workload API socket (/run/spire/agent-sockets): use a csi.spiffe.io volume'
    )
    const dry = await create('sock-shop', podOf('raw', { spec: hostPath('/run') }), '?dryRun=All')
    t.equal(dry.code, 403, 'a dry run is judged alike')
  })

  await t.test('elsewhere it is a warning, PersistentVolumes are refused everywhere', async (t) => {
    const said = await create('plain', podOf('raw', { spec: hostPath('/run/spire') }))
    t.equal(said.code, 201)
    t.match(said.warnings, [/^HostPathReachesSocket: /])
    const volume = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'pv' },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/var/run/spire' }
      }
    }
    t.match(await create('', volume), { code: 403, message: /PersistentVolume "pv"/ })
  })

  await t.test(
    'an ephemeral container that joins an old violating pod is refused once labelled',
    async (t) => {
      await cluster.kubectl(['label', 'namespace', 'plain', 'spiffe-webhook/injection=enabled'])
      const old = await get('plain', 'raw')
      const mount = { name: 'v', mountPath: '/x' }
      const debug = { name: 'debug', image: 'busybox', volumeMounts: [mount] }
      const body = { ...old, spec: { ...old.spec, ephemeralContainers: [debug] } }
      const path = '/api/v1/namespaces/plain/pods/raw/ephemeralcontainers'
      const said = await until('labels seen', async () => {
        const tried = await fixture.say({ method: 'PUT', path: `${path}?dryRun=All`, body })
        return tried.code === 403 ? tried : undefined
      })
      t.match(said.message, /ephemeral container "debug"/)
    }
  )

  await t.test(
    'an old violating Deployment can be scaled and changed, not made worse',
    async (t) => {
      await cluster.namespace('later')
      const deployment = (spec: object, over: object = {}): object => ({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'old' },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: 'x' } },
          template: { metadata: { labels: { app: 'x' } }, spec: { containers: [app], ...spec } },
          ...over
        }
      })
      t.equal((await create('later', deployment(hostPath('/run')))).code, 201)
      await cluster.kubectl(['label', 'namespace', 'later', 'spiffe-webhook/injection=enabled'])
      const path = '/apis/apps/v1/namespaces/later/deployments/old'
      const put = (body: object): Promise<Said> =>
        fixture.say({ method: 'PUT', path: `${path}?dryRun=All`, body })
      const worse = {
        volumes: [
          { name: 'v', hostPath: { path: '/run' } },
          { name: 'w', hostPath: { path: '/' } }
        ]
      }
      await until('labels seen', async () => (await put(deployment(worse))).code === 403)
      const same = await put(deployment(hostPath('/run'), { paused: true }))
      t.match(same, { code: 200, warnings: [/^HostPathReachesSocket/] })
      await cluster.kubectl([
        '-n',
        'later',
        'scale',
        'deployment',
        'old',
        '--replicas=1',
        '--dry-run=server'
      ])
    }
  )

  await t.test(
    'what the API server would refuse afterwards is refused before it is read',
    async (t) => {
      const annotations = { note: 'x'.repeat(262_144) }
      const large = podOf('large', { metadata: { annotations } })
      t.match(await create('sock-shop', large), {
        code: 400,
        message: /metadata\.annotations: must be at most 262144 bytes in all/
      })
      await cluster.namespace('unlabelled')
      t.match(await create('unlabelled', large), {
        code: 422,
        message: /metadata\.annotations: Too long: may not be more than 262144 bytes/
      })
    }
  )

  await t.test('opted-out and proxyless pods pass with a warning', async (t) => {
    const out = { labels: { 'spiffe-webhook/inject': 'false' } }
    const said = await create('sock-shop', podOf('out', { metadata: out }))
    t.match(said, { code: 201, warnings: [/^OptedOut: /] })
    const pod = await get('sock-shop', 'out')
    t.equal(pod.metadata?.annotations?.['spiffe-webhook/status'], 'skipped: OptedOut')
    const grpc = { annotations: { 'inject.istio.io/templates': 'grpc-agent' } }
    const proxyless = await create('sock-shop', podOf('grpc', { metadata: grpc }))
    t.match(proxyless, { code: 201, warnings: [/^ProxylessGrpc: /] })
  })

  await t.test('reasons reach the audit log', async (t) => {
    const lines = readFileSync(cluster.auditLog, 'utf8').split('\n')
    t.ok(
      lines.some((line) => /spiffe-webhook[^"]*\/reason":"Injected"/.test(line)),
      'injected'
    )
    t.ok(
      lines.some((line) => /spiffe-webhook[^"]*\/reason":"HostPathReachesSocket"/.test(line)),
      'refused'
    )
  })

  await t.test('while no replica runs, only pods that need the webhook wait', async (t) => {
    for (const replica of [...fixture.webhook.replicas]) await fixture.webhook.stopReplica(replica)
    const waiting = await create('sock-shop', podOf('needs'), '?dryRun=All')
    t.match(waiting, { code: 500, message: /failed calling webhook/ })
    const noProxy = { labels: { 'sidecar.istio.io/inject': 'false' } }
    t.equal(
      (await create('sock-shop', podOf('ordinary', { metadata: noProxy }), '?dryRun=All')).code,
      201
    )
    await cluster.namespace('unlabelled')
    t.equal((await create('unlabelled', podOf('ordinary'), '?dryRun=All')).code, 201)
    t.equal(
      (await create('unlabelled', podOf('host', { spec: hostPath('/run') }), '?dryRun=All')).code,
      201
    )
    t.equal(
      (await create('kube-system', podOf('x', { spec: hostPath('/run') }), '?dryRun=All')).code,
      201
    )
    t.equal(
      (await create('spiffe-webhook', podOf('x', { spec: hostPath('/run') }), '?dryRun=All')).code,
      201
    )
  })
}
