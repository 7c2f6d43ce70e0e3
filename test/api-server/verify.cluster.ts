import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import type { Cluster } from '../lab/cluster.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { startIstio } from '../lab/start-istio.ts'
import { until } from '../lab/until.ts'
import { createPods } from './crowd.ts'
import { examine, type Told, visit } from './doctor.ts'
import {
  apply,
  barePod,
  csiNode,
  deployment,
  installWebhook,
  installWorkloadApi,
  readerRole,
  setStatus,
  strangeBundle
} from './verify-system.ts'

const scratch = mkdtempSync(join(tmpdir(), 'spiffe-webhook-verify-'))
t.teardown(() => rmSync(scratch, { recursive: true, force: true }))

/** The harness records no reads; here every request of the doctor must be seen. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', users: ['system:serviceaccount:default:doctor'] }, { level: 'None' }]
}
const auditFile = join(scratch, 'audit-policy.yaml')
writeFileSync(auditFile, stringify(auditPolicy))

const cluster = await startCluster({ apiServerFlags: [`--audit-policy-file=${auditFile}`] })
t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
const { kubectl } = cluster

const both = { 'istio-injection': 'enabled', 'spiffe-webhook/injection': 'enabled' }
/** Without what the API server counted: calls of earlier subtests stay in it. */
const reasons = ({ findings }: Told): readonly string[] =>
  findings.filter(({ check }) => check !== 'webhook-calls').map(({ reason }) => reason)
const find = (told: Told, reason: string): Told['findings'][number] | undefined =>
  told.findings.find((finding) => finding.reason === reason)

const namesOf = async (namespace: string, selector: string): Promise<readonly string[]> => {
  const path = 'jsonpath={.items[*].metadata.name}'
  const { stdout } = await kubectl(['-n', namespace, 'get', 'pods', '-l', selector, '-o', path])
  return stdout.split(' ').filter(Boolean)
}

/** Plays the kubelets: every pod with this label runs, once so many are there and have a node. */
const runPods = async (
  namespace: string,
  app: string,
  count: number,
  scheduled = false
): Promise<readonly string[]> => {
  const nodes = 'jsonpath={.items[*].spec.nodeName}'
  const names = await until(`${count} pods of ${namespace}/${app}`, async () => {
    const found = await namesOf(namespace, `app=${app}`)
    const args = ['-n', namespace, 'get', 'pods', '-l', `app=${app}`, '-o', nodes]
    const on = (await kubectl(args)).stdout.split(' ').filter(Boolean)
    return found.length === count && (!scheduled || on.length === count) && found
  })
  for (const name of names) await setStatus(cluster, namespace, name, true)
  return names
}

const setUp = async ({ namespace }: Cluster): Promise<{ doctor: string }> => {
  await installWorkloadApi(cluster)
  await installWebhook(cluster)
  await namespace('sock-shop', both)
  await apply(cluster, deployment('sock-shop', 'front-end'), ...readerRole('doctor'))
  await runPods('sock-shop', 'front-end', 1)
  await runPods('spire-system', 'tbot', 2, true)
  await runPods('spire-system', 'spiffe-csi-driver', 2, true)
  return { doctor: await cluster.actAs('default', 'doctor') }
}

const istio = await startIstio(cluster)
const { doctor } = await setUp(cluster)

await t.test('a healthy system passes every check, and nothing but reads was sent', async (t) => {
  const told = await examine(doctor, ['--strict'])
  t.same(reasons(told), [])
  t.equal(told.code, 0)
  t.ok(told.healthy)
  t.same(new Set(told.checks.map(({ status }) => status)), new Set(['ok']))
  t.match(told.cluster.version, /^v1\.37/)
  t.match(told.pods, [{ namespace: 'sock-shop', onSocket: 1, missed: 0 }])
  const { out } = await visit(doctor)
  t.match(out, /12 checks, none failed: 0 errors, 0 warnings; 1 pod on the Workload API, 0 missed/)
  t.comment(`\n${out}`)
})

await t.test('a driver that is not registered on a node', async (t) => {
  await apply(cluster, csiNode('node-b', false))
  const told = await examine(doctor)
  t.equal(told.code, 1)
  t.match(find(told, 'DriverNotOnNode'), { kind: 'Node', name: 'node-b' })
  t.same(reasons(told), ['DriverNotOnNode'])
  await apply(cluster, csiNode('node-b', true))
})

