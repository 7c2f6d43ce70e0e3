import t from 'tap'
import { parse } from 'yaml'
import { plan } from '../../../src/commands/plan/plan.ts'
import { standIn } from '../../cluster/stand-in-api.ts'
import { injectedByIstio, running } from '../../verify/pods/pods.ts'
import { type Ran, runCommand } from '../run-command.ts'

const agent = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: node-agent, namespace: monitoring}
spec:
  template:
    spec:
      serviceAccountName: node-agent
      containers: [{name: agent, image: agent}]
      volumes: [{name: run, hostPath: {path: /run}}]
`
const shop = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: front, namespace: shop}
spec: {template: {spec: {containers: [{name: front, image: front}]}}}
`

const ofManifests = (stdin: string, ...args: readonly string[]): Promise<Ran> =>
  runCommand(plan, ['-f', '-', ...args], { stdin })

await t.test('without a change there is nothing to plan', async (t) => {
  const ran = await runCommand(plan, ['-f', '-'])
  t.equal(ran.code, 64)
  t.match(ran.err, /name a change: --label, --scope, --strict, --config or --upgrade/)
})

await t.test('every fault of the command line at once', async (t) => {
  const ran = await runCommand(plan, [
    '--label',
    'A/B',
    '--scope',
    'all',
    '-n',
    '..',
    '--lable',
    'x'
  ])
  t.equal(ran.code, 64)
  t.equal(ran.err.match(/must be the name of a namespace/g)?.length, 2)
  t.match(ran.err, /must be one of cluster, optedIn[\s\S]*unknown flag --lable/)
})

await t.test('only pods with these labels, as kubectl has it', async (t) => {
  const labelled = agent.replace(
    '    spec:\n      service',
    '    metadata: {labels: {app: agent}}\n    spec:\n      service'
  )
  const change = ['--scope', 'cluster', '-o', 'json']
  const names = async (...args: readonly string[]): Promise<unknown> => {
    const { out } = await ofManifests(`${labelled}---${shop}`, ...change, ...args)
    return JSON.parse(out).namespaces.flatMap(
      ({ workloads }: { readonly workloads: readonly { readonly name: string }[] }) =>
        workloads.map(({ name }) => name)
    )
  }
  t.same(await names(), ['node-agent', 'front'])
  t.same(await names('-l', 'app=agent'), ['node-agent'])
  t.same(await names('--selector', '!app'), ['front'])
  t.match(await ofManifests(shop, '--strict', '-l', '='), {
    code: 64,
    err: /must be a label selector/
  })
})

await t.test('a label, of manifests', async (t) => {
  const { code, out, err } = await ofManifests(
    shop + agent.replace('\n', '---\n'),
    '--label',
    'shop'
  )
  t.equal(err, '')
  t.equal(code, 0)
  t.match(out, /shop \(opted in by this change\)\n {2}moved +Deployment\/front \(no pod runs\)\n/)
  t.match(out, /warned +DaemonSet\/node-agent[\s\S]*warning HostPathReachesSocket/)
  t.match(
    out,
    /\nnothing breaks: 2 workloads, 1 moved, 0 there already, .*; label shop, 3 objects in -\n$/
  )
})

await t.test('a wider scope breaks, and says what cures it', async (t) => {
  const { code, out } = await ofManifests(agent, '--scope', 'cluster')
  t.equal(code, 1)
  t.match(
    out,
    /REFUSED +DaemonSet\/node-agent \(no pod runs\)\n +HostPathReachesSocket: hostPath volume/
  )
  t.match(out, /cured by an exemption of ServiceAccount monitoring\/node-agent for \/run/)
  t.match(out, /\n1 workload could not be created any more: /)
})

