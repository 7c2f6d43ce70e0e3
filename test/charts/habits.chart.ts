import t from 'tap'
import { all, type ChartName, type ChartObject, one, refusal, render, tbotValues } from './helm.ts'
import { podSpec, podTemplate } from './shapes.ts'

type Check = (objects: readonly ChartObject[]) => unknown

/** Values that people set by habit: what comes of them, as `wanted` is found in it, or the sentence of the refusal. */
type Habit = readonly [what: string, values: object, check: Check | RegExp, wanted?: unknown]

const images = (objects: readonly ChartObject[]): readonly string[] =>
  objects
    .filter(({ kind }) => ['Deployment', 'DaemonSet', 'Job', 'Pod'].includes(kind))
    .map((object) =>
      object.kind === 'Pod' ? (object.spec as ReturnType<typeof podSpec>) : podSpec(object)
    )
    .flatMap(({ containers }) => containers.map(({ image }) => image))
const environmentOf = (
  objects: readonly ChartObject[]
): readonly { readonly name: string; readonly value?: string }[] =>
  podSpec(one(objects, 'DaemonSet', 'tbot')).containers.flatMap(
    ({ env }) => (env ?? []) as { name: string }[]
  )
const deployment: Check = (objects) => one(objects, 'Deployment').spec
const podOf =
  (kind: string, name?: string): Check =>
  (objects) =>
    podSpec(one(objects, kind, name))
const metadataOf =
  (kind: string): Check =>
  (objects) =>
    one(objects, kind).metadata
const count: Check = (objects) => objects.length
/** The objects that lack something that each must have. */
const lacking =
  (section: 'labels' | 'annotations', key: string): Check =>
  (objects) =>
    objects.filter(({ metadata }) => metadata[section]?.[key] === undefined).map(({ kind }) => kind)

const everything = {
  serviceMonitor: { enabled: true },
  prometheusRule: { enabled: true },
  autoscaling: { enabled: true },
  guard: { admissionPolicy: true },
  certificates: { mode: 'certManager' },
  verify: { cronJob: { enabled: true } }
}

