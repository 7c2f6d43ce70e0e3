import t from 'tap'
import { parse } from 'yaml'
import { heapLimit } from '../../release/node-settings.ts'
import { all, type ChartObject, chartPath, helm, one, render } from './helm.ts'
import { configText, podSpec, podTemplate } from './shapes.ts'

const defaults = await render('spiffe-webhook')

await t.test('helm lint finds nothing', async (t) => {
  for (const chart of ['spiffe-webhook', 'workload-api'] as const) {
    const { code, stdout, stderr } = await helm(['lint', '--strict', chartPath(chart)])
    t.equal(code, 0, `${chart}: ${stdout}${stderr}`)
  }
})

await t.test('the pod can do nothing but serve', async (t) => {
  const spec = podSpec(one(defaults, 'Deployment'))
  const [container, ...others] = spec.containers
  t.same(others, [])
  t.match(spec.securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
  t.match(container?.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] }
  })
  t.same(container?.args, ['serve', '--config', '/etc/spiffe-webhook/config.yaml'])
  t.ok(container?.resources?.limits?.memory)
  t.notOk(container?.resources?.limits?.cpu, 'a CPU limit would only add latency')
  t.ok(container?.volumeMounts?.every((mount) => 'readOnly' in mount))
})

await t.test(
  "V8's heap is bounded, and an administrator's bound is the one that counts",
  async (t) => {
    const ours = { name: 'NODE_OPTIONS', value: heapLimit }
    const theirs = { name: 'NODE_OPTIONS', value: '--max-old-space-size=200' }
    t.same(podSpec(one(defaults, 'Deployment')).containers[0]?.env, [ours])
    const rendered = await render('spiffe-webhook', { extraEnv: [theirs] })
    const [container] = podSpec(one(rendered, 'Deployment')).containers
    t.same(container?.env, [theirs], 'server-side apply refuses a name that stands there twice')
    const more = await render('spiffe-webhook', { extraEnv: [{ name: 'A', value: 'b' }] })
    const [added] = podSpec(one(more, 'Deployment')).containers
    t.same(added?.env, [ours, { name: 'A', value: 'b' }])
  }
)

await t.test('two replicas survive a drained node and a rollout', async (t) => {
  const deployment = one(defaults, 'Deployment')
  const spec = podSpec(deployment)
  t.match(deployment.spec, { replicas: 2, strategy: { rollingUpdate: { maxUnavailable: 0 } } })
  t.equal(spec.priorityClassName, 'system-cluster-critical')
  const spread = spec.topologySpreadConstraints as readonly { labelSelector: unknown }[]
  const { matchLabels } = (deployment.spec as { selector: { matchLabels: object } }).selector
  t.equal(spread.length, 2)
  for (const { labelSelector } of spread) t.same(labelSelector, { matchLabels })
  t.match(one(defaults, 'PodDisruptionBudget').spec, {
    maxUnavailable: 1,
    selector: { matchLabels }
  })
  t.match(podTemplate(deployment).metadata.labels, matchLabels)
  t.same((one(defaults, 'Service').spec as { selector: object }).selector, matchLabels)
})

await t.test('the grace period is longer than the drain', async (t) => {
  for (const [drainDelay, requestTimeout] of [
    [5000, 4000],
    [60_000, 4900],
    [0, 100]
  ] as const) {
    const rendered = await render('spiffe-webhook', { server: { drainDelay, requestTimeout } })
    const { terminationGracePeriodSeconds: grace } = podSpec(one(rendered, 'Deployment'))
    t.ok(Number(grace) * 1000 >= drainDelay + requestTimeout + 5000, `${grace} s`)
  }
})

await t.test('in the network of nodes a rollout does not wait for a free node', async (t) => {
  const strategy = async (values: object): Promise<unknown> =>
    one(await render('spiffe-webhook', values), 'Deployment').spec
  t.match(await strategy({ hostNetwork: true }), {
    strategy: { rollingUpdate: { maxUnavailable: 1 } }
  })
  t.match(await strategy({ hostNetwork: true, replicas: 1 }), {
    strategy: { rollingUpdate: { maxUnavailable: 0 } }
  })
})

await t.test('without a number of replicas an autoscaler has its own', async (t) => {
  const { spec } = one(await render('spiffe-webhook', { replicas: null }), 'Deployment')
  t.notOk('replicas' in (spec as object))
})

await t.test('probes ask what the server answers', async (t) => {
  const [container] = podSpec(one(defaults, 'Deployment')).containers
  t.match(container?.startupProbe, { httpGet: { path: '/livez', port: 'probes' } })
  t.match(container?.livenessProbe, { httpGet: { path: '/livez', port: 'probes' } })
  t.match(container?.readinessProbe, { httpGet: { path: '/readyz', port: 'probes' } })
  t.same(container?.ports, [
    { name: 'webhook', containerPort: 8443 },
    { name: 'probes', containerPort: 8080 }
  ])
})