await t.test('the exemptions that are suggested cure what they are for', async (t) => {
  const change = ['--scope', 'cluster']
  const { out, code } = await ofManifests(agent, ...change, '--suggest-exemptions')
  t.equal(code, 1)
  t.match(out, /# Needed by monitoring\/DaemonSet\/node-agent\./)
  const suggested = parse(out)
  t.same(Object.keys(suggested.guard), ['exemptions'])
  const folder = t.testdir({ 'new.yaml': out })
  const cured = await ofManifests(agent, ...change, '--config', `${folder}/new.yaml`)
  t.equal(cured.code, 0, cured.out)
  t.match(cured.out, /nothing breaks/)
})

await t.test('what no exemption cures is named in a comment', async (t) => {
  const bad = agent.replace('path: /run', 'path: ../run')
  const { out } = await ofManifests(bad, '--scope', 'cluster', '--suggest-exemptions')
  t.match(
    out,
    /# No exemption cures these:\n# +monitoring\/DaemonSet\/node-agent: HostPathUnusable: /
  )
  t.same(parse(out), { guard: { exemptions: [] } })
})

await t.test('JSON has every workload', async (t) => {
  const { out } = await ofManifests(
    shop + agent.replace('\n', '---\n'),
    '--scope',
    'cluster',
    '-o',
    'json'
  )
  const said = JSON.parse(out)
  t.match(said, {
    change: 'scope cluster',
    summary: { workloads: 2, refused: 1, breaks: 1 },
    namespaces: [
      {
        name: 'monitoring',
        workloads: [
          { kind: 'DaemonSet', after: { state: 'refused' }, exemptions: [{ paths: ['/run'] }] }
        ]
      },
      { name: 'shop', workloads: [{ kind: 'Deployment', after: { state: 'untouched' } }] }
    ]
  })
})

await t.test('manifests that cannot be read are told, and the others planned', async (t) => {
  const { code, err, out } = await ofManifests(`${agent}---\na: [\n`, '--scope', 'cluster')
  t.equal(code, 64)
  t.not(err, '')
  t.match(out, /REFUSED/)
})

await t.test('an upgrade counts what runs as allowed', async (t) => {
  const { code, out } = await ofManifests(agent, '--upgrade', '--scope', 'cluster')
  t.equal(code, 1)
  t.match(out, /scope cluster, upgrade to this version/)
})

const pod = running(injectedByIstio, { name: 'front-1', namespace: 'shop' })

await t.test('a live cluster: pods, restarts, trust, and what was not seen', async (t) => {
  const objects: Readonly<Record<string, object>> = {
    '/api/v1/namespaces': { items: [{ metadata: { name: 'shop', labels: {} } }] },
    '/api/v1/namespaces/istio-system/configmaps/istio': { data: { mesh: 'trustDomain: old' } },
    '/api/v1/pods': { items: [pod] }
  }
  const { kubeconfig, asked } = await standIn(t, {
    get: ({ pathname }) => {
      const body = objects[pathname]
      return body === undefined
        ? { status: 403, body: { message: 'not you' } }
        : { status: 200, body }
    }
  })
  const flags = ['--kubeconfig', kubeconfig, '--label', 'shop', '--trust-domain', 'new']
  const { code, out } = await runCommand(plan, flags)
  t.equal(code, 1)
  t.match(out, /moved +Pod\/front-1 \(1 pod\)/)
  t.match(
    out,
    /\$ kubectl get pod front-1 --namespace shop -o yaml \| kubectl replace --force -f -/
  )
  t.match(out, /error TrustDomainNotAccepted ConfigMap istio-system\/istio: moved sidecars get/)
  t.match(out, /deployments\.apps: no permission to list \(not you\)/)
  t.match(out, /moved sidecars and the others would not trust each other: 1 workload/)
  t.ok(
    asked.every((line) => line.startsWith('GET ')),
    'nothing is written'
  )
})

await t.test('no API server', async (t) => {
  const { kubeconfig } = await standIn(t, { get: () => 'hangUp' })
  const { code, err } = await runCommand(plan, ['--kubeconfig', kubeconfig, '--upgrade'])
  t.equal(code, 69)
  t.match(err, /^spiffe-webhook plan: /)
})