const webhook: readonly Habit[] = [
  ['nothing at all', {}, deployment, { replicas: 2 }],
  ['enabled=false of an umbrella chart', { enabled: false }, count, 0],
  ['replicas', { replicas: 3 }, deployment, { replicas: 3 }],
  ['replicaCount', { replicaCount: 3 }, /replicaCount: not a value of this chart: use replicas/],
  [
    'global.imageRegistry',
    { global: { imageRegistry: 'mirror.test' } },
    images,
    [/^mirror\.test\/spiffe-webhook:\d/]
  ],
  [
    'global.imageRegistry before a name with a registry',
    {
      global: { imageRegistry: 'mirror.test/' },
      image: { repository: 'ghcr.test:5000/a/hook', tag: 'v1' }
    },
    images,
    ['mirror.test/a/hook:v1']
  ],
  [
    'pull secrets, own and global',
    { imagePullSecrets: [{ name: 'a' }], global: { imagePullSecrets: ['b', { name: 'a' }] } },
    podOf('Deployment'),
    { imagePullSecrets: [{ name: 'a' }, { name: 'b' }] }
  ],
  [
    'image.registry',
    { image: { registry: 'x' } },
    /image\.registry: not a value of this chart: use image\.repository with/
  ],
  [
    'image.name',
    { image: { name: 'x' } },
    /image\.name: not a value of this chart: use image\.repository/
  ],
  [
    'fullnameOverride',
    { fullnameOverride: 'hook', nameOverride: 'no' },
    metadataOf('Deployment'),
    { name: 'hook' }
  ],
  ['commonLabels', { ...everything, commonLabels: { team: 'a' } }, lacking('labels', 'team'), []],
  [
    'commonLabels on pods',
    { commonLabels: { team: 'a' } },
    (o) => podTemplate(one(o, 'Deployment')).metadata.labels,
    { team: 'a' }
  ],
  [
    'commonAnnotations',
    { ...everything, commonAnnotations: { note: 'a' } },
    lacking('annotations', 'note'),
    []
  ],
  [
    'annotations of the webhooks beside those of cert-manager',
    {
      certificates: { mode: 'certManager' },
      webhookAnnotations: { 'admissions.enforcer/disabled': 'true' }
    },
    metadataOf('MutatingWebhookConfiguration'),
    {
      annotations: {
        'admissions.enforcer/disabled': 'true',
        'cert-manager.io/inject-ca-from': 'spiffe-webhook/spiffe-webhook'
      }
    }
  ],
  ['revisionHistoryLimit', { revisionHistoryLimit: 0 }, deployment, { revisionHistoryLimit: 0 }],
  [
    'dual stack',
    { service: { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] } },
    (o) => one(o, 'Service').spec,
    { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] }
  ],
  [
    'an autoscaler',
    { autoscaling: { enabled: true } },
    (o) => one(o, 'HorizontalPodAutoscaler').spec,
    { minReplicas: 2, maxReplicas: 5 }
  ],
  [
    'an autoscaler has its own number',
    { autoscaling: { enabled: true } },
    (o) => Object.keys(deployment(o) as object).includes('replicas'),
    false
  ],
  [
    'an autoscaler of the wrong way round',
    { autoscaling: { enabled: true, minReplicas: 9 } },
    /autoscaling\.minReplicas: 9 is more than maxReplicas \(5\)/
  ],
  ['hpa.enabled', { hpa: { enabled: true } }, /hpa: not a value of this chart: use autoscaling/],
  [
    'extraObjects, as objects and as text',
    {
      extraObjects: [
        { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: '{{ .Release.Name }}-a' } },
        'apiVersion: v1\nkind: LimitRange\nmetadata: {name: b}\n'
      ]
    },
    (o) => all(o, 'LimitRange').map(({ metadata }) => metadata.name),
    ['spiffe-webhook-a', 'b']
  ],
  [
    'ingress.enabled',
    { ingress: { enabled: true } },
    /ingress: not a value of this chart: remove it, since only API servers/
  ],
  [
    'service.type',
    { service: { type: 'NodePort' } },
    /service\.type: not a value of this chart: remove it/
  ],
  [
    'serviceAccount.create',
    { serviceAccount: { create: false } },
    /serviceAccount\.create: not a value of this chart: use serviceAccount\.name/
  ],
  [
    'rbac.create',
    { rbac: { create: true } },
    /rbac: not a value of this chart: remove it, since rights follow/
  ],
  [
    'securityContext',
    { securityContext: {} },
    /securityContext: not a value of this chart: use podSecurityContext/
  ],
  ['env', { env: [{ name: 'A', value: 'b' }] }, /env: not a value of this chart: use extraEnv/],
  [
    'certManager.enabled',
    { certManager: { enabled: true } },
    /certManager: not a value of this chart: use certificates\.mode=certManager/
  ],
  ['logLevel', { logLevel: 'debug' }, /logLevel: not a value of this chart: use log\.level/],
  [
    'metrics.enabled',
    { metrics: { enabled: true } },
    /metrics: not a value of this chart: use serviceMonitor/
  ],
  ['a typing error', { replcas: 3 }, /additional properties 'replcas' not allowed/],
  [
    'several at once',
    { replicaCount: 1, labels: {}, tls: {} },
    /labels: not a[\s\S]*replicaCount: not a[\s\S]*tls: not a/
  ]
]