await t.test('an agent that has stopped on one node', async (t) => {
  const pods = await namesOf('spire-system', 'app=tbot')
  await setStatus(cluster, 'spire-system', pods[0] ?? '', false)
  const told = await examine(doctor)
  t.same(reasons(told), ['AgentNotReady'])
  t.match(find(told, 'AgentNotReady'), { kind: 'Node', message: /DaemonSet spire-system\/tbot/ })
  await setStatus(cluster, 'spire-system', pods[0] ?? '', true)
})

await t.test('a CSIDriver with podInfoOnMount false, and the command that mends it', async (t) => {
  const patch = '{"spec":{"podInfoOnMount":false}}'
  await kubectl(['patch', 'csidriver', 'csi.spiffe.io', '--patch', patch])
  const told = await examine(doctor)
  t.same(reasons(told), ['CsiDriverWrong'])
  const wrong = find(told, 'CsiDriverWrong')
  t.match(wrong, { message: /podInfoOnMount is false, not true/ })
  await kubectl((wrong?.command ?? '').replaceAll("'", '').split(' ').slice(1))
  t.same(reasons(await examine(doctor)), [])
})

await t.test('a configuration that sorts before those of Istio', async (t) => {
  const { stdout } = await kubectl([
    'get',
    'mutatingwebhookconfiguration',
    'spiffe-webhook',
    '-o',
    'json'
  ])
  const { metadata, ...rest } = JSON.parse(stdout)
  await apply(cluster, {
    ...rest,
    metadata: { name: 'aa-spiffe-webhook', labels: metadata.labels }
  })
  const told = await examine(doctor)
  t.same(new Set(reasons(told)), new Set(['RunsBeforeIstio']))
  t.match(find(told, 'RunsBeforeIstio'), {
    name: 'aa-spiffe-webhook',
    message: /istio-sidecar-injector/
  })
  await kubectl(['delete', 'mutatingwebhookconfiguration', 'aa-spiffe-webhook'])
})

await t.test('a caBundle that does not sign what the server shows', async (t) => {
  const path = '/webhooks/0/clientConfig/caBundle'
  const get = ['get', 'mutatingwebhookconfiguration', 'spiffe-webhook', '-o']
  const { stdout } = await kubectl([...get, 'jsonpath={.webhooks[0].clientConfig.caBundle}'])
  const set = (value: string): Promise<unknown> =>
    kubectl([
      ...['patch', 'mutatingwebhookconfiguration', 'spiffe-webhook', '--type=json'],
      ...['-p', JSON.stringify([{ op: 'replace', path, value }])]
    ])
  await set(await strangeBundle())
  const told = await examine(doctor)
  t.same(reasons(told), ['CaBundleWrong'])
  t.match(find(told, 'CaBundleWrong'), { message: /does not sign the serving certificate/ })
  await set(stdout)
})

await t.test('a labelled namespace that Istio does not inject', async (t) => {
  await cluster.namespace('bare', { 'spiffe-webhook/injection': 'enabled' })
  await cluster.namespace('lost', { 'spiffe-webhook/injection': 'enabled', 'istio.io/rev': 'gone' })
  const told = await examine(doctor)
  t.same(reasons(told), ['NamespaceNotInjected', 'NamespaceNotInjected'])
  t.match(told.findings[1], { name: 'lost', message: /istio.io\/rev=gone names no revision/ })
  await kubectl(['delete', 'namespace', 'bare', 'lost', '--wait=false'])
  await kubectl(['label', 'namespace', 'bare', 'lost', 'spiffe-webhook/injection-'])
})

await t.test(
  'a pod that was created before the label, and the command that moves it',
  async (t) => {
    await cluster.namespace('late', { 'istio-injection': 'enabled' })
    await apply(cluster, deployment('late', 'cart'))
    const before = await runPods('late', 'cart', 1)
    await kubectl(['label', 'namespace', 'late', 'spiffe-webhook/injection=enabled'])
    const told = await examine(doctor)
    t.same(reasons(told), ['Missed'])
    const missed = find(told, 'Missed')
    t.match(missed, {
      kind: 'Deployment',
      namespace: 'late',
      name: 'cart',
      message: /workload-certs/
    })
    t.equal(missed?.command, 'kubectl rollout restart deployment/cart --namespace late')
    await kubectl((missed?.command ?? '').split(' ').slice(1))
    await until('a new pod', async () => {
      const now = await namesOf('late', 'app=cart')
      return now.length === 1 && now[0] !== before[0]
    })
    t.same(reasons(await examine(doctor)), [])
  }
)