await t.test(
  'another configuration is another rollout, another replica count is not',
  async (t) => {
    const checksum = (objects: readonly ChartObject[]): string | undefined =>
      podTemplate(one(objects, 'Deployment')).metadata.annotations?.[
        'spiffe-webhook/config-checksum'
      ]
    const changed = await render('spiffe-webhook', { log: { level: 'warn' } })
    t.not(checksum(changed), checksum(defaults))
    t.equal(checksum(await render('spiffe-webhook', { replicas: 3 })), checksum(defaults))
  }
)

await t.test('the network policy lets in two ports and out to the API server', async (t) => {
  const policy = async (values: object): Promise<unknown> =>
    one(await render('spiffe-webhook', values), 'NetworkPolicy').spec
  t.match(await policy({}), {
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ ports: [{ port: 8443 }], from: undefined }, { ports: [{ port: 8080 }] }],
    egress: [{ ports: [{ port: 443 }, { port: 6443 }] }]
  })
  const component = 'app.kubernetes.io/component'
  const ourOwn = {
    podSelector: {
      matchLabels: { 'app.kubernetes.io/instance': 'spiffe-webhook' },
      matchExpressions: [{ key: component, operator: 'In', values: ['test', 'verify'] }]
    }
  }
  const narrow = { apiServerBlocks: ['10.0.0.0/24'], monitoringPeers: [{ podSelector: {} }] }
  t.match(await policy({ networkPolicy: narrow }), {
    ingress: [
      { ports: [{ port: 8443 }], from: [{ ipBlock: { cidr: '10.0.0.0/24' } }, ourOwn] },
      { ports: [{ port: 8080 }], from: [{ podSelector: {} }, ourOwn] }
    ]
  })
  t.match(await policy({ certificates: { mode: 'certManager' } }), { egress: [] })
  const off = await render('spiffe-webhook', { networkPolicy: { enabled: false } })
  t.same(all(off, 'NetworkPolicy'), [])
})

await t.test('what is off by default comes by value', async (t) => {
  const kinds = new Set(defaults.map(({ kind }) => kind))
  for (const kind of ['ServiceMonitor', 'PrometheusRule', 'CronJob', 'ValidatingAdmissionPolicy']) {
    t.notOk(kinds.has(kind), kind)
  }
  const rendered = await render('spiffe-webhook', {
    serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
    prometheusRule: { enabled: true },
    verify: { exec: true, cronJob: { enabled: true, pushGateway: 'http://push:9091' } }
  })
  t.match(one(rendered, 'ServiceMonitor').metadata.labels, { release: 'prometheus' })
  t.ok(one(rendered, 'PrometheusRule'))
  const job = JSON.stringify(one(rendered, 'CronJob').spec)
  t.match(job, /"verify","--config=[^"]+","--exec","--push-gateway=http:\/\/push:9091"/)
  const { rules } = one(rendered, 'ClusterRole', 'spiffe-webhook-verify') as ChartObject & {
    rules: { resources?: string[]; verbs: string[] }[]
  }
  const reads = rules.filter(({ resources }) => resources?.includes('pods/exec') !== true)
  t.ok(reads.every(({ verbs }) => verbs.every((verb) => ['get', 'list'].includes(verb))))
})

await t.test('the alert on verify ends with the next run that finds nothing', async (t) => {
  const values = {
    serviceMonitor: { enabled: true },
    prometheusRule: { enabled: true },
    verify: { cronJob: { enabled: true } }
  }
  const rule = JSON.stringify(one(await render('spiffe-webhook', values), 'PrometheusRule').spec)
  t.notMatch(rule, 'kube_job_status_failed', 'a failed Job stays there after a good one')
  t.match(rule, /unless kube_cronjob_status_last_successful_time\{[^}]+\} >= kube_cronjob/)
})

await t.test('the longest name of a release fits every object', async (t) => {
  const nameOverride = `a${'-b'.repeat(30)}`
  const values = { nameOverride, verify: { cronJob: { enabled: true } } }
  const objects = await render('spiffe-webhook', values)
  // A CronJob leaves room for what it appends to the names of its Jobs.
  t.ok(one(objects, 'CronJob').metadata.name.length <= 52)
  t.ok(objects.every(({ metadata }) => metadata.name.length <= 63))
})

await t.test('names follow the release, and a digest wins over a tag', async (t) => {
  const digest = `sha256:${'a'.repeat(64)}`
  const rendered = await render('spiffe-webhook', {
    nameOverride: 'hook',
    image: { repository: 'registry.test/hook', tag: '1', digest }
  })
  const deployment = one(rendered, 'Deployment', 'hook')
  t.equal(podSpec(deployment).containers[0]?.image, `registry.test/hook@${digest}`)
  t.match(parse(configText(rendered, 'hook')).certificates, {
    dnsNames: ['hook.spiffe-webhook.svc'],
    secret: { name: 'hook-tls' }
  })
})

await t.test('every object carries the labels of the release and its namespace', async (t) => {
  for (const { kind, metadata } of defaults) {
    t.match(metadata.labels, { 'app.kubernetes.io/name': 'spiffe-webhook' }, kind)
    const isClusterScoped = /^Cluster|Configuration$/.test(kind)
    t.equal(metadata.namespace, isClusterScoped ? undefined : 'spiffe-webhook', kind)
  }
})