const workloadApi: readonly Habit[] = [
  ['enabled=false of an umbrella chart', { ...tbotValues, enabled: false }, count, 0],
  [
    'global.imageRegistry',
    { ...tbotValues, global: { imageRegistry: 'mirror.test' } },
    (o) => images(o).every((i) => i.startsWith('mirror.test/')),
    true
  ],
  [
    'global.imagePullSecrets',
    { ...tbotValues, global: { imagePullSecrets: ['a'] } },
    podOf('DaemonSet', 'tbot'),
    { imagePullSecrets: [{ name: 'a' }] }
  ],
  [
    'commonLabels',
    { ...tbotValues, openshift: true, commonLabels: { team: 'a' } },
    lacking('labels', 'team'),
    []
  ],
  [
    'commonAnnotations',
    { ...tbotValues, openshift: true, commonAnnotations: { note: 'a' } },
    lacking('annotations', 'note'),
    []
  ],
  [
    'environment, volumes and affinity of tbot',
    {
      ...tbotValues,
      tbot: {
        ...tbotValues.tbot,
        extraEnv: [{ name: 'A', value: 'b' }],
        extraVolumes: [{ name: 'x', emptyDir: {} }],
        extraVolumeMounts: [{ name: 'x', mountPath: '/x' }],
        affinity: { nodeAffinity: {} }
      }
    },
    (o) => {
      const { affinity, volumes, containers } = podSpec(one(o, 'DaemonSet', 'tbot'))
      return [
        affinity,
        volumes.at(-1),
        containers.flatMap(({ env }) => env).at(-1),
        containers[0]?.volumeMounts?.at(-1)
      ]
    },
    [{ nodeAffinity: {} }, { name: 'x' }, { name: 'A', value: 'b' }, { mountPath: '/x' }]
  ],
  [
    'a proxy and a private CA',
    {
      ...tbotValues,
      tbot: {
        ...tbotValues.tbot,
        proxy: { https: 'http://p:3128', exclude: ['.nodes.test', '10.0.0.0/8'] },
        caConfigMap: 'corp-ca'
      }
    },
    (o) => environmentOf(o).filter(({ name }) => /PROXY|SSL/.test(name)),
    [
      { name: 'HTTPS_PROXY', value: 'http://p:3128' },
      { name: 'NO_PROXY', value: '.nodes.test,10.0.0.0/8' },
      { name: 'SSL_CERT_DIR', value: '/etc/teleport-ca' }
    ]
  ],
  [
    'a proxy without exceptions',
    { ...tbotValues, tbot: { ...tbotValues.tbot, proxy: { https: 'http://p:3128' } } },
    /tbot\.proxy\.exclude: is empty, so tbot would call the kubelets through the proxy/
  ],
  [
    'a PodMonitor',
    { ...tbotValues, podMonitor: { enabled: true, labels: { release: 'x' } } },
    metadataOf('PodMonitor'),
    { name: 'tbot', labels: { release: 'x' } }
  ],
  [
    'a PodMonitor of nobody',
    { provider: 'external', podMonitor: { enabled: true } },
    /podMonitor\.enabled: has no meaning with provider external/
  ],
  [
    'image',
    { ...tbotValues, image: { tag: 'x' } },
    /image: not a value of this chart: use tbot\.image, driver\.image/
  ],
  [
    'nodeSelector',
    { ...tbotValues, nodeSelector: {} },
    /nodeSelector: not a value of this chart: use tbot\.nodeSelector/
  ],
  [
    'tbot.env',
    { ...tbotValues, tbot: { ...tbotValues.tbot, env: [] } },
    /tbot\.env: not a value of this chart: use tbot\.extraEnv/
  ]
]

for (const [chart, habits] of Object.entries({
  'spiffe-webhook': webhook,
  'workload-api': workloadApi
})) {
  await t.test(`${chart}: ${habits.length} sets of values`, async (t) => {
    for (const [what, values, check, wanted] of habits) {
      if (check instanceof RegExp) t.match(await refusal(chart as ChartName, values), check, what)
      else if (Array.isArray(wanted) && wanted.length === 0) {
        t.same(check(await render(chart as ChartName, values)), [], what)
      } else t.match(check(await render(chart as ChartName, values)), wanted, what)
    }
  })
}

await t.test('a name of habit that the chart has after all is on no list', async (t) => {
  for (const chart of ['spiffe-webhook', 'workload-api'] as const) {
    const values = chart === 'spiffe-webhook' ? {} : tbotValues
    t.equal(await refusal(chart, values), '', chart)
  }
})