await t.test('a bare pod without a sidecar, and the command that moves it', async (t) => {
  await cluster.namespace('bare-pods')
  await apply(cluster, barePod('bare-pods', 'alone'))
  await kubectl([
    'label',
    'namespace',
    'bare-pods',
    ...Object.entries(both).map((entry) => entry.join('='))
  ])
  const missed = find(await examine(doctor), 'Missed')
  t.match(missed, { kind: 'Pod', name: 'alone', message: /no istio-proxy/ })
  t.equal(
    missed?.command,
    'kubectl get pod alone --namespace bare-pods -o yaml | kubectl replace --force -f -'
  )
  const { stdout } = await kubectl(['-n', 'bare-pods', 'get', 'pod', 'alone', '-o', 'yaml'])
  await kubectl(['replace', '--force', '-f', '-'], { input: stdout })
  t.same(reasons(await examine(doctor)), [])
})

await t.test('an ambient pod, and an ambient namespace that is labelled', async (t) => {
  const labels = { 'sidecar.istio.io/inject': 'false', 'istio.io/dataplane-mode': 'ambient' }
  await apply(cluster, barePod('sock-shop', 'mesh', labels))
  t.same(reasons(await examine(doctor)), ['AmbientPod'])
  await kubectl(['-n', 'sock-shop', 'delete', 'pod', 'mesh', '--force'])
  await cluster.namespace('ambient', { ...both, 'istio.io/dataplane-mode': 'ambient' })
  t.same(reasons(await examine(doctor)), ['AmbientNamespace'])
  await kubectl(['label', 'namespace', 'ambient', 'spiffe-webhook/injection-'])
})

await t.test(
  'Istio called again after us while we are not, and a pod that it put back',
  async (t) => {
    await kubectl(['delete', 'validatingwebhookconfiguration', 'spiffe-webhook'])
    await istio.setReinvocationPolicy('IfNeeded')
    const set = (value: string): Promise<unknown> =>
      kubectl([
        ...['patch', 'mutatingwebhookconfiguration', 'spiffe-webhook', '--type=json'],
        ...[
          '-p',
          JSON.stringify([{ op: 'replace', path: '/webhooks/0/reinvocationPolicy', value }])
        ]
      ])
    await set('Never')
    const undone = await until('a pod that was put back', async () => {
      await kubectl(['-n', 'sock-shop', 'delete', 'pod', 'undone', '--ignore-not-found', '--force'])
      await kubectl(['create', '-f', '-'], {
        input: JSON.stringify(barePod('sock-shop', 'undone'))
      })
      const told = await examine(doctor)
      return reasons(told).includes('Undone') && told
    })
    t.match(find(undone, 'ReinvocationUndoes'), {
      message: /istio-sidecar-injector is called again/
    })
    t.match(find(undone, 'Undone'), {
      namespace: 'sock-shop',
      name: 'undone',
      message: /workload-certs|CA_ADDR/
    })
    t.ok(find(undone, 'ValidatingConfigurationMissing'), 'the missing guard is told too')
    await set('IfNeeded')
    await kubectl(['-n', 'sock-shop', 'delete', 'pod', 'undone', '--force'])
    t.same(reasons(await examine(doctor)), ['ValidatingConfigurationMissing', 'IstioReinvoked'])
  }
)

await t.test(
  'running pods with the raw socket, by host path and by PersistentVolume',
  async (t) => {
    await cluster.namespace('stray')
    const metadata = (name: string): object => ({ name, namespace: 'stray' })
    const pod = (name: string, volume: object): object => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: metadata(name),
      spec: { containers: [{ name: 'app', image: 'registry.test/app:1' }], volumes: [volume] }
    })
    await apply(
      cluster,
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'shared' },
        spec: {
          capacity: { storage: '1Mi' },
          accessModes: ['ReadWriteMany'],
          storageClassName: '',
          hostPath: { path: '/var/run/spire' }
        }
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: metadata('data'),
        spec: {
          accessModes: ['ReadWriteMany'],
          storageClassName: '',
          volumeName: 'shared',
          resources: { requests: { storage: '1Mi' } }
        }
      },
      pod('by-claim', { name: 'v', persistentVolumeClaim: { claimName: 'data' } }),
      pod('by-path', { name: 'v', hostPath: { path: '/run' } }),
      pod('by-route', { name: 'v', hostPath: { path: '/proc' } })
    )
    const told = await until('the claim bound', async () => {
      const told = await examine(doctor)
      return told.findings.some(({ name }) => name === 'by-claim') && told
    })
    const raw = told.findings.filter(({ reason }) => reason === 'RawSocket')
    t.same(new Set(raw.map(({ name }) => name)), new Set(['by-claim', 'by-path']))
    t.match(find(told, 'RouteToSocket'), { name: 'by-route', severity: 'warning' })
    t.match(find(told, 'PersistentVolumeReachesSocket'), {
      name: 'shared',
      message: /claim stray\/data has it/
    })
    await kubectl(['delete', 'namespace', 'stray', '--wait=false'])
    await kubectl(['-n', 'stray', 'delete', 'pods', '--all', '--force'])
    await kubectl(['delete', 'persistentvolume', 'shared', '--wait=false'])
  }
)

await t.test('rights that lack one resource are told, and hide nothing else', async (t) => {
  await apply(cluster, ...readerRole('half', 'persistentvolumes'))
  const half = await cluster.actAs('default', 'half')
  const told = await examine(half)
  t.same(reasons(told), ['ValidatingConfigurationMissing', 'IstioReinvoked'])
  t.same(
    told.notSeen.map(({ check, resource }) => [check, resource]),
    [
      ['raw-socket', 'persistentvolumes'],
      ['persistent-volumes', 'persistentvolumes']
    ]
  )
  const { out } = await visit(half)
  t.match(out, /unknown persistentvolumes: needs permission to list/)
})

await t.test('rights in one namespace alone are enough for its pods', async (t) => {
  await apply(
    cluster,
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'owner', namespace: 'late' } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'owner', namespace: 'late' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'owner', namespace: 'late' }]
    }
  )
  const owner = await cluster.actAs('late', 'owner')
  const told = await examine(owner, ['-n', 'late'])
  t.equal(told.code, 0)
  t.match(told.pods, [{ namespace: 'late', onSocket: 1, missed: 0 }])
  t.ok(told.notSeen.some(({ resource }) => resource === 'nodes'))
  t.equal((await examine(owner, ['-n', 'late', '--strict'])).code, 1, 'unseen is not strict health')
  const none = await examine(owner)
  t.same(reasons(none), ['PodsNotSeen'], 'no pods at all is no health')
  const absent = await visit(doctor, ['-n', 'nowhere'])
  t.match([absent.code, absent.err], [64, /there is no namespace nowhere/])
})

await t.test('10,000 pods pass through a heap that could not hold them', async (t) => {
  await cluster.namespace('crowd')
  const get = ['-n', 'crowd', 'get', 'configmap', 'kube-root-ca.crt', '-o']
  const { stdout: uid } = await kubectl([...get, 'jsonpath={.metadata.uid}'])
  await createPods(cluster.kubeConfig(), { namespace: 'crowd', count: 10_000, uid })
  await kubectl(['label', 'namespace', 'crowd', 'spiffe-webhook/injection=enabled'])
  const { code, out, err, seconds } = await visit(
    doctor,
    ['-o', 'json'],
    ['--max-old-space-size=96']
  )
  t.equal(err, '')
  t.equal(code, 1)
  const told: Told = JSON.parse(out)
  t.match(
    told.pods.find(({ namespace }) => namespace === 'crowd'),
    { missed: 10_000 }
  )
  t.match(find(told, 'Missed'), { kind: 'ConfigMap', message: /^10000 pods/ })
  t.comment(`10,000 pods in ${seconds.toFixed(1)} s`)
})

await t.test('the doctor has asked for nothing but get and list', async (t) => {
  const lines = readFileSync(cluster.auditLog, 'utf8').trim().split('\n')
  const events: readonly { readonly verb: string; readonly user: { readonly username: string } }[] =
    lines.map((line) => JSON.parse(line))
  t.ok(events.length > 50, `${events.length} requests are on record`)
  t.same(new Set(events.map(({ verb }) => verb)), new Set(['get', 'list']))
  t.same(
    new Set(events.map(({ user }) => user.username)),
    new Set(['system:serviceaccount:default:doctor'])
  )
})

await t.test('an API server that is gone is told within seconds', async (t) => {
  await cluster.apiServer.stop()
  const { code, out, err, seconds } = await visit(doctor)
  t.match([code, out], [69, ''])
  t.match(
    err,
    /^spiffe-webhook verify: the API server https:\S+ cannot be reached: .*ECONNREFUSED[^\n]*\n$/
  )
  t.ok(seconds < 5, `${seconds} s`)
})
